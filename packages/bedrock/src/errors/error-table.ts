/**
 * Every error that Adit can answer with: AWS's, by the names that AWS gives them, and Adit's own in snake_case.
 * One row says all that a caller of any dialect sees, and whether another try can help.
 * Sources: AWS's service model of bedrock-runtime (statuses), recorded refusals, and the API references of OpenAI and Anthropic (types).
 */
export interface ErrorRow {
  /** HTTP status to the caller. For AWS's errors it is AWS's own. */
  status: number;
  /** True where the same request may succeed on another try. */
  retryable: boolean;
  /** What is behind it, in one sentence. */
  cause: string;
  /** What to do, in one sentence. */
  remedy: string;
  /** `type` and `code` in OpenAI's error body. */
  openai: { type: string; code: string };
  /** `type` in Anthropic's error body. */
  anthropic: string;
}

function row(
  status: number,
  retryable: boolean,
  types: [openaiType: string, openaiCode: string, anthropic: string],
  words: [cause: string, remedy: string],
): ErrorRow {
  return {
    status,
    retryable,
    cause: words[0],
    remedy: words[1],
    openai: { type: types[0], code: types[1] },
    anthropic: types[2],
  };
}

const invalid = "invalid_request_error";
const auth = "authentication_error";
const permission = "permission_error";
const server = "server_error";
const api = "api_error";

