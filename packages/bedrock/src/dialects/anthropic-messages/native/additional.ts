/** additionalModelRequestFields, Converse's way to a field that it lacks: on the way to InvokeModel they are fields of the body. */
import { isDeepStrictEqual } from "node:util";
import { isJsonObject, parsedObject, type JsonObject, type JsonValue, type ValuePath } from "../../../json.ts";
import { eitherSpelling } from "../../translation/fields/converse-fields.ts";
import { JsonEdits } from "../../translation/json-edits.ts";
import type { MessagesRequest } from "../messages-request.ts";
import { isGiven, nameDropped, pathText, type NativeDraft } from "./draft.ts";

const camel = "additionalModelRequestFields";
const snake = "additional_model_request_fields";

/** A field's value, and the path under which the caller wrote it. */
export interface AdditionalField {
  value: JsonValue;
  path: string;
}

export function additionalFieldsIn(request: MessagesRequest): JsonObject {
  const fields = eitherSpelling(request, camel, snake);
  return isJsonObject(fields) ? fields : {};
}

/** The path under which the caller wrote them. */
function nameIn(request: MessagesRequest): string {
  return isJsonObject(request[camel]) ? camel : snake;
}

/** Undefined where the caller says nothing there. Throws where both spellings stand in the request and differ. */
export function additionalFieldIn(request: MessagesRequest, field: string): AdditionalField | undefined {
  const value = additionalFieldsIn(request)[field] ?? undefined;
  return value === undefined ? undefined : { value, path: `${nameIn(request)}.${field}` };
}

/** Beta flags where users of Converse write them. */
export function flagsAmongFields(request: MessagesRequest): string[] {
  const flags = additionalFieldsIn(request)["anthropic_beta"];
  return (Array.isArray(flags) ? flags : [flags]).filter((flag) => typeof flag === "string");
}

/** What the address says. */
const notAdded: ReadonlySet<string> = new Set(["model", "stream"]);
/** Settled together with what the body itself says of them. */
const settledElsewhere: ReadonlySet<string> = new Set(["anthropic_beta", "thinking"]);
/** Of these the additional one counts, as by Converse. */
const winning: ReadonlySet<string> = new Set(["top_k"]);

/** Puts them into the body. What the body has already wins, but for a few; what differs and loses is named. */
export function addAdditionalFields(draft: NativeDraft): void {
  const { request, edits } = draft;
  for (const name of [camel, snake].filter((each) => request[each] !== undefined)) {
    edits.remove([name]);
  }
  for (const field of Object.keys(additionalFieldsIn(request))) {
    const added = additionalFieldIn(request, field);
    if (added === undefined || settledElsewhere.has(field) || isDeepStrictEqual(request[field], added.value)) {
      continue;
    }
    if (isFree(request, field) || winning.has(field)) {
      edits.set([field], JSON.stringify(added.value));
    }
    if (!isFree(request, field)) {
      nameDropped(draft, winning.has(field) ? field : added.path);
    }
  }
}

function isFree(request: MessagesRequest, field: string): boolean {
  return !isGiven(request[field]) && !notAdded.has(field);
}

/** Leaves the values at these places out of those that have become the body's. */
export function leaveOutOfAdditional(draft: NativeDraft, places: readonly ValuePath[]): void {
  const { request, edits } = draft;
  const theirs = places.filter(([field]) => {
    const name = String(field);
    return !settledElsewhere.has(name) && (isFree(request, name) || winning.has(name));
  });
  if (theirs.length === 0) {
    return;
  }
  const gone = new JsonEdits();
  for (const path of theirs) {
    gone.remove(path);
    nameDropped(draft, `${nameIn(request)}.${pathText(path)}`);
  }
  const left = parsedObject(gone.applyTo(JSON.stringify(additionalFieldsIn(request)))) ?? {};
  for (const name of new Set(theirs.map(([field]) => String(field)))) {
    const value = left[name];
    // An empty list of tools is refused as well.
    if (value === undefined || (Array.isArray(value) && value.length === 0)) {
      edits.remove([name]);
    } else {
      edits.set([name], JSON.stringify(value));
    }
  }
}
