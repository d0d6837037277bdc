import { AditError } from "../errors/adit-error.ts";
import { needText } from "../known-options.ts";

/** A model as a caller names it, taken apart. */
export interface ModelName {
  /** Id or ARN as it goes on the wire. */
  id: string;
  /** `bedrock` for all its spellings, or another known provider; absent where the name has none. */
  provider?: string;
  /** Of `@slug/ID`: a stored provider or virtual key. */
  slug?: string;
}

/** Spellings of providers -> their one name. Bedrock's are those of Portkey, Respan and ReqLLM. */
const providers: ReadonlyMap<string, string> = new Map([
  ["bedrock", "bedrock"],
  ["aws_bedrock", "bedrock"],
  ["aws-bedrock", "bedrock"],
  ["amazon_bedrock", "bedrock"],
  ["amazon-bedrock", "bedrock"],
  ["openai", "openai"],
]);

/** Longer than any spelling above: further than this from its ends a name is not searched. */
const longestProvider = 32;

/** The one name of a provider, such as `bedrock` for `aws_bedrock`, in any case; undefined for an unknown one. */
export function providerNamed(text: string): string | undefined {
  needText(text, "provider");
  return providers.get(text.trim().toLowerCase());
}

/**
 * Takes a model's name apart: `bedrock/ID`, `bedrock:ID` (all spellings of the provider), `ID@bedrock`, `openai/ID`, `@slug/ID`
 * (the slug ends at the first `/`), a plain id or an ARN. Only a known provider is a prefix, for ids contain `:`, ARNs `:` and `/`.
 * White space around is left out; of the id itself nothing is lost or changed.
 */
export function parseModelName(text: string): ModelName {
  needText(text, "model");
  const name = text.trim();
  if (name.startsWith("@")) {
    const slash = name.indexOf("/");
    return slash === -1 ? { id: name } : { id: name.slice(slash + 1).trim(), slug: name.slice(1, slash).trim() };
  }
  return afterPrefix(name) ?? beforeSuffix(name) ?? { id: name };
}

/** The id or ARN of a model that must be Bedrock's, by any of its names. Throws AditError `unknown_provider`, with `param`, for another provider's. */
export function bedrockModelId(name: string, param: string): string {
  const { id, provider, slug } = parseModelName(name);
  if (slug !== undefined || (provider !== undefined && provider !== "bedrock")) {
    throw new AditError("unknown_provider", `The model "${name.slice(0, 200)}" is not Bedrock's.`, {
      param,
      remedy: "Name a model of Bedrock, such as us.amazon.nova-lite-v1:0.",
    });
  }
  return id;
}

function afterPrefix(name: string): ModelName | undefined {
  const separator = name.slice(0, longestProvider).search(/[/:]/);
  const provider = separator === -1 ? undefined : providerNamed(name.slice(0, separator));
  return provider === undefined ? undefined : { id: name.slice(separator + 1).trim(), provider };
}

function beforeSuffix(name: string): ModelName | undefined {
  const at = name.lastIndexOf("@");
  const provider = at === -1 || name.length - at > longestProvider ? undefined : providerNamed(name.slice(at + 1));
  return provider === undefined ? undefined : { id: name.slice(0, at).trim(), provider };
}
