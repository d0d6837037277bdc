/** A request on its way to InvokeModel's body. */
import type { ModelFacts } from "../../../models/model-facts.ts";
import { plainPath } from "../../../plain-path.ts";
import type { JsonEdits } from "../../translation/json-edits.ts";
import type { MessagesRequest } from "../messages-request.ts";
import type { ValuePath } from "../../../json.ts";

/** What is changed of a request, and named. */
export interface Changes {
  readonly request: MessagesRequest;
  readonly edits: JsonEdits;
  readonly dropped: Set<string>;
}

export interface NativeDraft extends Changes {
  readonly model: ModelFacts;
  /** Beta flags that go to AWS. */
  readonly flags: Set<string>;
}

/** Leaves the value at the path out, and names it. */
export function leaveOut(draft: Changes, path: ValuePath): void {
  draft.edits.remove(path);
  draft.dropped.add(pathText(path));
}

/** Names what was left out or changed in another way. */
export function nameDropped(draft: Changes, path: string): void {
  draft.dropped.add(plainPath(path));
}

/** `tools[2].strict` */
export function pathText(path: ValuePath): string {
  const text = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  return plainPath(text.startsWith(".") ? text.slice(1) : text);
}

/** True for a value that says something. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
