/** The shapes of the control API: one set validates requests, holds answers to their word in tests, and makes the OpenAPI document. */
import { isJsonObject } from "@adit/bedrock";
import { z } from "zod";

/** The named shapes, with an example of each. */
export const schemas = z.registry<{ id: string; examples: unknown[] }>();

/** Gives a shape its name in the document. */
export function named<Shape extends z.ZodType>(id: string, shape: Shape, example: z.input<Shape>): Shape {
  schemas.add(shape, { id, examples: [example] });
  return shape;
}

/** A moment as it is sent; milliseconds since 1970 inside. */
export const momentIn = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .describe("ISO 8601, such as 2027-01-31T00:00:00Z.");

/** A moment as it is shown. */
export const moment = z.iso.datetime();

/** The moment of an example. */
export const exampleMoment = "2026-11-25T08:30:00.000Z";

export function momentOf(ms: number): string {
  return new Date(ms).toISOString();
}

export function momentOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : momentOf(ms);
}

export const texts = z.array(z.string()).max(1_000);

/** Ids sort by age, and any text sorts somewhere among them: what is no id would be a page of nothing, or of everything. Empty is absent. */
const cursor = z
  .string()
  .regex(/^(?:[a-z]{2,4}_[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/, "is no id: send last_id of the page before")
  .transform((text) => (text === "" ? undefined : text))
  .describe("`last_id` of the page before.");

/**
 * An object of the caller's own names, each of them: the library's own shapes leave `__proto__` out in silence. What is none is looked at no
 * further.
 */
export const ownObject = z
  .unknown()
  .refine((value) => isJsonObject(value), { message: "must be an object", abort: true })
  .meta({ type: "object", additionalProperties: true });

/** One or several, as Portkey's SDK sends them: it makes of a list an object with numbers for names. */
export function oneOrSeveral<One extends z.ZodType>(one: One, most: number) {
  const numbered = z
    .record(z.string().regex(/^\d{1,4}$/), one)
    .refine((given) => Object.keys(given).length >= 1, { message: "must hold one" })
    .refine((given) => Object.keys(given).length <= most, { message: `must hold at most ${most} of them` })
    .transform((given): z.output<One>[] => Object.values(given));
  return z.union([z.array(one).min(1).max(most), numbered, one.transform((given) => [given])]);
}

/** The query of every list: by a cursor, or by Portkey's page numbers. */
export const listQuery = {
  limit: z.coerce.number().int().min(1).max(100).optional().describe("Entries of a page; default 50."),
  after: cursor.optional(),
  page_size: z.coerce.number().int().min(1).max(100).optional().describe("Portkey's name of `limit`."),
  current_page: z.coerce.number().int().min(0).max(100_000).optional().describe("Portkey's count of pages, from 0."),
  search: z.string().max(200).optional().describe("Part of the name or slug."),
  from: momentIn.optional().describe("Made at that time or later: ISO 8601."),
  to: momentIn.optional().describe("Made before that time."),
  order: z.enum(["asc", "desc"]).optional().describe("By age. Default asc: the oldest first."),
};

/** For lists whose entries have a status. */
export function statusQuery<const Statuses extends readonly string[]>(statuses: Statuses) {
  return { status: z.enum(statuses).optional().describe("As the entries show it.") };
}

export const workspaceId = z
  .string()
  .optional()
  .describe("Id or slug of the project. Default: the key's own, else the one the caller has, else `default`.");

export const workspaceQuery = { workspace_id: workspaceId };

/** The query of an object's versions. */
export const versionsQuery = z.strictObject({
  limit: listQuery.limit,
  after: listQuery.after,
  page_size: listQuery.page_size,
  current_page: listQuery.current_page,
  ...workspaceQuery,
});

/** The query of what asks for nothing but the project. */
export const inProject = z.strictObject(workspaceQuery);

/** A page of a list of these entries. */
export function listOf<Entry extends z.ZodType>(entry: Entry) {
  return z.strictObject({
    object: z.literal("list"),
    success: z.literal(true),
    total: z.int(),
    data: z.array(entry),
    has_more: z.boolean(),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
  });
}

/** An example of a page with one entry. */
export function exampleList<Entry extends { id: string }>(entry: Entry) {
  return {
    object: "list" as const,
    success: true as const,
    total: 1,
    data: [entry],
    has_more: false,
    first_id: entry.id,
    last_id: entry.id,
  };
}

/** What is answered to a deletion. */
export const deleted = named(
  "Deleted",
  z.strictObject({ success: z.literal(true), id: z.string(), deleted: z.literal(true) }),
  { success: true, id: "vk_01890a5d-ac96-774b-bcce-b302099a8057", deleted: true },
);
