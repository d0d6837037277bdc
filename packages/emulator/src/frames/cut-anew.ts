/**
 * The same bytes in pieces of random sizes, from a part of a frame to several frames: AWS's chunks do not follow its frames, and a
 * frame may be cut anywhere, inside a character too.
 */
export function* cutAnew(frames: readonly Buffer[]): Generator<Buffer> {
  const bytes = Buffer.concat(frames);
  const mean = frames.length === 0 ? 0 : bytes.length / frames.length;
  for (let start = 0; start < bytes.length;) {
    const end = start + 1 + Math.floor(Math.random() * mean * 3);
    yield bytes.subarray(start, end);
    start = end;
  }
}
