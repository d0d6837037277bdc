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
export {
  AditError,
  type AditErrorDetails,
  type AwsRefusal,
  type CallPlace,
  type ProviderRefusal,
} from "./errors/adit-error.ts";
export { errorRow, errorTable, isErrorCode, type ErrorCode, type ErrorRow } from "./errors/error-table.ts";
export type { ModelFacts, ModelFamily, ThinkingStyle } from "./models/model-facts.ts";
export { parseModelName, providerNamed, type ModelName } from "./models/model-name.ts";
export { parseModelArn, type ModelArn, type ModelResourceType } from "./models/model-arn.ts";
export { geographyOfRegion, profileIdFor, stripGeography } from "./models/geography.ts";
export { mantlePlace, type MantlePlace } from "./models/mantle.ts";
export { factsOfModel } from "./models/facts-of-model.ts";
export { nearestModelIds, regionsOfModel } from "./models/nearest-models.ts";
export { catalogueModels, type CatalogueModel, type ModelCapability } from "./models/catalogue.ts";
export * from "./models/prices/price-table.ts";
export { parsePriceTable, type PriceTableFault } from "./models/prices/parse-price-table.ts";
export { shippedPrices } from "./models/prices/shipped-prices.ts";
export { layOver } from "./models/prices/lay-over.ts";
export { costOf, costOfUnits, type Cost, type CostParts } from "./models/prices/cost.ts";
export { dearestCost, type MostUnits, type PossiblePlace } from "./models/prices/dearest-cost.ts";
export { billedUnits, type BillableUsage, type BilledUnits } from "./models/prices/billed-units.ts";
export type { PricePlace } from "./models/prices/find-row.ts";
export { tierOfCall } from "./models/prices/tier-of-call.ts";
export { dollarsOf } from "./models/prices/dollars.ts";
export { embeddingFactsOf, type EmbeddingFacts, type EmbeddingFormat } from "./models/embedding-facts.ts";
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
export { checkRegion, regionFromEnvironment, type Environment } from "./auth/endpoints.ts";
export { regionFromProfile } from "./auth/shared-config.ts";
export { Transport, type TransportOptions } from "./wire/transport/transport.ts";
export { sendStsOver } from "./wire/send-sts.ts";
export type { ConverseStreamSink } from "./wire/streams/converse-stream-reader.ts";
export type { ChunkSink } from "./wire/streams/chunk-reader.ts";
export type { FrameWatch } from "./wire/streams/frame-watch.ts";
export type { ExchangeTap } from "./wire/transport/exchange-tap.ts";
export type { PassedSink } from "./wire/streams/passed-stream.ts";
export type { ReplyHeaders } from "./wire/aws-errors/aws-error.ts";
export {
  invokeConversation,
  invokeConversationStream,
  nativeConversation,
  type NativeConversation,
  type NativeConversationReply,
} from "./converse-by-family.ts";
export { familyOf } from "./families/family-of.ts";
export { EventStreamDecoder, type Frame } from "./wire/event-stream/decoder.ts";
export { encodeFrame } from "./wire/event-stream/encoder.ts";
export * from "./client.ts";
export type * from "./dialects/openai-chat/chat-completion.ts";
export type { ReplyContext } from "./dialects/openai-chat/reply-context.ts";
export { chatFromConverse } from "./dialects/openai-chat/response.ts";
export { ChatStreamWriter } from "./dialects/openai-chat/stream-writer.ts";
export { streamEventsFromResponse } from "./dialects/translation/answers/stream-from-response.ts";
export { openAiErrorBody, type OpenAiErrorBody } from "./errors/openai-error-body.ts";
export { prepareChat } from "./calls/chat-call.ts";
export { factsOfTarget, mediaAt, type CallTarget, type CallTools, type PreparedCall } from "./calls/prepared-call.ts";
export { prepareCountTokens, prepareResponsesCount, type PreparedCount } from "./calls/count-call.ts";
export { prepareMessages, type MessagesTools, type PreparedMessages } from "./calls/messages-call.ts";
export { checkMessagesRequest } from "./dialects/anthropic-messages/request/check-request.ts";
export type { CountTokensBody } from "./dialects/anthropic-messages/count-tokens.ts";
export {
  messagesErrorBody,
  messagesErrorEvent,
  type MessagesErrorBody,
} from "./dialects/anthropic-messages/error-body.ts";
export type * from "./dialects/anthropic-messages/reply/message.ts";
export type { MessagesRequest } from "./dialects/anthropic-messages/messages-request.ts";
export type { MessagesReplyContext } from "./dialects/anthropic-messages/reply/reply-context.ts";
export { messageFromConverse, messageJsonFromConverse } from "./dialects/anthropic-messages/reply/response.ts";
export { MessagesStreamWriter } from "./dialects/anthropic-messages/reply/stream-writer.ts";
export { estimateInputTokens } from "./dialects/anthropic-messages/token-estimate.ts";
export { mediaLoader } from "./wire/media/media-loader.ts";
export { fetchMedia, type FetchMediaOptions } from "./wire/media/fetch-media.ts";
export {
  CompatibleEndpoint,
  type AnswerFormat,
  type ByteSink,
  type CompatibleCall,
  type CompatibleReply,
  type CompatibleStream,
  type ForeignCall,
  type MantleCall,
} from "./wire/compatible-endpoint/compatible-endpoint.ts";
export { Bedrock, type BedrockOptions, type CallFacts, type CallOptions, type ConverseInput } from "./bedrock.ts";
export type { ChatMessage, ChatPart, ChatRequest, ChatTool } from "./dialects/openai-chat/chat-request.ts";
export type {
  FetchedMedia,
  RequestContext,
  StructuredOutputMeans,
  TranslationNotes,
} from "./dialects/translation/context.ts";
export type { DialectStreamWriter } from "./dialects/translation/answers/dialect-stream.ts";
export { checkChatRequest } from "./dialects/openai-chat/check-request.ts";
export { converseFromChat, mediaUrlsOf } from "./dialects/openai-chat/request.ts";
export { chatFromConverseRequest } from "./dialects/openai-chat/chat-from-converse.ts";
export type {
  Completion,
  CompletionReplyContext,
  CompletionRequest,
} from "./dialects/openai-completions/completion.ts";
export { checkCompletionRequest } from "./dialects/openai-completions/check-request.ts";
export { converseFromCompletion } from "./dialects/openai-completions/request.ts";
export { completionFromConverse } from "./dialects/openai-completions/response.ts";
export { CompletionStreamWriter } from "./dialects/openai-completions/stream-writer.ts";
export { prepareCompletion } from "./calls/completion-call.ts";
export type { EmbeddingAnswer, EmbeddingUsage } from "./embedding/embedding.ts";
export type { EmbeddingsRequest } from "./dialects/openai-embeddings/embeddings-request.ts";
export { checkEmbeddingsRequest } from "./dialects/openai-embeddings/check-request.ts";
export { embeddingMediaUrlsOf, embeddingRequestFrom } from "./dialects/openai-embeddings/request.ts";
export { embeddingsReply, type EmbeddingsReply } from "./dialects/openai-embeddings/response.ts";
export {
  planEmbeddings,
  type EmbeddingCall,
  type EmbeddingPlan,
  type InvokedEmbedding,
} from "./families/embeddings/plan.ts";
export { runEmbeddings, type RunEmbeddingsOptions } from "./calls/run-embeddings.ts";
export { prepareResponses } from "./calls/responses-call.ts";
export type { ResponseObject, ResponseUsage } from "./dialects/openai-responses/response-object.ts";
export type { ResponsesReplyContext } from "./dialects/openai-responses/reply-context.ts";
export type { ResponsesRequest } from "./dialects/openai-responses/responses-request.ts";
export { checkResponsesRequest } from "./dialects/openai-responses/check-request.ts";
export { mediaUrlsOfResponses } from "./dialects/openai-responses/media-urls.ts";
export { converseFromResponses } from "./dialects/openai-responses/request.ts";
export { responseFromConverse } from "./dialects/openai-responses/response.ts";
export { responsesErrorEvent } from "./dialects/openai-responses/response-events.ts";
export { ResponsesStreamWriter } from "./dialects/openai-responses/stream-writer.ts";
export type { AwsIdentity, CredentialOptions } from "./own-credentials.ts";
export type { OrUndefined } from "./known-options.ts";
export { generateText } from "./generate/generate-text.ts";
export { streamText } from "./generate/stream-text.ts";
export { TextStream, type PartSource } from "./generate/text-stream.ts";
export type { TextStreamPart } from "./generate/stream-parts.ts";
export { generateObject, type ObjectResult } from "./generate/generate-object.ts";
export { putKey } from "./generate/put-key.ts";
export { closeConnections } from "./generate/shared-connections.ts";
export { chooseRoute, type Route, type RouteChoice, type RouteQuestion } from "./generate/route.ts";
export type { Prompt } from "./generate/write-request.ts";
export type { ModelReference } from "./generate/model-reference.ts";
export type {
  ConnectionOptions,
  GuardrailOption,
  ObjectOptions,
  OtherTextNames,
  PlainObjectOptions,
  PlainTextOptions,
  ReasoningEffort,
  SnakeCased,
  TextOptions,
} from "./generate/options.ts";
export type { CallPlaces, FinishReason, TextResult, ToolCall } from "./generate/result.ts";
export type { ObjectOf, SchemaInput, ZodSchema } from "./generate/schema.ts";
export type { ToolDefinition, ToolInput } from "./generate/tools.ts";
export type { Warning } from "./generate/warning.ts";
export { countTokens, type TokenCount } from "./generate/count-tokens.ts";
export { embed, type EmbedResult } from "./generate/embed.ts";
export type { EmbedOptions, PlainEmbedOptions } from "./generate/options.ts";
export type { CallCost } from "./generate/call-cost.ts";
export type { EmbeddingsInput } from "./dialects/openai-embeddings/embeddings-request.ts";
