/** Texts of the formats that JSON schemas name. */

/** One for each number; a second, shorter, where the first may be too long. */
const formats: Readonly<Record<string, (nth: number) => readonly string[]>> = {
  byte: (nth) => [Buffer.from(`example${nth}`).toString("base64"), "YQ=="],
  date: (nth) => [dayAfter(nth)],
  "date-time": (nth) => [`${dayAfter(nth)}T03:04:05Z`],
  time: (nth) => [`03:04:${String((5 + nth) % 60).padStart(2, "0")}Z`],
  duration: (nth) => [`P${nth + 1}D`],
  email: (nth) => [`someone${nth || ""}@example.com`, `a${nth || ""}@b.co`],
  hostname: (nth) => [`${nth === 0 ? "" : `host${nth}.`}example.com`, `a${nth || ""}.co`],
  ipv4: (nth) => [`192.0.2.${(nth + 1) % 256}`],
  ipv6: (nth) => [`2001:db8::${nth + 1}`],
  "json-pointer": (nth) => [`/example${nth || ""}`],
  "relative-json-pointer": (nth) => [String(nth)],
  uri: (nth) => [`https://example.com/${nth || ""}`, `a:${nth || "b"}`],
  url: (nth) => [`https://example.com/${nth || ""}`, `http://b.co/${nth || ""}`],
  "uri-reference": (nth) => [`/example${nth || ""}`],
  "uri-template": (nth) => [`/example${nth || ""}/{id}`],
  uuid: (nth) => [`123e4567-e89b-42d3-a456-${String(426_614_174_000 + nth)}`],
};

function dayAfter(nth: number): string {
  return new Date(Date.UTC(2026, 0, 2 + nth)).toISOString().slice(0, 10);
}

/** Formats that more letters fit than those of the others. */
const widerFormats: Readonly<Record<string, string>> = {
  "idn-email": "email",
  "idn-hostname": "hostname",
  iri: "uri",
  "iri-reference": "uri-reference",
};

export function formatTexts(format: unknown, nth: number): readonly string[] {
  const name = typeof format === "string" ? (widerFormats[format] ?? format) : "";
  return Object.hasOwn(formats, name) ? (formats[name]?.(nth) ?? []) : [];
}
