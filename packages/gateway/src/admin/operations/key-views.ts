/** What is the same for the three views of virtual keys: lists, single ones, deletion. */
import { z } from "zod";
import { noKeyLimits, type KeyScope, type LimitedKey, type ShownKeyLimits } from "../../limits/key-limits.ts";
import type { VirtualKey } from "../../vault/virtual-key.ts";
import { virtualKeyOf } from "../find-object.ts";
import { changing, listing, operation, reading, type Operation } from "../operation.ts";
import type { ControlParts } from "../parts.ts";
import { oneMore, pageAnswer, pageOf } from "../page.ts";
import { deleted, listQuery, statusQuery, workspaceQuery } from "../schemas/schema.ts";

export interface KeyView {
  /** As ids of operations have it, such as `VirtualKey`. */
  noun: string;
  /** As people read it. */
  words: string;
  path: string;
  tag: string;
  /** As scopes have it, such as `virtual_keys`. */
  resource: string;
  show: (key: VirtualKey, nowMs: number, limits: ShownKeyLimits) => object;
  entry: z.ZodType;
  list: z.ZodType;
  /** What the list takes beside the usual. */
  listFields?: Readonly<Record<string, z.ZodType>>;
  /** False: a key whose budget is used up is shown as active. */
  showsLimits?: boolean;
}

export const keyStatuses = ["active", "exhausted", "expired", "disabled"] as const;

/** Ids of the project's keys whose budget is used up, where a filter asks for them. */
export function exhaustedOf(
  { keyLimits }: Pick<ControlParts, "keyLimits">,
  { scope, projectId, status }: { scope: KeyScope; projectId: string; status: string | undefined },
): Promise<string[]> {
  const asks = status === "active" || status === "exhausted";
  return asks ? keyLimits.exhaustedIn(scope, projectId) : Promise.resolve([]);
}

export function limitedKey({ id, projectId }: VirtualKey): LimitedKey {
  return { scope: "virtual_key", id, projectId };
}

export function listGetDelete({
  noun,
  words,
  path,
  tag,
  resource,
  show,
  entry,
  list,
  listFields,
  showsLimits = true,
}: KeyView): Operation[] {
  const inProject = z.strictObject(workspaceQuery);
  const statuses = keyStatuses.filter((status) => showsLimits || status !== "exhausted");
  return [
    operation({
      id: `list${noun}s`,
      method: "GET",
      path,
      tag,
      summary: `The project's ${words}s, by age.`,
      need: listing(resource),
      query: z
        .strictObject({ ...listQuery, ...workspaceQuery })
        .extend(listFields ?? {})
        .extend(statusQuery(statuses)),
      answer: list,
      run: async ({ query, parts, project }) => {
        const projectId = await project();
        const page = pageOf(query);
        const exhausted = showsLimits
          ? await exhaustedOf(parts, { scope: "virtual_key", projectId, status: page.status })
          : [];
        const entries = await parts.virtualKeys.list(projectId, { ...oneMore(page), exhausted });
        const total = await parts.virtualKeys.count(projectId, { ...page, exhausted });
        const now = parts.store.clock.now();
        const limits = await parts.keyLimits.ofAll(
          "virtual_key",
          entries.map(({ id }) => id),
        );
        const shown = (key: VirtualKey) => show(key, now, limits.get(key.id) ?? noKeyLimits);
        return { body: pageAnswer(entries, shown, { page, total }) };
      },
    }),
    operation({
      id: `get${noun}`,
      method: "GET",
      path: `${path}/{slug}`,
      tag,
      summary: `One ${words}, without its secrets.`,
      need: reading(resource),
      query: inProject,
      answer: entry,
      run: async (call) => {
        const key = await virtualKeyOf(call);
        const limits = await call.parts.keyLimits.of("virtual_key", key.id);
        return { body: show(key, call.parts.store.clock.now(), limits), shows: key };
      },
    }),
    operation({
      id: `delete${noun}`,
      method: "DELETE",
      path: `${path}/{slug}`,
      tag,
      summary: `Take a ${words} and its secrets away.`,
      need: changing(resource, "delete"),
      query: inProject,
      answer: deleted,
      run: async (call) => {
        const key = await virtualKeyOf(call);
        call.checkUnchanged(key);
        await call.parts.keyLimits.removeAll("virtual_key", key.id, call.actor);
        await call.parts.virtualKeys.remove(key.id, call.actor);
        return { body: { success: true, id: key.id, deleted: true } };
      },
    }),
  ];
}
