import { z } from "zod";
import { exampleList, exampleMoment, listOf, moment, named, workspaceId } from "./schema.ts";

const object = z.record(z.string(), z.unknown());
const objects = z.array(object).max(1_000);

/** Portkey's clients send the messages as text. */
export const promptTemplate = z
  .union([z.string(), objects], { error: "must be a text, or a list of messages" })
  .describe(
    "The template: docs/prompts.md. JSON text of messages, the messages themselves, or the text of one message.",
  );

/** Portkey's clients send flags as 0 and 1. */
const flag = z.union([z.boolean(), z.literal(0), z.literal(1)]).transform((value) => value === true || value === 1);

/** What a version says, as it is sent; null takes a member away. */
export const promptContentFields = {
  parameters: object.nullish().describe("Parameters of chat completions."),
  model: z.string().nullish().describe("`ID`, `@slug/ID` ...: docs/models.md."),
  virtual_key: z.string().nullish().describe("Slug of the virtual key that it is called by."),
  functions: objects.nullish(),
  tools: objects.nullish(),
  tool_choice: z.union([z.string(), object]).nullish(),
  template_metadata: object.nullish().describe("Notes of your own."),
  is_raw_template: flag.optional().describe("1: the template is JSON only once it is filled."),
};

const description = z.string().max(2_000).optional().describe("What is new in this version.");
const collection = z.string().nullish().describe("Id or slug of the collection.");

const exampleTemplate = '[{"role":"user","content":"Greet {{name}}."}]';

export const promptCreate = named(
  "PromptCreate",
  z.strictObject({
    name: z.string(),
    slug: z.string().optional().describe("Made from the name where it is absent."),
    collection_id: collection,
    string: promptTemplate,
    ...promptContentFields,
    version_description: description,
    workspace_id: workspaceId,
  }),
  {
    name: "Welcome",
    string: exampleTemplate,
    parameters: { max_tokens: 200 },
    model: "us.amazon.nova-lite-v1:0",
    virtual_key: "bedrock-production",
  },
);

export const promptUpdate = named(
  "PromptUpdate",
  z.strictObject({
    name: z.string().optional(),
    collection_id: collection,
    string: promptTemplate.optional(),
    ...promptContentFields,
    version_description: description,
    patch: z.boolean().optional().describe("Of no effect: what the body does not name stays as it is."),
  }),
  { string: exampleTemplate, version_description: "Shorter" },
);

/** What a body, or the file of `adit apply`, says of a version's content. */
export type PromptContentFields = Pick<z.output<typeof promptUpdate>, "string" | keyof typeof promptContentFields>;

const example = {
  id: "pp_01890a5d-ac96-774b-bcce-b302099a8057",
  slug: "pp-welcome-1f2e3d",
  object: "prompt" as const,
};
const exampleVersionId = "ppv_01890a5d-ac96-774b-bcce-b302099a8058";

export const promptMade = named(
  "PromptMade",
  z.strictObject({ id: z.string(), slug: z.string(), version_id: z.string(), object: z.literal("prompt") }),
  { ...example, version_id: exampleVersionId },
);

export const promptChanged = named(
  "PromptChanged",
  z.strictObject({
    id: z.string(),
    slug: z.string(),
    prompt_version_id: z.string().describe("Of the newest version."),
    prompt_version: z.int(),
    object: z.literal("prompt"),
  }),
  { ...example, prompt_version_id: exampleVersionId, prompt_version: 2 },
);

const entryFields = {
  id: z.string(),
  object: z.literal("prompt"),
  name: z.string(),
  slug: z.string(),
  workspace_id: z.string(),
  collection_id: z.string().nullable(),
  model: z.string().nullable(),
  status: z.literal("active"),
  published_version: z.int(),
  latest_version: z.int(),
  created_at: moment,
  last_updated_at: moment,
};
const exampleEntry = {
  ...example,
  name: "Welcome",
  workspace_id: "prj_00000000-0000-7000-8000-000000000000",
  collection_id: null,
  model: "us.amazon.nova-lite-v1:0",
  status: "active" as const,
  published_version: 1,
  latest_version: 1,
  created_at: exampleMoment,
  last_updated_at: exampleMoment,
};

const promptEntry = named("PromptEntry", z.strictObject(entryFields), exampleEntry);
export const promptList = named("PromptList", listOf(promptEntry), exampleList(exampleEntry));

const versionFields = {
  string: z.string(),
  parameters: object,
  virtual_key: z.string().nullable(),
  model: z.string().nullable(),
  functions: objects.nullable(),
  tools: objects.nullable(),
  tool_choice: z.union([z.string(), object]).nullable(),
  template_metadata: object.nullable(),
  is_raw_template: z.union([z.literal(0), z.literal(1)]),
  prompt_version: z.int(),
  prompt_version_id: z.string(),
  prompt_version_status: z.enum(["active", "archived"]).describe("active: published."),
  prompt_version_description: z.string().nullable(),
  prompt_version_label_id: z.string().nullable().describe("The first of its labels."),
  prompt_version_labels: z.array(z.strictObject({ id: z.string(), name: z.string() })),
  prompt_version_created_by: z.string().nullable(),
  prompt_version_created_at: moment,
};
const exampleContent = {
  string: exampleTemplate,
  parameters: { max_tokens: 200 },
  virtual_key: null,
  model: "us.amazon.nova-lite-v1:0",
  functions: null,
  tools: null,
  tool_choice: null,
  template_metadata: null,
  is_raw_template: 0 as const,
  prompt_version: 1,
  prompt_version_id: exampleVersionId,
  prompt_version_status: "active" as const,
  prompt_version_description: null,
  prompt_version_label_id: null,
  prompt_version_labels: [],
  prompt_version_created_by: null,
  prompt_version_created_at: exampleMoment,
};

export const prompt = named("Prompt", z.strictObject({ ...entryFields, ...versionFields }), {
  ...exampleEntry,
  ...exampleContent,
});

const promptVersion = z.strictObject({
  id: z.string(),
  object: z.literal("prompt_version"),
  prompt_id: z.string(),
  ...versionFields,
});
export const promptVersions = named(
  "PromptVersions",
  listOf(promptVersion),
  exampleList({ id: exampleVersionId, object: "prompt_version" as const, prompt_id: example.id, ...exampleContent }),
);

export const versionUpdate = named(
  "PromptVersionUpdate",
  z.strictObject({
    label_id: z.string().nullable().describe("Id or name of the label that is to point here; null: none does."),
  }),
  { label_id: "lbl_00000000-0000-7000-8000-000000000002" },
);

export const versionChoice = named("PromptVersionChoice", z.strictObject({ version: z.int().min(1) }), { version: 2 });

export const promptDone = named("PromptDone", z.strictObject({ success: z.literal(true), id: z.string() }), {
  success: true,
  id: example.id,
});

export const renderWish = named(
  "PromptRender",
  z.looseObject({
    // Read where calls read them: a shape here would lose the name __proto__, which a caller may send.
    variables: z
      .unknown()
      .optional()
      .meta({ type: ["object", "null"], additionalProperties: true }),
    promptID: z.string().optional().describe("As in the path: Portkey's SDK sends it twice."),
    prompt_id: z.string().optional().describe("The same."),
  }),
  { variables: { name: "Ada" }, temperature: 0.2 },
);

export const rendered = named(
  "RenderedPrompt",
  z.strictObject({ success: z.literal(true), data: z.looseObject({ messages: objects.optional() }) }),
  {
    success: true,
    data: { model: "us.amazon.nova-lite-v1:0", max_tokens: 200, messages: [{ role: "user", content: "Greet Ada." }] },
  },
);
