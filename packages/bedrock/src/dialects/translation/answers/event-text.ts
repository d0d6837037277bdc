/** JSON as it stands in the events of a stream. */

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

/** The inside of a JSON string, as between its quotes. */
export function escapedOf(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** The text that such an inside stands for. */
export function unescaped(escaped: string): string {
  return JSON.parse(`"${escaped}"`) as string;
}

/** The event that ends a stream which failed. */
export function errorEvent(body: object): string {
  return `event: error\ndata: ${lineSafe(JSON.stringify(body))}\n\n`;
}
