/** The file of `adit apply`: what an installation is to have. Read, checked, and with its references to the environment filled in. */
import { AditError, isJsonObject, type Environment } from "@adit/bedrock";
import { z } from "zod";
import { connectionSpecSchema, connectorSchema } from "../../connectors/connector-schema.ts";
import { readBy } from "../field-fault.ts";
import { apiKeyCreate } from "../schemas/api-keys.ts";
import { promptContentFields, promptTemplate } from "../schemas/prompts.ts";
import { budgetCreate, rateLimitCreate } from "../schemas/limits.ts";
import { momentIn, texts } from "../schemas/schema.ts";
import { attributionIn, kinds } from "../schemas/virtual-keys.ts";
import { checkNamedOnce } from "./named-once.ts";
import { parsedYaml } from "./parsed-yaml.ts";

/** As it is kept: with an `@` before it, it would not be found again at the next run. */
const slug = z.string().transform((text) => text.trim().replace(/^@/, ""));
/** As it is kept: blanks around it would be different at each run. */
const words = z.string().trim();

/** Null takes a value away, as in the API: what is left out stays as it is. */
const virtualKey = z.strictObject({
  slug,
  name: words,
  integration: slug
    .optional()
    .describe("Slug of the virtual key that it follows: that says its credential, kind, bounds and attribution."),
  kind: z.enum(kinds).optional(),
  credential: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("By the names of docs/credentials.md; secrets as ${env:NAME}. Not needed for kind server_chain."),
  note: words.nullable().optional(),
  region: z.string().optional(),
  allowed_models: texts.nullable().optional(),
  allowed_regions: texts.nullable().optional(),
  endpoint: z.string().nullable().optional(),
  attribution: attributionIn.nullable().optional(),
  expires_at: momentIn.nullable().optional(),
  disabled: z.boolean().optional(),
});

const config = z.strictObject({
  slug: slug.describe("`pc-...`"),
  name: words,
  config: z.record(z.string(), z.unknown()).describe("docs/configs.md"),
  default: z.boolean().optional(),
});

const guardrail = z.strictObject({
  slug: slug.describe("`pg-...`"),
  name: words,
  checks: z.array(z.record(z.string(), z.unknown())).describe("docs/guardrails.md"),
  actions: z.record(z.string(), z.unknown()).optional(),
  disabled: z.boolean().optional(),
});

/** Told from the others of its project by its name. */
const apiKey = apiKeyCreate
  .pick({
    description: true,
    scopes: true,
    defaults: true,
    allowed_models: true,
    allowed_virtual_keys: true,
    allowed_regions: true,
    allowed_addresses: true,
    expires_at: true,
  })
  .extend({ name: words });

/** Told from the others of its project by its name. */
const collection = z.strictObject({
  name: words,
  parent: z.string().optional().describe("Name of the collection that it is made in."),
});

const label = z.strictObject({
  name: words,
  description: words.optional(),
  color_code: z.string().optional(),
});

const partial = z.strictObject({
  slug,
  name: words,
  string: z.string().describe("The piece of a template: docs/prompts.md."),
  version_description: words.optional(),
});

const prompt = z.strictObject({
  slug,
  name: words,
  collection: z.string().optional().describe("Name, slug or id."),
  string: promptTemplate,
  ...promptContentFields,
  version_description: words.optional(),
  labels: texts.optional().describe("Names of labels that are to point to what is said here."),
});
const limitPlace = words
  .optional()
  .describe("Name or id of the gateway key; slug or id of the virtual key; name of the metadata field.");

/** Told from the others of its project by its name, as rate limits are. */
const budget = budgetCreate.omit({ workspace_id: true }).extend({ name: words, scope_id: limitPlace });
const rateLimit = rateLimitCreate.omit({ workspace_id: true }).extend({ name: words, scope_id: limitPlace });

const { virtual_key, region, inference_profile, model_id, request_format, response_format } =
  connectionSpecSchema.shape;

/** Secrets stand in virtual keys alone: there they are compared without being told. */
const connector = connectorSchema.extend({
  slug,
  name: words,
  connection_spec: z.strictObject({
    virtual_key,
    region,
    inference_profile,
    model_id,
    request_format,
    response_format,
  }),
});

const project = z.strictObject({
  slug: slug.describe("`default` is there from the start."),
  name: words.optional().describe("Needed where the project is to be made."),
  description: words.optional(),
  virtual_keys: z.array(virtualKey).max(1_000).optional(),
  guardrails: z.array(guardrail).max(1_000).optional(),
  configs: z.array(config).max(1_000).optional(),
  connectors: z.array(connector).max(1_000).optional(),
  prompt_collections: z.array(collection).max(1_000).optional(),
  prompt_labels: z.array(label).max(1_000).optional(),
  prompt_partials: z.array(partial).max(1_000).optional(),
  prompts: z.array(prompt).max(1_000).optional(),
  api_keys: z.array(apiKey).max(1_000).optional(),
  budgets: z.array(budget).max(1_000).optional(),
  rate_limits: z.array(rateLimit).max(1_000).optional(),
});

