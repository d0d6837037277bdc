/** False for what a browser puts in no header: it would refuse the whole request, as if the gateway did not answer. */
export function fitsHeader(text: string): boolean {
  return /^[\t\x20-\x7E\x80-\xFF]*$/.test(text);
}
