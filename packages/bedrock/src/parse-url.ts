/**
 * Undefined for what is no URL. By trying: on Node 20 `URL.canParse`, once it is called often, reads letters beyond ASCII as other bytes
 * than `URL` does, and says yes to what `URL` throws at.
 */
export function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
