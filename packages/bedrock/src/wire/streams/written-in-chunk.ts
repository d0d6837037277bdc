import { endOfString } from "../../json-text/json-span.ts";

/** The members in which the families' chunks hold what a model writes: texts, thoughts, arguments of tools. */
const written =
  /"(?:text|outputText|completion|generation|content|thinking|reasoning(?:_content)?|partial_json|arguments|input)":"/g;

/** Claude's chunks around its deltas: what they hold the model has not written, or shows in a delta too. */
const aroundDeltas = /^\{"type":"(?:message|content_block_st|ping)/;

/** The short way for nearly every chunk of Claude's: `{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"..."}}`. */
const delta = '{"type":"content_block_delta"';
const deltaTexts = ['"text_delta","text":"', '"thinking_delta","thinking":"', '"input_json_delta","partial_json":"'];
const deltaEnd = '"}}';

/** How many bytes of text a chunk of a native stream shows, about: for an estimate of what a stream that broke had cost. */
export function writtenInChunk(json: string): number {
  if (json.startsWith(delta) && json.endsWith(deltaEnd)) {
    for (const text of deltaTexts) {
      const at = json.indexOf(text, delta.length);
      if (at !== -1) return Buffer.byteLength(json.slice(at + text.length, -deltaEnd.length));
    }
  }
  return aroundDeltas.test(json) ? 0 : writtenInMembers(json);
}

function writtenInMembers(json: string): number {
  let bytes = 0;
  written.lastIndex = 0;
  while (written.test(json)) {
    const start = written.lastIndex;
    const end = endOfString(json, start - 1);
    bytes += Buffer.byteLength(json.slice(start, end - 1));
    written.lastIndex = end;
  }
  return bytes;
}
