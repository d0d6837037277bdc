/** Fields of content parts and calls that a caller set and that nothing here reads. */
import { isJsonObject, type JsonObject } from "../../json.ts";
import { awsMemberOf } from "../translation/aws-part.ts";
import { here, messageHere, type TranslationDraft } from "../translation/translation-draft.ts";
import { nameUnread } from "../translation/fields/unread-fields.ts";
import type { ChatPart, ChatToolCall } from "./chat-request.ts";

/** Of every part. Portkey's streams number the blocks with `index`: their order says the same. */
const always = ["type", "cache_control", "prompt_cache_breakpoint", "index"];

const readOfParts: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["text", new Set([...always, "text", "citations"])],
  ["refusal", new Set([...always, "refusal"])],
  ["image_url", new Set([...always, "image_url"])],
  ["video_url", new Set([...always, "video_url"])],
  ["file", new Set([...always, "file"])],
  ["input_audio", new Set([...always, "input_audio"])],
  ["thinking", new Set([...always, "thinking", "signature"])],
  ["redacted_thinking", new Set([...always, "data"])],
]);

/** True for a part of a kind that has a form in this dialect. */
export function isOfDialect({ type }: JsonObject): boolean {
  return typeof type === "string" && readOfParts.has(type);
}

const ofAddress: ReadonlySet<string> = new Set(["url", "detail", "mime_type", "bucketOwner", "bucket_owner"]);

/** What is read inside the member that a part is named after. */
const readInside: ReadonlyMap<string, ReadonlySet<string>> = new Map<string, ReadonlySet<string>>([
  ["image_url", ofAddress],
  ["video_url", ofAddress],
  ["file", new Set(["file_data", "file_url", "filename", "file_name", "mime_type", "bucketOwner", "bucket_owner"])],
  ["input_audio", new Set(["data", "format"])],
]);

/** Names those of the part in hand. */
export function nameUnreadOfPart(draft: TranslationDraft, part: ChatPart): void {
  const { type } = part;
  const read = typeof type === "string" ? readOfParts.get(type) : undefined;
  if (read === undefined) {
    nameUnreadOfAwsPart(draft, part);
    return;
  }
  nameUnread(draft, part, read, here);
  const inside = readInside.get(type ?? "");
  const inner: unknown = inside === undefined ? undefined : (part as JsonObject)[type ?? ""];
  if (inside !== undefined && isJsonObject(inner)) {
    nameUnread(draft, inner, inside, () => `${here(draft)}.${type}`);
  }
}

/** A block in AWS's shape: AWS judges what is inside the member. */
function nameUnreadOfAwsPart(draft: TranslationDraft, part: ChatPart): void {
  const member = awsMemberOf(part);
  if (member !== undefined) {
    nameUnread(draft, part, new Set([...always, member]), here);
  }
}

const ofCall: ReadonlySet<string> = new Set(["id", "type", "function", "cache_control", "index"]);
const ofCallee: ReadonlySet<string> = new Set(["name", "arguments"]);

/** Names those of a call in the history. Its `index`, which streams number calls with, says what the order says. */
export function nameUnreadOfCall(draft: TranslationDraft, call: ChatToolCall, index: number): void {
  const path = (): string => `${messageHere(draft)}.tool_calls[${index}]`;
  nameUnread(draft, call, ofCall, path);
  nameUnread(draft, call.function, ofCallee, () => `${path()}.function`);
}
