/** Every check by its id. The ids are Portkey's, but for those of `bedrock` that Portkey has not. */
import type { CheckKind } from "../check.ts";
import { guard, guardrailChecks } from "./bedrock-guard.ts";
import { containsCode } from "./code.ts";
import { characterCount, sentenceCount, wordCount } from "./counts.ts";
import { jsonKeys, jsonSchema } from "./json.ts";
import { requiredMetadataKeys, requiredMetadataPairs } from "./metadata.ts";
import { modelRules, modelWhitelist } from "./models.ts";
import { regexMatch, regexReplace } from "./patterns.ts";
import { pii } from "./pii.ts";
import { addPrefix } from "./prefix.ts";
import { requestParametersCheck } from "./request-parameters.ts";
import { allowedRequestTypes } from "./request-types.ts";
import { validUrls } from "./urls.ts";
import { log, webhook } from "./webhook.ts";
import { alllowercase, alluppercase, contains, endsWith, notNull } from "./words.ts";

export const checkKinds: ReadonlyMap<string, CheckKind> = new Map<string, CheckKind>([
  ["default.regexMatch", regexMatch],
  ["default.regexReplace", regexReplace],
  ["default.sentenceCount", sentenceCount],
  ["default.wordCount", wordCount],
  ["default.characterCount", characterCount],
  ["default.jsonSchema", jsonSchema],
  ["default.jsonKeys", jsonKeys],
  ["default.contains", contains],
  ["default.validUrls", validUrls],
  ["default.containsCode", containsCode],
  ["default.alluppercase", alluppercase],
  ["default.alllowercase", alllowercase],
  ["default.endsWith", endsWith],
  ["default.notNull", notNull],
  ["default.modelWhitelist", modelWhitelist],
  ["default.modelwhitelist", modelWhitelist],
  ["default.modelRules", modelRules],
  ["default.requiredMetadataKeys", requiredMetadataKeys],
  ["default.requiredMetadataKeyValuePairs", requiredMetadataPairs],
  ["default.requiredMetadataPairs", requiredMetadataPairs],
  ["default.allowedRequestTypes", allowedRequestTypes],
  ["default.requestParametersCheck", requestParametersCheck],
  ["default.webhook", webhook],
  ["default.log", log],
  ["default.addPrefix", addPrefix],
  ["default.pii", pii],
  ["portkey.pii", pii],
  ["bedrock.guard", guard],
  ["bedrock.guardrailChecks", guardrailChecks],
]);
