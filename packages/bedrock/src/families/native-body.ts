/** What all native bodies share: additional fields over the translated ones, and the guardrail's own member. */
import type { ConverseRequest } from "../converse/request.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/**
 * The body with what stands in every family's: the guardrail's way of reading a stream, and `additionalModelRequestFields`, laid over the
 * rest the last. Objects are merged member by member (Nova's `inferenceConfig.topK` joins what is there); anything else replaces.
 */
export function finishedBody(body: JsonObject, request: ConverseRequest): JsonObject {
  const mode = request.guardrailConfig?.streamProcessingMode;
  const guarded =
    mode === undefined
      ? body
      : { ...body, "amazon-bedrock-guardrailConfig": { streamProcessingMode: nativeModes.get(mode) ?? mode } };
  return laidOver(guarded, request.additionalModelRequestFields ?? {});
}

/** What is no mode goes as it is: AWS judges it. */
const nativeModes: ReadonlyMap<string, string> = new Map([
  ["sync", "SYNCHRONOUS"],
  ["async", "ASYNCHRONOUS"],
]);

/** `upper` over `base`, object by object. Own members alone: `__proto__` is a member like others. */
export function laidOver(base: JsonObject, upper: JsonObject): JsonObject {
  const members = new Map<string, JsonValue | undefined>(Object.entries(base));
  for (const [name, value] of Object.entries(upper)) {
    const below = members.get(name);
    members.set(name, isJsonObject(below) && isJsonObject(value) ? laidOver(below, value) : value);
  }
  return Object.fromEntries(members);
}
