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
  let number = 0;
  for (const id of distinct) {
    if (!sent.has(id)) {
      let short = id
        .replaceAll(/[^a-zA-Z0-9]/g, "")
        .padStart(9, "0")
        .slice(-9);
      // One number for all: counted anew for each, many ids with one ending would cost the square of their number.
      while (taken.has(short)) {
        number += 1;
        short = String(number).padStart(9, "0");
      }
      taken.add(short);
      sent.set(id, short);
    }
  }
  return sent;
}
