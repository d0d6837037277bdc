/**
 * True for base64 with or without its padding, in either alphabet, and with line breaks: what of these is taken, AWS decides. The decoder
 * passes over what is neither, so that fewer bytes come out than the length tells: that is native code, and fast for megabytes.
 */
export function isBase64(text: string): boolean {
  return decodesWhole(text) || (white.test(text) && decodesWhole(text.replaceAll(/\s+/g, "")));
}

const white = /\s/;

function decodesWhole(text: string): boolean {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const letters = text.length - padding;
  const isWhole = padding === 0 ? letters % 4 !== 1 : text.length % 4 === 0;
  return isWhole && Buffer.from(text, "base64").length === Math.floor((letters * 3) / 4);
}
