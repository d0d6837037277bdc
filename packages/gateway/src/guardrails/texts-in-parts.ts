/**
 * The texts in parts of a message, in OpenAI's, Anthropic's and AWS's words: tables say what stands under which name. Each member is looked at
 * once, for a conversation of a coding agent has thousands of parts.
 */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { isDataUrl, type ValuePath } from "@adit/bedrock/gateway";
import { fileTexts } from "./file-texts.ts";
import type { PlacedText } from "./placed-text.ts";

/** Of an answer its texts alone are judged; of what is asked, whatever a model reads as text. */
export type Side = "asked" | "answered";

/** What stands under a name. */
type Kind =
  /** A text, or a part that holds one. */
  | "text"
  /** A text, or parts: several, or one, as Anthropic's own tools give it. */
  | "content"
  /** A part alone. */
  | "part"
  /** A part whose own name is a text, and whose bytes may be. */
  | "named"
  /** A text where the part says that it is one. */
  | "data"
  /** The same, or a file's bytes where it says that. */
  | "held"
  /** A file's bytes, in base64 or in a data URL. */
  | "file"
  /** An address, of which a data URL holds its bytes; or a part that has one. */
  | "address"
  /** Parts as in "content", that say where something is from. */
  | "sourced"
  /** All texts of what may be of any shape. */
  | "any";

type Kinds = ReadonlyMap<string, Kind>;

function all(kind: Kind, names: readonly string[]): [string, Kind][] {
  return names.map((name) => [name, kind]);
}

const ofAnswers: Kinds = new Map([
  ...all("text", ["text", "refusal", "transcript"]),
  ...all("data", ["data"]),
  ...all("content", ["content"]),
  ...all("part", ["toolResult", "toolUse", "guardContent", "guard_content", "document", "source", "searchResult"]),
  ...all("part", ["citationsContent", "file"]),
  ...all("any", ["json"]),
  // What a shell, an interpreter and an editor wrote, and what a search found.
  ...all("text", ["stdout", "stderr", "logs", "error_message", "title"]),
  ...all("content", ["lines"]),
]);

/** What tools were asked that a host ran itself, and what they gave: its shell, its searches, its interpreter, its screen. */
const ofHosts: Kinds = new Map([
  ...all("sourced", ["action", "actions", "operation", "results", "tabs", "state_changes"]),
  ...all("sourced", ["pending_safety_checks", "acknowledged_safety_checks"]),
  ...all("content", ["outputs"]),
  ...all("any", ["code", "command", "commands", "query", "queries", "diff", "stdout", "stderr", "logs"]),
  ...all("any", ["env", "error", "reason", "attributes"]),
]);

/** With what documents, files and results of a search are called and where these are from, what is said and quoted of them, and what tools were called with. */
const ofRequests: Kinds = new Map([
  ...ofAnswers,
  ...ofHosts,
  ...all("text", ["context", "filename", "file_name", "document_title", "cited_text", "source"]),
  ...all("sourced", ["citations", "annotations"]),
  ...all("content", ["sourceContent"]),
  ...all("named", ["document"]),
  ...all("held", ["data"]),
  ...all("part", ["input_audio"]),
  ...all("file", ["file_data"]),
  // What is no image is sent as the document that it is.
  ...all("address", ["file_url", "document_url", "image_url", "video_url", "url"]),
  ...all("any", ["input"]),
]);

/** In what was cited, found and done an address tells where; of images and files it is what fetches them. */
const ofSources: Kinds = new Map([
  ...ofRequests,
  ...all("sourced", ["location", "web", "url_citation", "sources"]),
  ...all("text", ["url", "domain", "path", "pattern", "working_directory", "message", "page_age"]),
]);
/** Anthropic's parts of a result that say where on the web it is from. */
const pages: ReadonlySet<unknown> = new Set(["web_search_result", "web_fetch_result"]);

const ofAnsweredItems: Kinds = new Map([
  ...all("content", ["content", "content_blocks", "output", "text"]),
  ...all("text", ["refusal"]),
  // What a host's own tools found, wrote, or failed with.
  ...all("content", ["results", "outputs"]),
  ...all("any", ["error"]),
]);
const ofAskedItems: Kinds = new Map([
  ...ofAnsweredItems,
  ...ofHosts,
  ...all("sourced", ["annotations"]),
  ...all("text", ["revised_prompt"]),
]);

/** Of a text, or of parts. */
export function contentTexts(content: JsonValue | undefined, path: ValuePath, side: Side = "answered"): PlacedText[] {
  const found: PlacedText[] = [];
  addContent(found, content, path, kindsOf(side));
  return found;
}

/** Of one part. */
export function partTexts(part: JsonObject, path: ValuePath, side: Side): PlacedText[] {
  const found: PlacedText[] = [];
  addPart(found, part, path, kindsOf(side));
  return found;
}

