const longestBeginning = 55;

/**
 * What stands for a name or an id that AWS refuses: its beginning, in letters that everyone takes, and a hash of the whole that tells it
 * from others; at most 64 characters. The same name always gives the same, so that prompts stay in AWS's cache.
 * @param salt tells names apart that were made to have one hash. It is hashed first, since such names have one hash with any ending, too.
 */
export function hashedName(name: string, salt = ""): string {
  return `${name.slice(0, longestBeginning).replace(/[^a-zA-Z0-9_-]/g, "_")}_${hashOf(salt + name)}`;
}

/** The same of an id where nine letters and digits are taken, no more and no less. */
export function nineLetters(id: string): string {
  const more = hash32(`9 ${id}`).toString(36).padStart(2, "0").slice(-2);
  return `${hash32(id).toString(36).padStart(7, "0")}${more}`;
}

function hashOf(text: string): string {
  return hash32(text).toString(16).padStart(8, "0");
}

/** FNV-1a, 32 bits: short, and the same on every machine. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
