const asMistralWants = /^[a-zA-Z0-9]{9}$/;

/**
 * Ids of tool calls as Mistral wants them, nine letters or digits, by the ids of the conversation: one for each, never the same for two. An id
 * that fits stays.
 */
export function nineCharacterIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const distinct = [...new Set(ids)];
  const fitting = distinct.filter((id) => asMistralWants.test(id));
  const taken = new Set(fitting);
  const sent = new Map(fitting.map((id) => [id, id]));
  for (const id of distinct) {
    if (!sent.has(id)) {
      const short = freeId(
        id
          .replaceAll(/[^a-zA-Z0-9]/g, "")
          .padStart(9, "0")
          .slice(-9),
        taken,
      );
      taken.add(short);
      sent.set(id, short);
    }
  }
  return sent;
}

/** The id, or the first of those that count up at its end. */
function freeId(id: string, taken: ReadonlySet<string>): string {
  let free = id;
  for (let count = 1; taken.has(free); count += 1) {
    const tail = String(count);
    free = id.slice(0, id.length - tail.length) + tail;
  }
  return free;
}