export const errorTable = {
  // AWS's own
  ValidationException: row(
    400,
    false,
    [invalid, "validation_error", invalid],
    ["AWS found a fault in the request.", "Change what AWS's words name."],
  ),
  SerializationException: row(
    400,
    false,
    [invalid, "validation_error", invalid],
    [
      "AWS could not read the request as JSON of the right types.",
      "Check the types of the fields that were passed through.",
    ],
  ),
  ServiceQuotaExceededException: row(
    400,
    false,
    ["insufficient_quota", "insufficient_quota", invalid],
    ["A quota of the AWS account is used up.", "Ask for a higher limit under Service Quotas in AWS's console."],
  ),
  ConflictException: row(
    400,
    false,
    [invalid, "conflict", invalid],
    ["AWS already has a different request under this token.", "Use a new client request token."],
  ),
  AccessDeniedException: row(
    403,
    false,
    [permission, "access_denied", permission],
    [
      "The credential lacks a permission or the account has no access to the model.",
      "Allow bedrock:InvokeModel (and bedrock:InvokeModelWithResponseStream) on the model, and check model access in Bedrock's console.",
    ],
  ),
  UnrecognizedClientException: row(
    403,
    false,
    [auth, "invalid_aws_credentials", auth],
    [
      "AWS does not know the access key, or the session token does not belong to it.",
      "Check the access key id and the session token; drop the token for a long-term key.",
    ],
  ),
  InvalidSignatureException: row(
    403,
    false,
    [auth, "invalid_aws_credentials", auth],
    [
      "AWS computed another signature.",
      "Check the secret access key; if AWS speaks of an expired signature, set the machine's clock.",
    ],
  ),
  IncompleteSignatureException: row(
    403,
    false,
    [auth, "invalid_aws_credentials", auth],
    ["AWS could not read the signature.", "Check the access key id for stray characters."],
  ),
  MissingAuthenticationTokenException: row(
    403,
    false,
    [auth, "invalid_aws_credentials", auth],
    ["The request reached AWS without a signature.", "Give a credential."],
  ),
  ExpiredTokenException: row(
    403,
    false,
    [auth, "aws_credentials_expired", auth],
    ["The session token is past its expiry.", "Get fresh session credentials and send all three parts together."],
  ),
  BedrockApiKeyException: row(
    403,
    false,
    [auth, "invalid_aws_credentials", auth],
    [
      "AWS refused the Bedrock API key.",
      "Check the key, its expiry, and that a short-term key is used in the region it was made for.",
    ],
  ),
  ResourceNotFoundException: row(
    404,
    false,
    [invalid, "model_not_found", "not_found_error"],
    ["AWS has no such model, profile or guardrail here, or the model was retired.", "Check the id and the region."],
  ),
  ModelTimeoutException: row(
    408,
    true,
    ["timeout_error", "model_timeout", "timeout_error"],
    ["The model took longer than AWS allows.", "Ask for fewer tokens, or try again."],
  ),
  ModelErrorException: row(
    424,
    false,
    [server, "model_error", api],
    ["The model failed on this request.", "Try again; if it stays, change the request or the model."],
  ),
  ModelStreamErrorException: row(
    424,
    true,
    [server, "model_stream_error", api],
    ["The model failed while it was streaming.", "Send the request again."],
  ),
  ThrottlingException: row(
    429,
    true,
    ["rate_limit_error", "rate_limit_exceeded", "rate_limit_error"],
    [
      "The account's quota of requests or tokens for this model and region is used up for now.",
      // Agents that find "too many tokens" in a message shorten the conversation, unless "rate limit" is in it too: pi 1.6, OpenCode 1.18.
      "This is a rate limit of AWS: wait, lower max_tokens (AWS reserves it), or use another region, profile or account.",
    ],
  ),
  ModelNotReadyException: row(
    429,
    true,
    ["rate_limit_error", "model_not_ready", "overloaded_error"],
    ["The model is being loaded.", "Try again in a minute."],
  ),
  InternalServerException: row(500, true, [server, "internal_server_error", api], ["AWS failed inside.", "Try again."]),
  ServiceUnavailableException: row(
    503,
    true,
    [server, "service_unavailable", "overloaded_error"],
    ["Bedrock cannot serve the request now.", "Try again, or use another region."],
  ),
  UnknownOperationException: row(
    502,
    false,
    [server, "upstream_error", api],
    [
      "AWS does not know the operation, as when a model ARN reaches it unencoded.",
      "Check the model id and the endpoint.",
    ],
  ),
  aws_error: row(
    502,
    false,
    [server, "upstream_error", api],
    ["AWS answered with an error that has no name.", "See AWS's words."],
  ),
  // A target that is not Bedrock
  provider_error: row(
    502,
    true,
    [server, "provider_error", api],
    [
      "A target that speaks the caller's own format, AWS's endpoint or another provider's, refused the request or failed.",
      "The words are the target's own: change what they name, or try another target.",
    ],
  ),
  // What came from AWS was not whole
  empty_output: row(
    502,
    true,
    [server, "empty_output", api],
    ["AWS answered 200 without an output.", "Try again; if it stays, check the model id and the endpoint."],
  ),
  truncated_stream: row(
    502,
    true,
    [server, "truncated_stream", api],
    ["AWS's stream ended before the model had finished.", "The text so far is incomplete: send the request again."],
  ),
  corrupt_stream: row(
    502,
    true,
    [server, "corrupt_stream", api],
    [
      "A frame of AWS's stream failed its checksum or its grammar.",
      "Send the request again; if it stays, look at the proxies between here and AWS.",
    ],
  ),
  malformed_model_output: row(
    502,
    true,
    [server, "malformed_model_output", api],
    [
      "The model's output could not be read by AWS, or the model failed over it.",
      "Send the request again, or simplify the tools.",
    ],
  ),
  reply_too_large: row(
    502,
    false,
    [server, "reply_too_large", api],
    ["AWS's answer is larger than Adit takes.", "Ask for less media or text in one answer, or stream it."],
  ),
  upstream_unreachable: row(
    503,
    true,
    [server, "upstream_unreachable", api],
    ["No connection to the endpoint could be made.", "Check the region, DNS, proxies and firewalls."],
  ),
  upstream_reset: row(
    502,
    true,
    [server, "upstream_reset", api],
    ["The connection broke before an answer came.", "Try again."],
  ),
  first_byte_timeout: row(
    504,
    true,
    ["timeout_error", "first_byte_timeout", "timeout_error"],
    ["No first byte came from the endpoint in time.", "Try again, or raise the limit for slow models."],
  ),
  idle_timeout: row(
    504,
    false,
    ["timeout_error", "idle_timeout", "timeout_error"],
    ["The stream was silent for too long.", "Send the request again, or raise the limit."],
  ),
  request_timeout: row(
    408,
    false,
    ["timeout_error", "request_timeout", "timeout_error"],
    [
      "The request exceeded the timeout that it set.",
      "Raise request_timeout (the library: limits.totalMs), or ask for less.",
    ],
  ),
  // What the caller sent
  invalid_json: row(
    400,
    false,
    [invalid, "invalid_json", invalid],
    ["The body is not JSON.", "Mend it at the position given."],
  ),
  invalid_request: row(
    400,
    false,
    [invalid, "invalid_value", invalid],
    ["A field has the wrong type or value.", "Change the field that is named."],
  ),
  unsupported_operation: row(
    400,
    false,
    [invalid, "unsupported_operation", invalid],
    [
      "The operation needs the caller's own signature or another service.",
      "Call AWS for it with credentials of your own.",
    ],
  ),
  unsupported_parameter: row(
    400,
    false,
    [invalid, "unsupported_parameter", invalid],
    ["Bedrock cannot do this, and leaving it out would change the answer's meaning.", "Leave the parameter out."],
  ),
  invalid_config: row(
    400,
    false,
    [invalid, "invalid_config", invalid],
    ["The gateway config has a fault.", "Change the path that is named."],
  ),
  unknown_provider: row(
    400,
    false,
    [invalid, "unknown_provider", invalid],
    ["The provider is not one that Adit knows.", "Use bedrock, or openai with an allowed custom_host."],
  ),
  not_stored: row(
    400,
    false,
    [invalid, "not_stored", invalid],
    ["Nothing is stored under this name.", "Send credentials or an inline config with the request."],
  ),
  incomplete_credentials: row(
    400,
    false,
    [invalid, "incomplete_credentials", invalid],
    ["A part of the credential is missing.", "Send both the access key id and the secret access key."],
  ),
  invalid_region: row(
    400,
    false,
    [invalid, "invalid_region", invalid],
    ["The region is not in AWS's form.", "Use a region code such as us-east-1."],
  ),
  custom_host_not_allowed: row(
    400,
    false,
    [invalid, "custom_host_not_allowed", invalid],
    ["The host is not one that the operator allowed.", "Have its exact origin added to ADIT_CUSTOM_HOSTS."],
  ),
  media_not_allowed: row(
    400,
    false,
    [invalid, "media_not_allowed", invalid],
    [
      "The address of the image or file may not be fetched.",
      "Use an https address on the public internet, or send the bytes as a data URL.",
    ],
  ),
  media_fetch_failed: row(
    400,
    false,
    [invalid, "media_fetch_failed", invalid],
    ["The image or file could not be fetched.", "Check the address, or send the bytes as a data URL."],
  ),
  body_too_large: row(
    413,
    false,
    [invalid, "request_too_large", "request_too_large"],
    ["The body is larger than the gateway takes.", "Send less, or have ADIT_MAX_BODY_BYTES raised."],
  ),
  unsupported_media_type: row(
    400,
    false,
    [invalid, "unsupported_media_type", invalid],
    ["The content type or encoding cannot be read here.", "Send application/json in UTF-8, not compressed."],
  ),
  missing_gateway_key: row(
    401,
    false,
    [auth, "missing_api_key", auth],
    [
      "The request names no gateway key.",
      "Send the gateway key as Authorization: Bearer, or in x-adit-api-key; the admin key is in ADIT_ADMIN_KEY or in the file admin-key of the data folder.",
    ],
  ),
  invalid_gateway_key: row(
    401,
    false,
    [auth, "invalid_api_key", auth],
    [
      "The gateway key is not known.",
      "Check the key; the admin key is in ADIT_ADMIN_KEY or in the file admin-key of the data folder.",
    ],
  ),
  invalid_sign_in: row(
    401,
    false,
    [auth, "invalid_sign_in", auth],
    ["The e-mail address or the password is wrong.", "Check both; an admin can set a new password."],
  ),
  too_many_sign_ins: row(
    429,
    false,
    ["rate_limit_error", "too_many_sign_ins", "rate_limit_error"],
    ["Signing in failed too often, for this person or from this address.", "Wait as long as Retry-After says."],
  ),
  forbidden: row(
    403,
    false,
    [permission, "forbidden", permission],
    ["This key may not do that.", "Use a key with the permission."],
  ),
  not_found: row(
    404,
    false,
    [invalid, "not_found", "not_found_error"],
    ["Nothing is served at this path.", "See /docs/ for the paths."],
  ),
  // OpenAI's own code and status.
  previous_response_not_found: row(
    400,
    false,
    [invalid, "previous_response_not_found", invalid],
    [
      "The response that the request goes on from is not stored here, or a response before it is not.",
      "Send the earlier items in input, each output item as it came.",
    ],
  ),
  already_exists: row(
    409,
    false,
    [invalid, "already_exists", invalid],
    ["Another object has this name already.", "Choose another name, or change the object that has it."],
  ),
  in_use: row(
    409,
    false,
    [invalid, "in_use", invalid],
    ["Other objects use this one: without it they would fail.", "Change what uses it first, or delete that."],
  ),
  idempotency_conflict: row(
    409,
    false,
    [invalid, "idempotency_conflict", invalid],
    [
      "The Idempotency-Key was used before, for another request.",
      "Send a new key with a new request; the same key and body get the first answer again.",
    ],
  ),
  precondition_failed: row(
    412,
    false,
    [invalid, "precondition_failed", invalid],
    ["The object is not what If-Match names: somebody has changed it.", "Read it anew, and change what it is now."],
  ),
  model_not_found: row(
    404,
    false,
    [invalid, "model_not_found", "not_found_error"],
    ["The model is not in the catalogue.", "See GET /v1/models."],
  ),
  method_not_allowed: row(
    405,
    false,
    [invalid, "method_not_allowed", invalid],
    ["The path does not take this method.", "Use the method that Allow names."],
  ),
  loop_detected: row(
    508,
    false,
    [invalid, "loop_detected", invalid],
    ["The request came back to the gateway that sent it.", "Point the target at another host."],
  ),
  // Limits of the gateway's
  budget_exhausted: row(
    412,
    false,
    ["insufficient_quota", "budget_exhausted", "billing_error"],
    ["A budget of this gateway does not leave room for the request.", "Ask for less, or have the budget raised."],
  ),
  unknown_price: row(
    412,
    false,
    ["insufficient_quota", "unknown_price", "billing_error"],
    [
      "The price of the call is not known, and a budget lets only calls with a known price pass.",
      "Use a model with a known price, have its price set, bound searches of the web by max_tool_calls, or have the budget allow unknown prices.",
    ],
  ),
  rate_limited: row(
    429,
    true,
    ["rate_limit_error", "rate_limit_exceeded", "rate_limit_error"],
    ["A rate limit of this gateway is reached.", "Wait as long as Retry-After says, and try again."],
  ),
  // Credentials of the gateway's side
  no_credentials: row(
    401,
    false,
    [auth, "no_aws_credentials", auth],
    [
      "No AWS credential was found.",
      "Send one with the request, or give the server one by AWS's standard variables, a profile or a role.",
    ],
  ),
  api_key_expired: row(
    401,
    false,
    [auth, "aws_credentials_expired", auth],
    ["The Bedrock API key is past the expiry that is written in it.", "Make a new short-term key."],
  ),
  virtual_key_inactive: row(
    403,
    false,
    [permission, "virtual_key_inactive", permission],
    [
      "The virtual key is switched off, past its expiry, or has no secret.",
      "Name another virtual key, or have this one switched on, renewed or filled in.",
    ],
  ),
  credentials_unavailable: row(
    502,
    true,
    [auth, "aws_credentials_unavailable", api],
    [
      "The source of the AWS credential did not answer as it should.",
      "Check the role, its trust policy and the source named.",
    ],
  ),
  // The gateway itself
  // Portkey's status and type.
  guardrail_denied: row(
    446,
    false,
    ["hooks_failed", "guardrail_denied", invalid],
    [
      "A guardrail of the config refuses the request, or the answer.",
      "See hook_results for the check that failed, and change the request or the guardrail.",
    ],
  ),
  no_target: row(
    400,
    false,
    [invalid, "no_target", invalid],
    ["The config leaves no target to call.", "Give at least one target with a weight above 0."],
  ),
  client_closed: row(
    499,
    false,
    [invalid, "client_closed_request", api],
    ["The caller left before the answer.", "Nothing: the call to AWS was stopped."],
  ),
  store_unavailable: row(
    503,
    true,
    [server, "store_unavailable", api],
    [
      "The database that holds keys and settings does not answer, and what the request needs is not in memory.",
      "Try again shortly; the operator finds the reason in the log.",
    ],
  ),
  shutting_down: row(
    503,
    true,
    [server, "shutting_down", "overloaded_error"],
    ["The gateway is stopping.", "Try again on another instance."],
  ),
  overloaded: row(
    503,
    true,
    [server, "overloaded", "overloaded_error"],
    ["The gateway is at its limit of open requests.", "Try again in a moment."],
  ),
  newer_schema: row(
    500,
    false,
    [server, "newer_schema", api],
    [
      "The database was brought to a newer schema by a later version of Adit.",
      "Start that version or a later one, or restore a backup that was made before.",
    ],
  ),
  vault_key_missing: row(
    503,
    false,
    [server, "vault_key_missing", api],
    [
      "This gateway does not hold the master key under which the secret was sealed.",
      "Start it with the master key of the other gateways (ADIT_MASTER_KEY, ADIT_MASTER_KEY_OLD or the key file).",
    ],
  ),
  internal: row(500, false, [server, "internal_error", api], ["Adit failed inside.", "Report it with the request id."]),
} as const satisfies Record<string, ErrorRow>;

/** The name of a row: AWS's exception name, or Adit's own in snake_case. */
export type ErrorCode = keyof typeof errorTable;

/** The row of a code. */
export function errorRow(code: ErrorCode): ErrorRow {
  return errorTable[code];
}

/** True for a name that the table holds. */
export function isErrorCode(name: string): name is ErrorCode {
  return Object.hasOwn(errorTable, name);
}
