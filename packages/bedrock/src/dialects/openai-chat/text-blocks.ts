/** Text as AWS takes it: an empty one is refused, any other is sent as it was written. */

/** True for a text of white space alone. Looks at no more than its beginning for any other. */
export function isBlank(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    const isSpace = code === 32 || (code >= 9 && code <= 13) || (code > 127 && text.charAt(index).trim() === "");
    if (!isSpace) {
      return false;
    }
  }
  return true;
}