/** Of a message, or an item of Responses. */
export function itemTexts(item: JsonObject, path: ValuePath, side: Side): PlacedText[] {
  const found: PlacedText[] = [];
  addMembers(found, item, path, { own: side === "asked" ? ofAskedItems : ofAnsweredItems, inner: kindsOf(side) });
  // Of an item that draws it is the picture.
  if (item["type"] === "program_output") found.push(...textAt(item, "result", path));
  return found;
}

/** Every text of a value that may be of any shape. */
export function stringsIn(value: JsonValue | undefined, path: ValuePath): PlacedText[] {
  const found: PlacedText[] = [];
  addStrings(found, value, path);
  return found;
}

/** A text that stands under this name. */
export function textAt(value: JsonObject, name: string, path: ValuePath): PlacedText[] {
  const text = value[name];
  return typeof text === "string" ? [{ path: [...path, name], text }] : [];
}

/** What stands under this name; empty where that is no object. */
export function objectAt(body: JsonObject, name: string): JsonObject {
  const value = body[name];
  return isJsonObject(value) ? value : {};
}

/** Of a list those entries that are objects, with their places. */
export function entriesOf(list: JsonValue | undefined): { entry: JsonObject; index: number }[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry, index) => (isJsonObject(entry) ? [{ entry, index }] : []));
}

/** From as many digits on a number may be somebody's: of a phone, a card, an insurance. */
const leastPersonal = 1_000_000;

/** Of one that no double holds the digits of the nearest are judged. */
export function isJudgedNumber(value: JsonValue | undefined): value is number {
  return typeof value === "number" && Number.isInteger(value) && Math.abs(value) >= leastPersonal;
}

function kindsOf(side: Side): Kinds {
  return side === "asked" ? ofRequests : ofAnswers;
}

function addContent(found: PlacedText[], content: JsonValue | undefined, path: ValuePath, kinds: Kinds): void {
  if (typeof content === "string") found.push({ path, text: content });
  else if (Array.isArray(content)) {
    for (const [index, part] of content.entries()) {
      if (typeof part === "string") found.push({ path: [...path, index], text: part });
      else if (isJsonObject(part)) addPart(found, part, [...path, index], kinds);
    }
  } else if (isJsonObject(content)) addPart(found, content, path, kinds);
}

function addPart(found: PlacedText[], part: JsonObject, path: ValuePath, kinds: Kinds): void {
  const isPage = kinds === ofRequests && pages.has(part["type"]);
  addMembers(found, part, path, { own: isPage ? ofSources : kinds, inner: kinds });
}

/** `inner`: what stands in the parts that are in it. */
function addMembers(
  found: PlacedText[],
  holder: JsonObject,
  path: ValuePath,
  { own, inner }: { own: Kinds; inner: Kinds },
): void {
  for (const name in holder) {
    const kind = own.get(name);
    const value = holder[name];
    if (kind === undefined || value === null || value === undefined) continue;
    const isFile = typeof value === "string" && mayBeFile.has(kind) && isFileIn(holder, value, kind);
    if (isFile) found.push(...fileTexts(value, holder, [...path, name]));
    else if (!ofText.has(kind) || holder["type"] === "text") {
      addMember(found, value, [...path, name], { kind, kinds: inner });
    }
  }
}

function addMember(
  found: PlacedText[],
  value: JsonValue,
  path: ValuePath,
  { kind, kinds }: { kind: Kind; kinds: Kinds },
): void {
  if (kind === "any") addStrings(found, value, path);
  else if (kind === "content") addContent(found, value, path, kinds);
  else if (kind === "sourced") addContent(found, value, path, ofSources);
  else if (isJsonObject(value)) {
    addPart(found, value, path, kinds);
    if (kind === "named") addDocument(found, value, path);
  } else if (typeof value === "string" && (kind === "text" || ofText.has(kind))) found.push({ path, text: value });
}

/** Of kinds that are texts where their part says so. */
const ofText: ReadonlySet<Kind> = new Set(["data", "held"]);
const mayBeFile: ReadonlySet<Kind> = new Set(["held", "file", "address"]);

function isFileIn({ type }: JsonObject, value: string, kind: Kind): boolean {
  if (kind === "file" || (kind === "held" && type === "base64")) return true;
  return isDataUrl(value) && (kind === "address" || type !== "text");
}

/** What AWS calls a document: its name, and its bytes. */
function addDocument(found: PlacedText[], document: JsonObject, path: ValuePath): void {
  const { name, source } = document;
  if (typeof name === "string") found.push({ path: [...path, "name"], text: name });
  const bytes = isJsonObject(source) ? source["bytes"] : undefined;
  if (typeof bytes === "string") found.push(...fileTexts(bytes, document, [...path, "source", "bytes"]));
}

function addStrings(found: PlacedText[], value: JsonValue | undefined, path: ValuePath): void {
  if (typeof value === "string") found.push({ path, text: value });
  else if (isJudgedNumber(value)) found.push({ path, text: String(value) });
  else if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) addStrings(found, entry, [...path, index]);
  } else if (isJsonObject(value)) {
    for (const name in value) addStrings(found, value[name], [...path, name]);
  }
}
