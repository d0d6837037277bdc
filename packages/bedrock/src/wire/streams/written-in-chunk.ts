/** What of a native chunk is its form, about: the names and figures around the text. */
const formOfChunk = 90;

/**
 * How many characters a chunk of a native stream shows, about: for an estimate of what a stream that broke had cost. Claude's chunks tell their type: those
 * that are no delta show nothing. Every other family's chunk is its text and some form.
 */
export function writtenInChunk(json: string): number {
  const showsNothing = json.startsWith('{"type":"') && !json.startsWith('{"type":"content_block_delta"');
  return showsNothing ? 0 : Math.max(0, json.length - formOfChunk);
}
