/** True where `bytes` hold `wanted` from `start` on. For some dozens of bytes this walk is faster than a call of Buffer's compare. */
export function holdsAt(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index += 1) {
    if (bytes[start + index] !== wanted[index]) {
      return false;
    }
  }
  return true;
}
