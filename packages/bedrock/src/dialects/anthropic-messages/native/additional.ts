/** additionalModelRequestFields, Converse's way to a field that it lacks: on the way to InvokeModel they are fields of the body. */
import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import { eitherSpelling } from "../../translation/fields/converse-fields.ts";
import type { MessagesRequest } from "../messages-request.ts";
import { isGiven, nameDropped, type NativeDraft } from "./draft.ts";

const camel = "additionalModelRequestFields";
const snake = "additional_model_request_fields";

/** A field's value, and the path under which the caller wrote it. */
export interface AdditionalField {
  value: JsonValue;
  path: string;
}

function fieldsIn(request: MessagesRequest): JsonObject {
  const fields = eitherSpelling(request, camel, snake);
  return isJsonObject(fields) ? fields : {};
}

/** Undefined where the caller says nothing there. Throws where both spellings stand in the request and differ. */
export function additionalFieldIn(request: MessagesRequest, field: string): AdditionalField | undefined {
  const value = fieldsIn(request)[field] ?? undefined;
  return value === undefined ? undefined : { value, path: `${isJsonObject(request[camel]) ? camel : snake}.${field}` };
}

/** Beta flags where users of Converse write them. */
export function flagsAmongFields(request: MessagesRequest): string[] {
  const flags = fieldsIn(request)["anthropic_beta"];
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
  for (const field of Object.keys(fieldsIn(request))) {
    const added = additionalFieldIn(request, field);
    if (added === undefined || settledElsewhere.has(field) || isDeepStrictEqual(request[field], added.value)) {
      continue;
    }
    const isFree = !isGiven(request[field]) && !notAdded.has(field);
    if (isFree || winning.has(field)) {
      edits.set([field], JSON.stringify(added.value));
    }
    if (!isFree) {
      nameDropped(draft, winning.has(field) ? field : added.path);
    }
  }
}
