/** The names that a config may hold. A name that is none of these is most often a slip of the pen: it is told, not swallowed. */

/** What is around a name: a node of the tree, its strategy, its retry rule. */
export type ConfigPlace = "node" | "strategy" | "retry";

const own: Readonly<Record<ConfigPlace, readonly string[]>> = {
  node: [
    "strategy",
    "targets",
    "weight",
    "provider",
    "virtual_key",
    "api_key",
    "custom_host",
    "override_params",
    "retry",
    "request_timeout",
    "strict_open_ai_compliance",
    // Portkey's, of no meaning here.
    "id",
    "name",
    "description",
    "version",
    "debug",
    "trace_id",
    "metadata",
    "fetch_integrated_models",
  ],
  strategy: ["mode", "on_status_codes"],
  retry: ["attempts", "on_status_codes", "use_retry_after_header"],
};

/** Parts of a credential under every spelling of docs/credentials.md, and AWS's fields that Portkey has for other calls. */
const credentialNames = [
  ..."access_key_id access_key secret_access_key secret_key session_token region_name region".split(" "),
  ..."role_arn role_name external_id session_name role_session_name session_tags role_tags auth_type".split(" "),
];
const awsAlone = [
  ..."default_region bearer_token_bedrock bedrock_runtime_endpoint s3_bucket s3_object_key bedrock_model".split(" "),
  ..."server_side_encryption server_side_encryption_kms_key_id".split(" "),
];
const credentials = new Set(
  [
    ...credentialNames,
    ...[...credentialNames, ...awsAlone].map((name) => `aws_${name}`),
    "bedrock_api_key",
    "bearer_token",
  ].map(plain),
);

/** Fields of other providers, which a config for several of them holds. */
const otherProvider = /^(?:azure|vertex|openai|anthropic|cohere|mistral|huggingface|workers_ai|snowflake|databricks)_/;

/** True for a name in snake_case that means something at this place, here or at Portkey. */
export function isKnownName(name: string, place: ConfigPlace): boolean {
  if (own[place].includes(name)) return true;
  return place === "node" && (credentials.has(plain(name)) || otherProvider.test(name));
}

/** `_` and `-` count for nothing in a credential's name, and case neither. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, "");
}
