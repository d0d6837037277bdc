const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/**
 * The padding `p` of an event: AWS adds a beginning of the alphabet of random length (1 to 62, recorded) to every event of a stream,
 * so that the sizes of frames do not tell the text. Keys stay in alphabetical order, as on AWS's wire.
 */
export function padded(payload: object): object {
  const p = letters.slice(0, 1 + Math.floor(Math.random() * letters.length));
  return Object.fromEntries(Object.entries({ ...payload, p }).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
