/** `@adit/bedrock`: Amazon Bedrock from TypeScript. This file is the package's public face. */
export type { JsonObject, JsonValue } from "./json.ts";
export { isJsonObject } from "./json.ts";
export { Secret } from "./secret.ts";
export { systemClock, type Clock } from "./clock.ts";
export type * from "./converse/content.ts";
export type * from "./converse/request.ts";
export type * from "./converse/response.ts";
export type * from "./converse/stream-events.ts";
export { AditError, type AditErrorDetails, type AwsRefusal, type CallPlace } from "./errors/adit-error.ts";
export { errorRow, errorTable, isErrorCode, type ErrorCode, type ErrorRow } from "./errors/error-table.ts";
export type { ModelFacts, ModelFamily, ThinkingStyle } from "./models/model-facts.ts";
export type { AwsKeys, BearerKey, Credentials, CredentialSource } from "./auth/credentials.ts";
