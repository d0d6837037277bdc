/**
 * `@adit/bedrock/gateway`: what `@adit/gateway` is built with beside the library's own face. It changes with the gateway, in any version: no
 * promise of compatibility holds for it.
 */
export { countOf, isCount } from "./count.ts";
export { unlessAborted } from "./cancel-signal.ts";
export { parsedJson, parsedObject, type ValuePath } from "./json.ts";
export { nativeForStops, notesByFamily } from "./converse-by-family.ts";
export { fragmentSteps, valueAt } from "./json-pointer.ts";
export { asciiJson } from "./json-text/ascii-json.ts";
export { alteredIn } from "./json-text/altered-json.ts";
export { dropOldest } from "./memory/drop-oldest.ts";
export { comesThrough, exactNumbersAsText } from "./json-text/exact-numbers.ts";
export { BuiltTexts, holdsManyValues, mostJsonValues } from "./json-text/many-values.ts";
export { valueNestsDeeperThan } from "./json-text/value-depth.ts";
export { childSpansOf, spanAt, spansAt, withValuesAt } from "./json-text/json-span.ts";
export { JsonEdits } from "./dialects/translation/json-edits.ts";
export { servingFromHeaders } from "./converse/invoke-headers.ts";
export { awsCodeOfStatus } from "./errors/code-of-status.ts";
export { inputTooLong } from "./errors/input-too-long.ts";
export { isPerhapsBilled, isUnclearAttempt } from "./errors/perhaps-billed.ts";
export { HmacKey } from "./auth/hmac-key.ts";
export { checkEndpointVariables } from "./auth/endpoints.ts";
export { variable } from "./auth/environment.ts";
export { partitionOf } from "./auth/partitions.ts";
export { formsInAddresses, withoutText } from "./auth/withheld-secrets.ts";
export { holdsText } from "./text-search.ts";
export { identityHash } from "./auth/identity-hash.ts";
export {
  checkSignature,
  isSigned,
  readSignature,
  unknownAccessKey,
  type ArrivedRequest,
} from "./auth/arrived-signature.ts";
export { callerIdentity } from "./auth/caller-identity.ts";
export {
  credentialsFromFields,
  isCredentialField,
  regionAmong,
  type CredentialInput,
} from "./auth/credential-input.ts";
export { isUnknownModel } from "./wire/aws-errors/refusal-hints.ts";
export { writtenInChunk } from "./wire/streams/written-in-chunk.ts";
export { toolUnderKey } from "./anthropic/anthropic-tools.ts";
export { claudeUsage, compactionsIn } from "./anthropic/claude-usage.ts";
export { withoutRefusedBetas } from "./dialects/bedrock-native/refused-betas.ts";
export { nativeStopReason } from "./families/native-stop-reason.ts";
export { wrappedInstruction } from "./families/text-prompt/wrapped-instruction.ts";
export {
  countsFromHeaders,
  countsFromMetrics,
  usageFrom,
  type InvocationCounts,
} from "./converse/invocation-counts.ts";
export { GuardrailReply } from "./converse/guardrail-reply.ts";
export { beginsWebSearch, isWebSearch, webSearchesIn, withWebSearches } from "./converse/web-searches.ts";
export { countedTokensIn } from "./converse/counted-tokens.ts";
export { parseUrl } from "./parse-url.ts";
export { hookTerms, postOver, type Post } from "./wire/post-over.ts";
export { mantleCountOf } from "./dialects/anthropic-messages/count-tokens.ts";
export {
  chatFields,
  completionFields,
  messagesFields,
  pathsInDialect,
  responsesFields,
  withPathRenamed,
  type DialectFields,
  type DialectMessage,
} from "./calls/dialect-paths.ts";
export { inputsOf as embeddingInputsOf } from "./dialects/openai-embeddings/input-parts.ts";
export { learnCountRefusal } from "./calls/count-call.ts";
export { learnRefusal } from "./calls/messages-call.ts";
export { readNativeAnswer } from "./dialects/anthropic-messages/native/response.ts";
export { withSettledHistory } from "./dialects/anthropic-messages/native/passed-history.ts";
export { NativeMessagesStream } from "./dialects/anthropic-messages/native/stream.ts";
export { isImageAddress, isImageData } from "./dialects/translation/media/image-or-not.ts";
export { isDataUrl } from "./dialects/translation/media/data-url.ts";
export { newDocumentNames, takeDocumentName } from "./dialects/translation/media/document-names.ts";
export { fileWithText, textInFile, type FileWords } from "./dialects/translation/media/text-in-file.ts";
export { novaSchema, SchemaRoom } from "./dialects/translation/tools/nova-schema.ts";
export { RefusedParts, type RefusalPlace } from "./dialects/anthropic-messages/native/refused-parts.ts";
export { isMalformed } from "./dialects/translation/answers/malformed-output.ts";
export { lineSafe } from "./dialects/translation/answers/event-text.ts";
export { pingEvent } from "./dialects/anthropic-messages/sse.ts";
export { usageIn } from "./wire/compatible-endpoint/answer-format.ts";
export { SseReader, type ServerSentEvent } from "./wire/compatible-endpoint/sse-reader.ts";
export { lookUpByNameServers } from "./wire/media/guarded-connection.ts";
export { didYouMean, nearName } from "./near-names.ts";
export { retryAfterSeconds } from "./wire/attempts/retry-after.ts";
export { mayTravelUpstream } from "./wire/transport/request-head.ts";
export { Roster, type OnRoster } from "./roster.ts";
export { mayGround } from "./models/may-ground.ts";
export { rowFor } from "./models/prices/find-row.ts";
export { outputOf } from "./models/model-data.ts";
export { statusAt } from "./wire/media/fetch-media.ts";
