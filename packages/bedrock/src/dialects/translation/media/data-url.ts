/** Where media stand. */

/** True for an address whose bytes must be fetched before the translation: neither a data URL nor a place in S3. */
export function mustBeFetched(url: string): boolean {
  return !isDataUrl(url) && !url.startsWith("s3://");
}

/** True for a data URL; the scheme may be in capitals. */
export function isDataUrl(url: string): boolean {
  return url.slice(0, "data:".length).toLowerCase() === "data:";
}
