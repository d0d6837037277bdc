/** The end of year 9999: no signature can name a later time, and adding to the last one that a date can hold makes none. */
const signableUntil = Date.UTC(10_000, 0);

/** Milliseconds since 1970 of an answer's `Date` header; undefined where it is none, or a time that no request can be signed for. */
export function serverTimeOf(date: string | undefined): number | undefined {
  const time = Date.parse(date ?? "");
  return time >= 0 && time < signableUntil ? time : undefined;
}