const file = z.strictObject({ version: z.literal(1), projects: z.array(project).max(1_000) });

export type ApplyFile = z.output<typeof file>;
export type ProjectEntry = ApplyFile["projects"][number];
export type VirtualKeyEntry = z.output<typeof virtualKey>;
export type GuardrailEntry = z.output<typeof guardrail>;
export type ConfigEntry = z.output<typeof config>;
export type ConnectorEntry = z.output<typeof connector>;
export type CollectionEntry = z.output<typeof collection>;
export type LabelEntry = z.output<typeof label>;
export type PartialEntry = z.output<typeof partial>;
export type PromptEntry = z.output<typeof prompt>;
export type ApiKeyEntry = z.output<typeof apiKey>;
export type BudgetEntry = z.output<typeof budget>;
export type RateLimitEntry = z.output<typeof rateLimit>;

/** JSON schema (2020-12) of the file, for editors. */
export function applyFileJsonSchema(): object {
  return { ...z.toJSONSchema(file, { io: "input" }), title: "The file of adit apply" };
}

/** @throws AditError `invalid_request` with the line, or the path, of what is wrong; without a word of a secret. */
export function readApplyFile(text: string, variables: Environment): ApplyFile {
  const written = parsedYaml(text);
  checkReferences(written);
  const read = readBy(file, filledIn(written, variables, ""));
  checkNamedOnce(read);
  return read;
}

/** Fields of a credential that are secrets, in lower case without `_` and `-`, with or without `aws` before them. */
const secretForm = /^(?:aws)?(?:secretaccesskey|sessiontoken)$|apikey$|^key$|bearertoken/;

/**
 * A file is kept, mailed and put into version control: a secret in it would be everywhere that it is.
 * @throws AditError `invalid_request` with the path of a secret that is no reference to the environment.
 */
function checkReferences(written: unknown): void {
  for (const [index, entry] of listIn(written, "projects").entries()) {
    for (const [place, key] of listIn(entry, "virtual_keys").entries()) {
      checkCredential(key, `projects[${index}].virtual_keys[${place}].`);
    }
  }
}

function checkCredential(key: unknown, path: string): void {
  const credential = isJsonObject(key) ? key["credential"] : undefined;
  if (!isJsonObject(credential)) return;
  for (const [name, value] of Object.entries(credential)) {
    const isSecret = secretForm.test(name.toLowerCase().replaceAll(/[-_]/g, ""));
    if (!isSecret || typeof value !== "string" || value === "" || value.search(referenceForm) !== -1) continue;
    const param = `${path}credential.${name.slice(0, 64)}`;
    throw new AditError("invalid_request", `${param}: a secret stands in the file itself.`, {
      param,
      remedy:
        "Write ${env:NAME} in its place, and set NAME in the environment. What stood in a file is better replaced.",
    });
  }
}

function listIn(given: unknown, name: string): unknown[] {
  const list = isJsonObject(given) ? given[name] : undefined;
  return Array.isArray(list) ? list : [];
}

/**
 * The fields of one virtual key, as they stand in the file of many; its slug is given beside it. Where neither a name is given nor the file
 * has one, it is the present one, and of a new key the slug.
 * @throws AditError as {@link readApplyFile}.
 */
export function readVirtualKeyFile(
  text: string,
  given: { slug: string; name: string | undefined; presentName: string | undefined },
  variables: Environment,
): VirtualKeyEntry {
  const written = parsedYaml(text);
  checkCredential(written, "");
  const fields = filledIn(written, variables, "");
  const isObject = typeof fields === "object" && fields !== null && !Array.isArray(fields);
  const { slug, name, presentName = slug } = given;
  const named = { name: presentName, ...(isObject && fields), ...(name !== undefined && { name }) };
  return readBy(virtualKey, isObject ? { ...named, slug } : fields);
}

const referenceForm = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** `${env:NAME}` in any text is the variable's value. */
function filledIn(value: unknown, variables: Environment, path: string): unknown {
  if (typeof value === "string") {
    return value.replaceAll(referenceForm, (_all, variable: string) => {
      const found = variables[variable];
      if (found !== undefined && found !== "") return found;
      throw new AditError("invalid_request", `${path}: the environment has no ${variable}.`, {
        param: path,
        remedy: `Set ${variable}, and apply again.`,
      });
    });
  }
  if (Array.isArray(value)) return value.map((entry, index) => filledIn(entry, variables, `${path}[${index}]`));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      filledIn(entry, variables, path === "" ? key : `${path}.${key}`),
    ]),
  );
}
