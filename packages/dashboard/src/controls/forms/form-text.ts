/** What fields hold as text, and what the API takes. */
import { ApiError } from "../../api/api-error.ts";
import { exactJson } from "./exact-json.ts";

/** A comma or line apart; undefined where there is none. */
export function listIn(text: string): string[] | undefined {
  const entries = text
    .split(/[\s,]+/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
  return entries.length === 0 ? undefined : entries;
}

/** Of date-and-time fields: browsers take years of six digits otherwise, which name no moment. */
export const lastMoment = "9999-12-31T23:59";

/** The moment that a date-and-time field of the reader's own time names. @throws ApiError for a year beyond four digits */
export function momentIn(text: string): string | undefined {
  if (text === "") return undefined;
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  throw new ApiError(`${text} is no date and time: a year has four digits.`, { status: 0, code: "invalid_date" });
}

/**
 * The same, the other way: what such a field holds, to the minute. An address may be mistyped: what is no moment leaves it empty. Whoever types
 * a year passes through the years 2, 20 and 202, when clocks went by the sun and offsets had seconds: what the clock showed is read from it,
 * so that the field is not changed under their hands.
 */
export function localMoment(at: string | null): string {
  const date = new Date(at ?? Number.NaN);
  if (Number.isNaN(date.getTime())) return "";
  const two = (part: number) => String(part).padStart(2, "0");
  const day = [String(date.getFullYear()).padStart(4, "0"), two(date.getMonth() + 1), two(date.getDate())];
  return `${day.join("-")}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/**
 * JSON as people read it; what is none stays as it was written. Numbers stay so, too, to the last digit, and names that come twice: parsed, they
 * would be others.
 */
export function indented(json: string): string {
  if ("fault" in tryJson(json)) return json;
  let text = "";
  let depth = 0;
  let before = "";
  for (const token of tokensOf(json)) {
    if (closing.has(token)) depth -= 1;
    text += gapBetween(before, token, depth);
    text += token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token;
    if (opening.has(token)) depth += 1;
    before = token;
  }
  return text;
}

/** Texts, numbers, words and marks of JSON that is valid. Texts may be long, too long for a pattern to go through their escapes. */
function* tokensOf(json: string): Generator<string> {
  const other = /[[\]{},:]|[^\s[\]{},:"]+|"/g;
  for (let found = other.exec(json); found !== null; found = other.exec(json)) {
    if (found[0] === '"') other.lastIndex = endOfText(json, found.index);
    yield json.slice(found.index, other.lastIndex);
  }
}

function endOfText(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end + 1;
}

/** True behind an odd number of backslashes. */
function isEscaped(json: string, at: number): boolean {
  let start = at;
  while (json[start - 1] === "\\") start -= 1;
  return (at - start) % 2 === 1;
}

const opening: ReadonlySet<string> = new Set(["[", "{"]);
const closing: ReadonlySet<string> = new Set(["]", "}"]);

function gapBetween(before: string, token: string, depth: number): string {
  if (before === ":") return " ";
  const isEmpty = opening.has(before) && closing.has(token);
  const isLine = before === "," || opening.has(before) || closing.has(token);
  return isLine && !isEmpty ? `\n${"  ".repeat(depth)}` : "";
}

/** Why a text is no JSON object; undefined where it is one. */
export function jsonFault(text: string): string | undefined {
  const read = tryJson(text);
  if ("fault" in read) return read.fault;
  const { value } = read;
  return typeof value === "object" && value !== null && !Array.isArray(value) ? undefined : "It must be a JSON object.";
}

/** Why a text is no JSON list; undefined where it is one. */
export function jsonListFault(text: string): string | undefined {
  const read = tryJson(text);
  if ("fault" in read) return read.fault;
  return Array.isArray(read.value) ? undefined : "It must be a JSON list.";
}

/** What the JSON of a field means. @throws ApiError that names the field. */
export function jsonOf(text: string, field: string): unknown {
  const read = tryJson(text);
  if ("fault" in read) throw new ApiError(`${field}: ${read.fault}`, { status: 0, code: "invalid_json" });
  return read.value;
}

function tryJson(text: string): { value: unknown } | { fault: string } {
  try {
    return { value: exactJson(text) };
  } catch (error) {
    return { fault: `This is no JSON. ${error instanceof Error ? error.message : ""}` };
  }
}

/** `name=value`, one a line, or all of them as JSON; undefined where there is none. */
export function pairsIn(text: string): Record<string, string> | undefined {
  if (text.trimStart().startsWith("{") && jsonFault(text) === undefined) {
    return JSON.parse(text) as Record<string, string>;
  }
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) return undefined;
  return Object.fromEntries(
    lines.map((line): [string, string] => {
      const mark = line.indexOf("=");
      return mark === -1 ? [line.trim(), ""] : [line.slice(0, mark).trim(), line.slice(mark + 1).trim()];
    }),
  );
}

/** The same, the other way: as JSON where a line, a blank at an end or a name with a `=` would be read as something else. */
export function pairsText(pairs: Readonly<Record<string, string>> | null | undefined): string {
  const entries = Object.entries(pairs ?? {});
  if (entries.length === 0) return "";
  const text = entries.map(([name, value]) => `${name}=${value}`).join("\n");
  return JSON.stringify(pairsIn(text)) === JSON.stringify(pairs) ? text : JSON.stringify(pairs, undefined, 2);
}
