/** The shapes of what prompts are made of and kept in: partials, labels, collections. */
import { z } from "zod";
import { exampleList, exampleMoment, listOf, moment, named, workspaceId } from "./schema.ts";

const dates = { created_at: moment, last_updated_at: moment };
const exampleDates = { created_at: exampleMoment, last_updated_at: exampleMoment };
const exampleProject = "prj_00000000-0000-7000-8000-000000000000";
const description = z.string().max(2_000).optional();

export const partialCreate = named(
  "PromptPartialCreate",
  z.strictObject({
    name: z.string(),
    slug: z.string().optional().describe("Made from the name where it is absent."),
    string: z.string().describe("The piece of a template: docs/prompts.md."),
    version_description: description,
    workspace_id: workspaceId,
  }),
  { name: "Tone", string: "Be {{mood}}." },
);

export const partialUpdate = named(
  "PromptPartialUpdate",
  z.strictObject({
    name: z.string().optional(),
    string: z.string().optional(),
    description: description.describe("What is new in this version."),
    version_description: description.describe("The same."),
    status: z.literal("active").optional(),
  }),
  { string: "Be {{mood}} and brief." },
);

const example = {
  id: "prt_01890a5d-ac96-774b-bcce-b302099a8057",
  slug: "pp-tone-1f2e3d",
  object: "prompt_partial" as const,
};
const exampleVersionId = "prtv_01890a5d-ac96-774b-bcce-b302099a8058";
const head = { id: z.string(), slug: z.string(), object: z.literal("prompt_partial") };

export const partialMade = named("PromptPartialMade", z.strictObject({ ...head, version_id: z.string() }), {
  ...example,
  version_id: exampleVersionId,
});

export const partialChanged = named(
  "PromptPartialChanged",
  z.strictObject({
    ...head,
    prompt_partial_version_id: z.string().describe("Of the newest version."),
    version: z.int(),
  }),
  { ...example, prompt_partial_version_id: exampleVersionId, version: 2 },
);

const entryFields = {
  ...head,
  name: z.string(),
  workspace_id: z.string(),
  status: z.literal("active"),
  published_version: z.int(),
  latest_version: z.int(),
  ...dates,
};
const exampleEntry = {
  ...example,
  name: "Tone",
  workspace_id: exampleProject,
  status: "active" as const,
  published_version: 1,
  latest_version: 1,
  ...exampleDates,
};

const partialEntry = named("PromptPartialEntry", z.strictObject(entryFields), exampleEntry);
export const partialList = named("PromptPartialList", listOf(partialEntry), exampleList(exampleEntry));

const versionFields = {
  string: z.string(),
  version: z.int(),
  prompt_partial_version_id: z.string(),
  version_status: z.enum(["active", "archived"]).describe("active: published."),
  version_description: z.string().nullable(),
  version_created_by: z.string().nullable(),
  version_created_at: moment,
};
const exampleVersion = {
  string: "Be {{mood}}.",
  version: 1,
  prompt_partial_version_id: exampleVersionId,
  version_status: "active" as const,
  version_description: null,
  version_created_by: null,
  version_created_at: exampleMoment,
};

export const partial = named("PromptPartial", z.strictObject({ ...entryFields, ...versionFields }), {
  ...exampleEntry,
  ...exampleVersion,
});

export const partialVersions = named(
  "PromptPartialVersions",
  listOf(z.strictObject({ id: z.string(), object: z.literal("prompt_partial_version"), ...versionFields })),
  exampleList({ id: exampleVersionId, object: "prompt_partial_version" as const, ...exampleVersion }),
);

const labelTexts = { description: z.string().optional(), color_code: z.string().optional() };

export const labelCreate = named(
  "PromptLabelCreate",
  z.strictObject({
    name: z.string(),
    ...labelTexts,
    organisation_id: z.string().optional().describe("Of no effect: a label is of a project."),
    workspace_id: workspaceId,
  }),
  { name: "canary", description: "For a tenth of the calls", color_code: "#FFAA00" },
);

export const labelUpdate = named("PromptLabelUpdate", z.strictObject({ name: z.string().optional(), ...labelTexts }), {
  description: "For a fifth of the calls",
});

const exampleLabel = {
  id: "lbl_01890a5d-ac96-774b-bcce-b302099a8057",
  object: "label" as const,
  name: "canary",
  description: "For a tenth of the calls",
  color_code: "#FFAA00",
  workspace_id: exampleProject,
  is_universal: false,
  status: "active" as const,
  ...exampleDates,
};

export const label = named(
  "PromptLabel",
  z.strictObject({
    id: z.string(),
    object: z.literal("label"),
    name: z.string(),
    description: z.string().nullable(),
    color_code: z.string().nullable(),
    workspace_id: z.string().nullable(),
    is_universal: z.boolean().describe("True: of every project, and not to be changed."),
    status: z.literal("active"),
    ...dates,
  }),
  exampleLabel,
);
export const labelList = named("PromptLabelList", listOf(label), exampleList(exampleLabel));

export const collectionCreate = named(
  "PromptCollectionCreate",
  z.strictObject({
    name: z.string(),
    parent_collection_id: z.string().nullish().describe("Id or slug of the collection that it lies in."),
    workspace_id: workspaceId,
  }),
  { name: "Support" },
);

export const collectionUpdate = named("PromptCollectionUpdate", z.strictObject({ name: z.string().optional() }), {
  name: "Support and sales",
});

const exampleCollection = {
  id: "col_01890a5d-ac96-774b-bcce-b302099a8057",
  object: "collection" as const,
  name: "Support",
  slug: "support-1f2e3d",
  workspace_id: exampleProject,
  parent_collection_id: null,
  status: "active" as const,
  ...exampleDates,
};

export const collection = named(
  "PromptCollection",
  z.strictObject({
    id: z.string(),
    object: z.literal("collection"),
    name: z.string(),
    slug: z.string(),
    workspace_id: z.string(),
    parent_collection_id: z.string().nullable(),
    status: z.literal("active"),
    ...dates,
  }),
  exampleCollection,
);
export const collectionList = named("PromptCollectionList", listOf(collection), exampleList(exampleCollection));
