/** Whether a text stands in what is kept of a call: as it was written, as JSON means it, or as the events of a stream make it up. Pure. */
import type { KeptContent, KeptText } from "./call-content.ts";
import { framesIn } from "./secrets-in-pieces.ts";
import { toldAnswer } from "./told-answer.ts";

/** `wanted` is in small letters; those of the content are any. */
export function contentHas(kept: KeptContent, wanted: string): boolean {
  const parts = [kept.asked, ...kept.exchanges.flatMap(({ sent, received }) => [sent, received]), answerOf(kept)];
  return parts.some((part) => part !== undefined && partHas(part, wanted));
}

function answerOf({ answered, answeredEvents }: KeptContent): KeptText | undefined {
  return answeredEvents === undefined ? answered : { text: answeredEvents.map(([, text]) => text).join("") };
}

function partHas({ text, base64 }: KeptText, wanted: string): boolean {
  if (text !== undefined) {
    const has = (words: string): boolean => words.toLowerCase().includes(wanted);
    return has(text) || (text.includes("\\") && has(withoutEscapes(text))) || (isStream(text) && streamHas(text, has));
  }
  const bytes = Buffer.from(base64 ?? "", "base64");
  // Pictures and other bytes say nothing in words.
  return framesIn(bytes).frames.length > 0 && saysIn(toldAnswer(bytes).compared, wanted);
}

const isStream = (text: string): boolean => /^data:/m.test(text);

function streamHas(text: string, has: (words: string) => boolean): boolean {
  const { compared } = toldAnswer(Buffer.from(text));
  return typeof compared === "object" && stringsIn(compared).some(has);
}

const saysIn = (value: unknown, wanted: string): boolean =>
  stringsIn(value).some((words) => words.toLowerCase().includes(wanted));

function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

/** What the strings of a JSON text say; also where it is cut and cannot be parsed. */
function withoutEscapes(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|([^u]))/g, (_, code: string | undefined, letter: string | undefined) =>
    code === undefined ? (escapes[letter ?? ""] ?? letter ?? "") : String.fromCharCode(Number.parseInt(code, 16)),
  );
}
