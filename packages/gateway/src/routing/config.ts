/**
 * The gateway config of a request (`x-portkey-config`): JSON in the header, keys in snake_case or camelCase.
 * Shapes and meanings are Portkey's; what is not served is refused by path, or named as dropped where the answer stays the same.
 */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { z } from "zod";
import { objectInHeader } from "../http/header-json.ts";
import { isKnownName, type ConfigPlace } from "./config-names.ts";

const statusCodes = z.array(z.int().min(100).max(599));

const strategySchema = z.looseObject({
  mode: z.enum(["single", "fallback", "loadbalance"]),
  on_status_codes: statusCodes.optional(),
});

const retrySchema = z.looseObject({
  attempts: z.int().min(0).max(20),
  on_status_codes: statusCodes.optional(),
  use_retry_after_header: z.boolean().optional(),
});

const nodeSchema = z.looseObject({
  strategy: strategySchema.optional(),
  get targets() {
    return z.array(nodeSchema).min(1).max(100).optional();
  },
  weight: z.number().min(0).optional(),
  provider: z.string().optional(),
  virtual_key: z.string().optional(),
  api_key: z.string().optional(),
  custom_host: z.string().optional(),
  override_params: z.record(z.string(), z.unknown()).optional(),
  retry: retrySchema.optional(),
  request_timeout: z.int().min(1).optional(),
  strict_open_ai_compliance: z.boolean().optional(),
});

/** One node of a config: the root, or a target. */
export type ConfigNode = z.infer<typeof nodeSchema>;

/** Keys whose values are the user's own words: their insides keep their spelling. */
const verbatim = new Set(["override_params", "overrideParams"]);

/** What would change the answer and is not served: refused, never ignored. */
const refused = [
  "conditions",
  "before_request_hooks",
  "after_request_hooks",
  "input_guardrails",
  "output_guardrails",
  "input_mutators",
  "output_mutators",
  "default_params",
  "drop_params",
  "prompt_id",
  "passthrough",
];

/** What leaves the answer as it is: named in `x-adit-dropped`. */
const ignored = ["cache", "sticky", "cb_config"];

/** Spellings of the strictness switch that Portkey's clients send (its SDKs turn `AI` into `a_i`). */
const strictSpellings = ["strict_openai_compliance", "strict_open_a_i_compliance"];

/**
 * The config in a header's text.
 * @returns the checked tree and the paths of what is left out.
 * @throws AditError `invalid_config` with the path, `not_stored` for the slug of a saved config.
 */
export function parseConfig(text: string): { root: ConfigNode; dropped: string[] } {
  const trimmed = text.trim();
  if (!/^[{["]/.test(trimmed)) {
    throw new AditError("not_stored", `No config is saved as "${trimmed.slice(0, 64)}".`, {
      param: "config",
      remedy: "Send the config itself as JSON in the header.",
    });
  }
  const dropped: string[] = [];
  const given = objectInHeader(trimmed, "config", "invalid_config");
  const tidy = withStandardKeys(given, { path: "config", place: "node" }, dropped);
  const result = nodeSchema.safeParse(tidy);
  if (!result.success) throw schemaFault(result.error);
  return { root: result.data, dropped };
}

/** An unknown name comes back in a header and in the log: a long one is no slip of the pen. */
const longestTold = 64;

/** Where an object stands in the config; `place` is undefined where nothing is known of its names. */
interface Position {
  path: string;
  place: ConfigPlace | undefined;
}

/** What the objects under these names are. */
const places: Readonly<Record<string, ConfigPlace>> = { targets: "node", strategy: "strategy", retry: "retry" };

/** Keys in snake_case, what is refused refused, what is ignored or unknown named. */
function withStandardKeys(node: JsonObject, { path, place }: Position, dropped: string[]): JsonObject {
  const tidy: JsonObject = {};
  for (const [key, value] of Object.entries(node)) {
    if (value === undefined || value === null) continue;
    const name = standardKey(key);
    if (refused.includes(name)) {
      throw new AditError("invalid_config", `${path}.${key} is not supported.`, {
        param: `${path}.${key}`,
        remedy: "Leave it out.",
      });
    }
    if (ignored.includes(name)) {
      dropped.push(`${path}.${key}`);
      continue;
    }
    if (place !== undefined && !isKnownName(name, place)) dropped.push(`${path}.${key.slice(0, longestTold)}`);
    const below = place === "node" && Object.hasOwn(places, name) ? places[name] : undefined;
    // defineProperty: a key such as "__proto__" stays a plain key.
    Object.defineProperty(tidy, name, {
      value: verbatim.has(key) ? value : tidyValue(value, { path: `${path}.${name}`, place: below }, dropped),
      enumerable: true,
    });
  }
  return tidy;
}

function tidyValue(value: JsonValue, { path, place }: Position, dropped: string[]): JsonValue {
  if (Array.isArray(value))
    return value.map((entry, index) => tidyValue(entry, { path: `${path}[${index}]`, place }, dropped));
  return isJsonObject(value) ? withStandardKeys(value, { path, place }, dropped) : value;
}

function standardKey(key: string): string {
  const snake = key.replace(/-/g, "_").replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
  if (strictSpellings.includes(snake)) return "strict_open_ai_compliance";
  return snake === "use_retry_after_headers" ? "use_retry_after_header" : snake;
}

function schemaFault(error: z.ZodError): AditError {
  const issue = error.issues[0];
  const path = (issue?.path ?? []).reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}.${String(part)}`),
    "config",
  );
  return new AditError("invalid_config", `${path}: ${issue?.message ?? "has a fault"}.`, { param: path });
}
