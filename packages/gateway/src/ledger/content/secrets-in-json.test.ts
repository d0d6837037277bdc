import { expect, test } from "vitest";
import { withoutSecrets } from "./secrets-in-json.ts";

const asIs = (words: string): string => words;

test("what stands under a secret's name, and what has a secret's form, wherever it stands", () => {
  const item = {
    role: "user",
    content: [{ type: "input_text", text: "My key is adit_sk_0123456789abcdef, yours too." }],
    arguments: JSON.stringify({ user: "ada", password: "open sesame" }),
    metadata: { api_key: "abc", list: ["Bearer 0123456789abcdefXYZ"] },
  };
  expect(withoutSecrets(item, asIs)).toEqual({
    role: "user",
    content: [{ type: "input_text", text: "My key is [secret], yours too." }],
    arguments: '{"user":"ada","password":"[secret]"}',
    metadata: { api_key: "[secret]", list: ["[secret]"] },
  });
});

test("what is known to be one", () => {
  const hide = (words: string): string => words.replaceAll("hunter2hunter2", "[secret]");
  expect(withoutSecrets([{ text: "hunter2hunter2" }, 5, null, true], hide)).toEqual([
    { text: "[secret]" },
    5,
    null,
    true,
  ]);
});

test("bytes that are written as text stay as they are: one letter less would spoil them", () => {
  // By chance there is a form of a secret in each.
  const chance = "sk-ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
  const kept = {
    encrypted_content: `adit-reasoning-1.abc-${chance}`,
    file_data: "iVBORw0KGgo/ABSKABCDEFGHIJKLMNOPQRSTUVWXYZ=",
    image_url: "data:image/png;base64,iVBORw0KGgo/ABSKABCDEFGHIJKLMNOPQRSTUVWXYZ=",
  };
  expect(withoutSecrets(kept, asIs)).toEqual(kept);
  expect(withoutSecrets({ image_url: `https://example.com/?key=${chance}` }, asIs)).toEqual({
    image_url: "https://example.com/?key=[secret]",
  });
  expect(withoutSecrets({ image_url: `data:text/plain,${chance}` }, asIs)).toEqual({
    image_url: "data:text/plain,[secret]",
  });
});

test("names of members that a language has a meaning for are plain ones", () => {
  const value = JSON.parse('{"__proto__":{"text":"x"},"constructor":"y"}') as never;
  expect(JSON.stringify(withoutSecrets(value, asIs))).toBe('{"__proto__":{"text":"x"},"constructor":"y"}');
});

const key = "sk-abcdefghijklmnopqrstuvwx0123";

test.each([
  ["in base64", (text: string) => Buffer.from(text).toString("base64")],
  ["in base64 of lines", (text: string) => Buffer.from(text).toString("base64").replaceAll(/.{76}/g, "$&\r\n")],
  ["in base64 of URLs", (text: string) => Buffer.from(text).toString("base64url")],
  ["in a data URL", (text: string) => `data:text/csv;base64,${Buffer.from(text).toString("base64")}`],
  ["in a data URL in capitals", (text: string) => `DATA:TEXT/CSV;BASE64,${Buffer.from(text).toString("base64")}`],
])("in a text file %s they are taken out as in any text", (_name, written) => {
  const text = `${"Müller; ~~~???; a line of a table\n".repeat(5)}${key}\n{"password": "open sesame", "user": "ada"}`;
  const safe = text.replace(key, "[secret]").replace("open sesame", "[secret]");
  const item = { content: [{ type: "input_file", filename: "a.csv", file_data: written(text) }] };
  const { content } = withoutSecrets(item, asIs) as typeof item;
  const kept = content[0]?.file_data.replace(/^[^,]*,/, "") ?? "";
  expect(Buffer.from(kept, "base64").toString()).toBe(safe);
  expect(withoutSecrets({ file_url: `data:text/plain;base64,${Buffer.from(text).toString("base64")}` }, asIs)).toEqual({
    file_url: `data:text/plain;base64,${Buffer.from(safe).toString("base64")}`,
  });
});

test("a file without one, and one that is no text, keep each letter", () => {
  const clean = Buffer.from("Nothing here.").toString("base64").replaceAll("=", "");
  const image = Buffer.from(`\u0000${key}`, "latin1").toString("base64");
  const kept = { file_data: clean, image_url: `data:image/png;base64,${image}`, list: [{ file_data: image }] };
  expect(withoutSecrets(kept, asIs)).toEqual(kept);
});

test("a secret alone is none of a file's bytes, under whatever name", () => {
  expect(withoutSecrets({ metadata: { data: key, file_data: key } }, asIs)).toEqual({
    metadata: { data: "[secret]", file_data: "[secret]" },
  });
});
