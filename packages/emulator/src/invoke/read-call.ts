/** From a native body to a call: the model, its family's form, the rules of its layer. InvokeModel and CountTokens share it. */
import type { ResolvedModel } from "../model-list/resolve-model.ts";
import { callOf, firstRefusal, type Call } from "../validate/call.ts";
import { parsedJson } from "../validate/parsed-json.ts";
import { isRecord, isUnreadable } from "../validate/read-shape.ts";
import { invalid, withoutModelPrefix, type Refusal } from "../validate/refusal.ts";
import { jsonTypeOf } from "./fault-words.ts";
import { familyOf } from "./families.ts";
import { guardrailBodyKey } from "./knobs.ts";
import type { NativeBody, NativeFamily } from "./native-family.ts";

export interface NativeCall {
  call: Call;
  family: NativeFamily;
}

/** The bytes of a body as a JSON object, or Bedrock's refusal of them. */
export function nativeBody(bytes: Buffer): { body: NativeBody } | { refusal: Refusal } {
  let value: unknown;
  try {
    value = parsedJson(bytes);
  } catch {
    return { refusal: invalid("Malformed input request, please reformat your input and try again.") };
  }
  if (!isRecord(value)) {
    const found = `Malformed input request: #: expected type: JSONObject, found: ${jsonTypeOf(value)}`;
    return { refusal: invalid(`${found}, please reformat your input and try again.`) };
  }
  if (isUnreadable(value))
    return { refusal: invalid("Malformed input request, please reformat your input and try again.") };
  return { body: value };
}

/** Reads and checks a body for a model that makes text. A member that is null is an absent one. */
export function nativeCall(body: NativeBody, model: ResolvedModel, stream: boolean): NativeCall | { refusal: Refusal } {
  const { [guardrailBodyKey]: _guardrail, ...members } = body;
  const own = Object.fromEntries(Object.entries(members).filter(([, member]) => member !== null));
  const family = familyOf(model, own);
  const read = family.read(own, model);
  if ("refusal" in read) return { refusal: withoutModelPrefix(read.refusal) };
  const call = callOf(read.request, model, stream);
  const refusal = firstRefusal(call, family.rules);
  // Recorded: the words of the model's layer stand alone here, without the prefix that Converse puts before them.
  return refusal === undefined ? { call, family } : { refusal: withoutModelPrefix(refusal) };
}
