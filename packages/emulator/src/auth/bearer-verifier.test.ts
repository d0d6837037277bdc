import { describe, expect, it } from "vitest";
import { dateOf, shortTermKey } from "../testing/hand-signer.ts";
import { verifyBearer } from "./bearer-verifier.ts";
import { exampleApiKey, exampleCredential } from "./example-keys.ts";
import { Keyring } from "./keyring.ts";

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const session = {
  ...exampleCredential,
  accessKeyId: "ASIASESSION",
  sessionToken: "to/ken+==",
  expiresAt: now + 60_000,
};
const keyring = new Keyring([exampleCredential, session], [exampleApiKey]);
const refused = {
  status: 403,
  errorType: "",
  message: "Authentication failed: Please make sure your API Key is valid.",
};

const verify = (token: string, over: { now?: number; region?: string } = {}) =>
  verifyBearer(token, { keyring, now: over.now ?? now, region: over.region });
const key = (over: Partial<Parameters<typeof shortTermKey>[0]> = {}) =>
  shortTermKey({ credential: exampleCredential, date: dateOf(now), seconds: 3_600, ...over });

describe("a long-term API key", () => {
  it("has AWS's form and names its account", async () => {
    expect(exampleApiKey).toMatch(/^ABSK[A-Za-z0-9+/]{109,269}={0,2}$/);
    expect(await verify(exampleApiKey)).toEqual({ account: "123456789012" });
  });

  it("is refused where it is not known", async () => {
    expect(await verify(`${exampleApiKey}A`)).toEqual(refused);
    expect(await verify("ABSKnonsense")).toEqual(refused);
  });
});

describe("a short-term API key", () => {
  it("holds where its signature does, in the region of its scope", async () => {
    expect(key()).toMatch(/^bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t/);
    expect(await verify(key())).toMatchObject({ account: "123456789012", region: "us-east-1" });
    expect(await verify(key({ region: "eu-west-1" }), { region: "eu-west-1" })).toMatchObject({ region: "eu-west-1" });
  });

  it("carries a session's token", async () => {
    expect(await verify(key({ credential: session }))).toMatchObject({ account: "123456789012" });
    expect(await verify(key({ credential: { ...session, sessionToken: "other" } }))).toEqual(refused);
  });

  it.each([
    ["expired", key(), { now: now + 3_600_000 }],
    ["not yet valid", key({ date: dateOf(now + 600_000) }), {}],
    ["of another region", key(), { region: "eu-west-1" }],
    ["valid for more than twelve hours", key({ seconds: 43_201 }), {}],
    ["of an unknown pair", key({ credential: { ...exampleCredential, accessKeyId: "AKIAUNKNOWN" } }), {}],
    ["of a wrong secret", key({ credential: { ...exampleCredential, secretAccessKey: "wrong" } }), {}],
    ["of an ended session", key({ credential: session }), { now: now + 60_000 }],
    ["that is no address", `bedrock-api-key-${Buffer.from("elsewhere.test/?a=b").toString("base64")}`, {}],
    ["that is empty", "bedrock-api-key-", {}],
  ])("is refused where it is %s", async (_what, token, over) => {
    expect(await verify(token, over)).toEqual(refused);
  });

  it("is refused where a letter of it was changed", async () => {
    const text = Buffer.from(key().slice("bedrock-api-key-".length), "base64").toString("utf8");
    const longer = text.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200");
    expect(await verify(`bedrock-api-key-${Buffer.from(longer).toString("base64")}`)).toEqual(refused);
  });
});
