/** The names that a config may hold. Any other name is most likely a slip of the pen, and is reported instead of ignored. */
import { nearName } from "@adit/bedrock/gateway";
import {
  cacheSchema,
  circuitSchema,
  conditionSchema,
  nodeSchema,
  retrySchema,
  stickySchema,
  strategySchema,
} from "./config-schema.ts";

const schemas = {
  node: nodeSchema,
  strategy: strategySchema,
  condition: conditionSchema,
  sticky: stickySchema,
  circuit: circuitSchema,
  retry: retrySchema,
  cache: cacheSchema,
};

/** What is around a name: a node of the tree, its strategy, its retry rule ... */
export type ConfigPlace = keyof typeof schemas;

/** What the objects under these names are, by the place that they stand in. */
const below: Readonly<Partial<Record<ConfigPlace, Readonly<Record<string, ConfigPlace>>>>> = {
  node: { targets: "node", strategy: "strategy", retry: "retry", cache: "cache" },
  strategy: { conditions: "condition", sticky: "sticky", cb_config: "circuit" },
};

/** The place that a name leads to; undefined where nothing is known of the names under it. */
export function placeBelow(place: ConfigPlace, name: string): ConfigPlace | undefined {
  const names = below[place];
  return names !== undefined && Object.hasOwn(names, name) ? names[name] : undefined;
}

/** Portkey's, of no meaning here. */
const ofNoMeaning = ["id", "description", "version", "debug", "trace_id", "metadata", "fetch_integrated_models"];

const own = Object.fromEntries(
  Object.entries(schemas).map(([place, { shape }]) => [
    place,
    [...Object.keys(shape), ...(place === "node" ? ofNoMeaning : [])],
  ]),
);

/** Parts of a credential under every spelling of docs/credentials.md, and AWS's fields that Portkey has for other calls. */
const credentialNames = [
  ..."access_key_id access_key secret_access_key secret_key session_token region_name region".split(" "),
  ..."role_arn role_name external_id session_name role_session_name session_tags role_tags auth_type".split(" "),
];
const awsAlone = [
  ..."default_region bearer_token_bedrock bedrock_runtime_endpoint s3_bucket s3_object_key bedrock_model".split(" "),
  ..."server_side_encryption server_side_encryption_kms_key_id".split(" "),
];
const credentials = [
  ...credentialNames,
  ...[...credentialNames, ...awsAlone].map((name) => `aws_${name}`),
  "bedrock_api_key",
  "bearer_token",
];
const plainCredentials = new Set(credentials.map(plain));

/** Fields of other providers, which a config for several of them holds. */
const otherProvider = /^(?:azure|vertex|openai|anthropic|cohere|mistral|huggingface|workers_ai|snowflake|databricks)_/;

/** True for a name in snake_case that means something at this place, here or at Portkey. */
export function isKnownName(name: string, place: ConfigPlace): boolean {
  if (own[place]?.includes(name) === true) return true;
  return place === "node" && (isCredentialName(name) || otherProvider.test(name));
}

/** True for a part of a credential under any spelling, and for a field of AWS's that Portkey has beside one. */
export function isCredentialName(name: string): boolean {
  return plainCredentials.has(plain(name));
}

/** Where a request's body holds a credential, and a config has no place for one. */
const credentialObjects = ["customer_credentials", "aws_credentials", "credentials"];

/** True for a name, in snake_case or with hyphens, under which a caller has most likely written a credential that nobody reads there. */
export function isUnreadCredential(name: string): boolean {
  return credentialObjects.includes(name) || (/^aws(?:[-_]|$)/.test(name) && !isCredentialName(name));
}

/** The known name that an unknown one is a slip of, if it is near to one. */
export function nearConfigName(name: string, place: ConfigPlace): string | undefined {
  return nearName(name, [...(own[place] ?? []), ...(place === "node" ? credentials : [])]);
}

/** `_` and `-` count for nothing in a credential's name, and case neither. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, "");
}
