/** True for a data URL; the scheme may be in capitals. */
export function isDataUrl(url: string): boolean {
  return url.slice(0, "data:".length).toLowerCase() === "data:";
}
