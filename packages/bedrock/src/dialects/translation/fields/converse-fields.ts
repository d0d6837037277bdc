/** Converse's own members in a caller's body: by AWS's names or in snake_case, outside and inside. */
import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import { invalidRequest, wrongType } from "./request-fault.ts";

/** How AWS writes a field, and what is inside it. */
interface Spelling {
  readonly name: string;
  readonly inner?: Spellings;
}

type Spellings = ReadonlyMap<string, Spelling>;

const textFormat: Spelling = {
  name: "textFormat",
  inner: new Map([["structure", { name: "structure", inner: new Map([["json_schema", { name: "jsonSchema" }]]) }]]),
};

/** Members with names inside that have two spellings. AWS ignores a name that it does not know: a guardrail would not be applied. */
const spellings: ReadonlyMap<string, Spellings> = new Map<string, Spellings>([
  [
    "guardrailConfig",
    new Map([
      ["guardrail_identifier", { name: "guardrailIdentifier" }],
      ["guardrail_version", { name: "guardrailVersion" }],
      ["stream_processing_mode", { name: "streamProcessingMode" }],
    ]),
  ],
  [
    "outputConfig",
    new Map([
      ["textFormat", textFormat],
      ["text_format", textFormat],
    ]),
  ],
]);

/** The member as AWS writes it; the same value where nothing is to be done. Throws AditError where it says two things, or no guardrail. */
export function converseMember(member: string, value: JsonValue, field: string): JsonValue {
  const inner = spellings.get(member);
  if (inner === undefined || !isJsonObject(value)) {
    return value;
  }
  const sent = respelled(value, inner, field);
  if (member === "guardrailConfig") {
    needWords(
      sent["guardrailIdentifier"],
      `${field}.${writtenAs(value, "guardrailIdentifier", "guardrail_identifier")}`,
    );
    needWords(sent["guardrailVersion"], `${field}.${writtenAs(value, "guardrailVersion", "guardrail_version")}`);
  }
  return sent;
}

/** Throws where another spelling of the same field has said something else. */
export function needSame(earlier: unknown, value: unknown, field: string): void {
  if (earlier !== undefined && !isDeepStrictEqual(earlier, value)) {
    throw invalidRequest(field, `${field} stands in the request in two spellings that differ: send one of them`);
  }
}

/** What a request holds under either name of a field, null being absent. Throws where they differ. */
export function eitherSpelling(request: JsonObject, name: string, other: string): JsonValue | undefined {
  const first = request[name] ?? undefined;
  const second = request[other] ?? undefined;
  if (first !== undefined && second !== undefined) {
    needSame(first, second, other);
  }
  return first ?? second;
}

function respelled(given: JsonObject, names: Spellings, path: string): JsonObject {
  // Assigned to an object, a name such as "__proto__" would be read there and never sent.
  const sent = new Map<string, JsonValue>();
  for (const field in given) {
    const value = given[field];
    if (value === undefined || value === null) {
      continue;
    }
    const spelling = names.get(field);
    const name = spelling?.name ?? field;
    const place = `${path}.${field}`;
    const taken =
      spelling?.inner !== undefined && isJsonObject(value) ? respelled(value, spelling.inner, place) : value;
    if (sent.has(name)) {
      needSame(sent.get(name), taken, place);
    }
    sent.set(name, taken);
  }
  return Object.fromEntries(sent);
}

/** The spelling that the caller uses; AWS's where it uses none. */
function writtenAs(given: JsonObject, name: string, other: string): string {
  return given[other] !== undefined && given[name] === undefined ? other : name;
}

/** Without one of the two AWS applies no guardrail, and says nothing. */
function needWords(value: JsonValue | undefined, path: string): void {
  if (typeof value !== "string") {
    throw wrongType(path, "a string", value);
  }
  if (value === "") {
    throw invalidRequest(path, `${path} must not be empty: no guardrail would be applied`);
  }
}
