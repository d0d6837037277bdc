/** Where the touchiest line readers (Python's `str.splitlines`, thus httpx's `iter_lines`) end a line. */
const lineEnds = ["\n", "\r", "\v", "\f", "\u001c", "\u001d", "\u001e", "\u0085", "\u2028", "\u2029"];
export const lineEnd = new RegExp(`[${lineEnds.join("")}]`);
