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
