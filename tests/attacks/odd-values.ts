/** Bodies that a parser or a translator may choke on, made from a good one. */

type Json = unknown;

const odd: readonly Json[] = [
  null, true, 0, -1, 0.5, 1e300, "", " ", "x".repeat(5_000), "\u0000", "\ud800", "__proto__", [], [null], [[]], ["x"], {}, { a: 1 }, { type: 5 }, [{}],
  [{ type: null }],
]; // prettier-ignore

/** The body with odd values in the place of each of its values, one at a time, half of them at each place in turn, and with each of its members left out. */
export function oddAtEachPlace(body: Record<string, unknown>): string[] {
  const texts: string[] = [];
  for (const [place, path] of pathsIn(body).entries()) {
    const half = odd.filter((_value, index) => (index + place) % 2 === 0);
    for (const value of half) texts.push(JSON.stringify(changed(body, path, value)));
    texts.push(JSON.stringify(changed(body, path, undefined)));
  }
  return texts;
}

function pathsIn(value: Json, before: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof value !== "object" || value === null) return [];
  const entries: [string | number, Json][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, inner]) => [[...before, key], ...pathsIn(inner, [...before, key])]);
}

/** A copy with another value at the path; undefined leaves it out. */
function changed(value: Json, [key, ...rest]: readonly (string | number)[], to: Json): Json {
  if (key === undefined) return to;
  if (Array.isArray(value)) return value.map((each: Json, index) => (index === key ? changed(each, rest, to) : each));
  const members = value as Record<string, Json>;
  return { ...members, [key]: changed(members[key], rest, to) };
}

/** Texts that are no JSON, JSON that is no object, and objects that JSON.stringify would not write. */
export function oddTexts(body: Record<string, unknown>): string[] {
  const good = JSON.stringify(body);
  const evil = '{"polluted":"yes","isAdmin":true,"status":200}';
  const withMember = (member: string): string => `${good.slice(0, -1)},${member}}`;
  return [
    "", " ", "null", "true", "0", '"x"', "[]", "[{}]", "{", "}", good.slice(0, -1), `${good}x`, `${good}${good}`, `\ufeff${good}`, "\u0000", "{'a':1}", "{}",
    withMember(`"__proto__":${evil}`), withMember(`"constructor":${evil}`), withMember(`"toString":${evil}`), withMember(`"toJSON":1`), withMember(`"then":1`),
    withMember('"model":"no.such-model-at-all"'), withMember('"model":"__proto__"'), withMember('"model":"../../x"'), withMember('"model":"a/b?c#d"'),
    withMember('"max_tokens":1e999'), withMember('"max_tokens":9007199254740993'), withMember('"temperature":-1e999'), withMember('"x":"\\ud800"'),
    withMember(`"x":${"[".repeat(5_000)}${"]".repeat(5_000)}`), withMember(`"x":${'{"a":'.repeat(190)}1${"}".repeat(190)}`),
    withMember(Array.from({ length: 2_000 }, (_, index) => `"field${index}":1`).join(",")),
    withMember('"customer_credentials":"x"'), withMember('"credential_override":[]'), withMember('"fallback_models":{}'), withMember('"metadata":5'),
    withMember('"additionalModelRequestFields":[1]'), withMember('"thinking":{"type":"enabled","budget_tokens":-1}'), withMember('"stream":"yes"'),
  ]; // prettier-ignore
}
