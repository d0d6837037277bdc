/** Server-sent events as Anthropic writes them: each named by the type that its JSON tells as well. */

/** What keeps a stream alive while the model thinks. */
export const pingEvent = 'event: ping\ndata: {"type":"ping"}\n\n';

/** `json` must hold no line feed outside its strings, as JSON.stringify and AWS write it. */
export function sseEvent(type: string, json: string): string {
  return `event: ${type}\ndata: ${lineSafe(json)}\n\n`;
}

const lineEnds = /[\u0085\u2028\u2029]/;

/**
 * JSON may hold these three as they are, but line readers built on Python's `str.splitlines` (httpx's `iter_lines`) end a line at them:
 * they are written as escapes.
 */
export function lineSafe(json: string): string {
  return lineEnds.test(json) ? json.replaceAll(/[\u0085\u2028\u2029]/g, escapeOf) : json;
}

function escapeOf(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
