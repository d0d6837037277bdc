/**
 * The text as AWS reads it: base64 in the standard alphabet, padded, in one line. Without padding, in the alphabet of URLs or wrapped in lines it
 * holds the same bytes and is written anew, since AWS's own refusal says neither what nor where; undefined where it is no base64. Of what
 * is in order the same text is given.
 */
export function standardBase64(text: string): string | undefined {
  if (decodesWhole(text)) {
    const isStandard = text.length % 4 === 0 && !text.includes("-") && !text.includes("_");
    return isStandard ? text : Buffer.from(text, "base64").toString("base64");
  }
  if (!white.test(text)) {
    return undefined;
  }
  const joined = withoutWhite(text);
  return decodesWhole(joined) ? Buffer.from(joined, "base64").toString("base64") : undefined;
}

const white = /\s/;

/** Of a blank behind each letter all places at once would take many times the text's memory. */
const pieceLength = 65_536;

function withoutWhite(text: string): string {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += pieceLength) {
    pieces.push(text.slice(at, at + pieceLength).replaceAll(/\s+/g, ""));
  }
  return pieces.join("");
}

/** The decoder passes over what is no base64, so that fewer bytes come out than the length tells: that is native code, and fast for megabytes. */
function decodesWhole(text: string): boolean {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const letters = text.length - padding;
  const isWhole = padding === 0 ? letters % 4 !== 1 : text.length % 4 === 0;
  return isWhole && Buffer.from(text, "base64").length === Math.floor((letters * 3) / 4);
}
