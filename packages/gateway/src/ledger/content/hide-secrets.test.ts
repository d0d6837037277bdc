import { describe, expect, it } from "vitest";
import { secretsIn, withoutSecretsIn } from "./hide-secrets.ts";

describe("a text of many megabytes", () => {
  const long = "a".repeat(20_000_000);

  it.each([
    ["of a document", `{"file_data":"${long}","api_key":"of the caller"}`, ["of the caller"]],
    ["of line breaks", `{"text":"${"\\n".repeat(20_000_000)}","api_key":"of the caller"}`, ["of the caller"]],
    ["that is a secret's", `{"api_key":"${long}"}`, [long]],
  ])("%s is read to its end", (_what, text, secrets) => {
    expect(secretsIn(text)).toEqual(secrets);
  });

  it("is hidden whole where it stands under a secret's name", () => {
    expect(withoutSecretsIn(`{"api_key":"${long}","x":1}`)).toBe('{"api_key":"[secret]","x":1}');
  });

  it.each(["sk-", "Bearer ", "session_token=", "eyJ", "x eyJ"])(
    "of one word behind %s has its secret's form",
    (start) => {
      const safe = withoutSecretsIn(`${start}${long}`);
      expect(safe.length).toBeLessThanOrEqual(start.length + long.length);
    },
  );
});

it("what stands under a secret's name in a file is known as one, for the answer may say it again", () => {
  const file = Buffer.from('{"password":"open sesame","user":"ada"}').toString("base64");
  for (const written of [
    `{"file_data":"${file}"}`,
    `{"document":{"source":{"bytes":"${file.replaceAll("/", "\\/")}"}}}`,
  ]) {
    expect(secretsIn(written)).toEqual(["open sesame"]);
  }
  expect(secretsIn(`{"file_url":"data:application/json;base64,${file}"}`)).toEqual(["open sesame"]);
});

it.each(["customer_credentials", "credential_override", "aws_credentials"])(
  "a text in the place of %s is a secret, and so is one in a list there",
  (name) => {
    expect(withoutSecretsIn(`{"${name}":"open sesame"}`)).toBe(`{"${name}":"[secret]"}`);
    expect(withoutSecretsIn(`{"${name}":["open sesame"]}`)).toBe(`{"${name}":["[secret]"]}`);
    expect(secretsIn(JSON.stringify({ text: `{"${name}":"open sesame"}` }))).toEqual(["open sesame"]);
    const whole = `{"${name}":{"bedrock":{"aws_region":"us-east-1"}}}`;
    expect(withoutSecretsIn(whole)).toBe(whole);
  },
);

describe("the secrets of a shell's hosts", () => {
  const list = (one: string, other: string): object => ({
    tools: [
      {
        type: "shell",
        environment: {
          network_policy: {
            domain_secrets: [
              { domain: "a.example", name: "ONE", value: one },
              { value: other, name: "OTHER", domain: "b.example" },
            ],
          },
        },
      },
      { type: "mcp", value: "no secret of these" },
    ],
  });

  it.each<[string, (value: object) => string]>([
    ["as they stand", (value) => JSON.stringify(value)],
    ["over lines", (value) => JSON.stringify(value, null, 2)],
    ["within a text", (value) => JSON.stringify({ text: JSON.stringify(value) })],
  ])("are known: %s", (_how, written) => {
    expect(secretsIn(written(list("of the one", "of the other")))).toEqual(["of the one", "of the other"]);
  });

  it("are hidden, and nothing behind their list", () => {
    expect(withoutSecretsIn(JSON.stringify(list("of the one", "of the other")))).toBe(
      JSON.stringify(list("[secret]", "[secret]")),
    );
  });
});
