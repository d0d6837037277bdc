/**
 * Ids of traces and spans in the form of W3C Trace Context (32 and 16 hexadecimal digits, not all of them 0), from what callers and
 * records have. The same text gives the same id in every gateway and at every time, so that a parent that a caller names in words is found.
 */
import { createHash } from "node:crypto";

const traceForm = /^(?!0+$)[0-9a-f]{32}$/;
const spanForm = /^(?!0+$)[0-9a-f]{16}$/;

/** A UUID is its digits; any other text is hashed. */
export function traceIdOf(text: string): string {
  const digits = text.replaceAll("-", "").toLowerCase();
  return traceForm.test(digits) ? digits : hashOf(`trace:${text}`).slice(0, 32);
}

/** `trace` is the trace's id as the record has it: words such as `step-1` are a span's name in their own trace alone. */
export function spanIdOf(trace: string, text: string): string {
  const digits = text.toLowerCase();
  return spanForm.test(digits) ? digits : hashOf(`span:${trace}:${text}`).slice(0, 16);
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
