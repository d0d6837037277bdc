/** `@adit/bedrock`: Amazon Bedrock from TypeScript. This file is the package's public face. */
export type { JsonObject, JsonValue } from "./json.ts";
export { isJsonObject } from "./json.ts";
export { Secret } from "./secret.ts";
export { systemClock, type Clock } from "./clock.ts";
export type { CancelListener, CancelSignal } from "./cancel-signal.ts";
export type * from "./converse/content.ts";
export type * from "./converse/request.ts";
export type * from "./converse/response.ts";
export type * from "./converse/stream-events.ts";
export { checkConverseRequest } from "./converse/check-request.ts";
export { AditError, type AditErrorDetails, type AwsRefusal, type CallPlace } from "./errors/adit-error.ts";
export { errorRow, errorTable, isErrorCode, type ErrorCode, type ErrorRow } from "./errors/error-table.ts";
export type { ModelFacts, ModelFamily, ThinkingStyle } from "./models/model-facts.ts";
export { parseModelName, providerNamed, type ModelName } from "./models/model-name.ts";
export { parseModelArn, type ModelArn, type ModelResourceType } from "./models/model-arn.ts";
export { geographyOfRegion, profileIdFor, stripGeography } from "./models/geography.ts";
export { factsOfModel } from "./models/facts-of-model.ts";
export { nearestModelIds, regionsOfModel } from "./models/nearest-models.ts";
export { catalogueModels, type CatalogueModel, type ModelCapability } from "./models/catalogue.ts";
export type { AwsKeys, BearerKey, Credentials, CredentialSource } from "./auth/credentials.ts";
export { staticSource } from "./auth/static-source.ts";
export { bearerKey, bearerKeyFacts, type BearerKeyFacts } from "./auth/bearer-key.ts";
export {
  assumeRoleSource,
  type AssumeRoleOptions,
  type Role,
  type SendSts,
  type StsAnswer,
} from "./auth/assume-role.ts";
export { defaultChain, type DefaultChainOptions } from "./auth/default-chain.ts";
export { callerIdentity, type CallerIdentity } from "./auth/caller-identity.ts";
export {
  credentialsFromFields,
  isCredentialField,
  type CredentialInput,
  type RoleInput,
} from "./auth/credential-input.ts";
export { checkRegion, regionFromEnvironment, type Environment } from "./auth/endpoints.ts";
export { regionFromProfile } from "./auth/shared-config.ts";
export { Transport, type TransportOptions } from "./wire/transport.ts";
export { sendStsOver } from "./wire/send-sts.ts";
export type { ConverseStreamSink } from "./wire/converse-stream-reader.ts";
export * from "./client.ts";
export type * from "./dialects/openai-chat/chat-completion.ts";
export type { ReplyContext } from "./dialects/openai-chat/context.ts";
export { chatFromConverse } from "./dialects/openai-chat/response.ts";
export { ChatStreamWriter } from "./dialects/openai-chat/stream-writer.ts";
export { streamEventsFromResponse } from "./dialects/openai-chat/stream-from-response.ts";
export { openAiErrorBody, type OpenAiErrorBody } from "./dialects/openai-chat/error-body.ts";
export { prepareChat, type ChatTarget, type ChatTools, type PreparedChat } from "./chat-call.ts";
export { mediaLoader } from "./wire/media/media-loader.ts";
export { fetchMedia, type FetchMediaOptions } from "./wire/media/fetch-media.ts";
export {
  OpenAiEndpoint,
  type ByteSink,
  type OpenAiCall,
  type OpenAiReply,
  type OpenAiStream,
} from "./wire/openai-endpoint/openai-endpoint.ts";
export { Bedrock, type BedrockOptions, type CallFacts, type CallOptions, type ConverseInput } from "./bedrock.ts";
export type { ChatMessage, ChatPart, ChatRequest, ChatTool } from "./dialects/openai-chat/chat-request.ts";
export type {
  FetchedMedia,
  RequestContext,
  StructuredOutputMeans,
  TranslationNotes,
} from "./dialects/openai-chat/context.ts";
export { checkChatRequest } from "./dialects/openai-chat/check-request.ts";
export { converseFromChat, mediaUrlsOf } from "./dialects/openai-chat/request.ts";
export { chatFromConverseRequest } from "./dialects/openai-chat/chat-from-converse.ts";
export { mayTravelUpstream } from "./wire/request-head.ts";
export type { AwsIdentity, CredentialOptions } from "./own-credentials.ts";
export { Roster, type OnRoster } from "./roster.ts";
