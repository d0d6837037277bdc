/** `additionalModelResponseFields`: what the caller's pointers find in the model's own reply. */
import type { Call } from "../validate/call.ts";
import type { Answer } from "./answer.ts";

/** The fields found, nested as their pointers say; undefined where none was asked for or found. */
export function responseFields(call: Call, answer: Answer): object | undefined {
  const own = { stop_reason: answer.stopReason, stop_sequence: answer.stopSequence ?? null };
  const view: Record<string, unknown> = { ...own, delta: own };
  const fields: Record<string, unknown> = {};
  for (const pointer of call.request.additionalModelResponseFieldPaths ?? []) {
    const [first = "", second] = pointer.slice(1).split("/");
    const value =
      second === undefined ? view[first] : first === "delta" ? new Map(Object.entries(own)).get(second) : undefined;
    if (value === undefined) continue;
    fields[first] = second === undefined ? value : { ...(fields[first] as object | undefined), [second]: value };
  }
  return Object.keys(fields).length === 0 ? undefined : fields;
}
