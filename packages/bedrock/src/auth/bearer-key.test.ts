import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bearerKey, bearerKeyFacts } from "./bearer-key.ts";
import { staticSource } from "./static-source.ts";
import { HeldClock } from "./testing/held-clock.ts";
import { refusalOf, rejectionOf } from "./testing/refusal.ts";

const longTerm = `ABSK${Buffer.from("BedrockAPIKey-abcd-at-123456789012:c2VjcmV0").toString("base64")}`;
const signedAt = Date.UTC(2026, 0, 2, 3, 4, 5);

function shortTerm(changes: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    Action: "CallWithBearerToken",
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": "ASIAEXAMPLE/20260102/eu-west-1/bedrock/aws4_request",
    "X-Amz-Date": "20260102T030405Z",
    "X-Amz-Expires": "43200",
    "X-Amz-Security-Token": "EXAMPLE+TOKEN//==",
    "X-Amz-Signature": "ab12",
    "X-Amz-SignedHeaders": "host",
    Version: "1",
    ...changes,
  });
  return `bedrock-api-key-${Buffer.from(`bedrock.amazonaws.com/?${query.toString()}`).toString("base64")}`;
}

describe("bearerKeyFacts", () => {
  it("reads expiry and region of a short-term key", () => {
    expect(shortTerm()).toMatch(/^bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t/);
    expect(bearerKeyFacts(shortTerm())).toEqual({
      kind: "short-term",
      expiresAt: signedAt + 43_200_000,
      region: "eu-west-1",
    });
  });

  it("knows a long-term key, which says nothing of its expiry", () => {
    expect(bearerKeyFacts(longTerm)).toEqual({ kind: "long-term" });
    expect(bearerKeyFacts("some-token")).toEqual({ kind: "unknown" });
  });

  it.each([
    { "X-Amz-Date": "2026-01-02" },
    { "X-Amz-Date": "20261399T030405Z" },
    { "X-Amz-Expires": "soon" },
    { "X-Amz-Expires": "-5" },
  ])("claims no expiry from %j", (changes) => {
    expect(bearerKeyFacts(shortTerm(changes))).toEqual({ kind: "short-term", region: "eu-west-1" });
  });

  it("claims nothing from what it cannot read", () => {
    expect(bearerKeyFacts(shortTerm({ "X-Amz-Credential": "x/y" }))).not.toHaveProperty("region");
    expect(bearerKeyFacts("bedrock-api-key-")).toEqual({ kind: "short-term" });
    expect(bearerKeyFacts("bedrock-api-key-04-")).toEqual({ kind: "short-term" });
    fc.assert(
      fc.property(fc.string(), (rest) => {
        expect(bearerKeyFacts(`bedrock-api-key-${rest}`).kind).toBe("short-term");
      }),
    );
  });
});

describe("bearerKey", () => {
  it("trims, keeps the expiry, hides the token", () => {
    const token = shortTerm();
    const key = bearerKey(` ${token}\n`);
    expect(key.expiresAt).toBe(signedAt + 43_200_000);
    expect(key.token.reveal()).toBe(token);
    expect(inspect(key) + JSON.stringify(key)).not.toContain(token);
    expect(bearerKey(longTerm)).not.toHaveProperty("expiresAt");
  });

  it.each(["", "  ", "ABSK\r\nx-evil: 1", "ABSK key", "ABSKé"])("refuses %j, which no header can carry", (token) => {
    const error = refusalOf(() => bearerKey(token));
    expect(error).toMatchObject({ code: "invalid_request", param: "api_key" });
    expect(error.describe()).not.toContain("ABSK");
  });
});

describe("staticSource", () => {
  it("refuses a short-term key that is past its expiry before AWS does", async () => {
    const clock = new HeldClock(signedAt + 43_199_999);
    const source = staticSource(bearerKey(shortTerm()), "request headers", clock);
    expect((await source.get()).kind).toBe("bearer");
    clock.time += 1;
    const error = await rejectionOf(source.get());
    expect(error).toMatchObject({ code: "api_key_expired", status: 401, retryable: false });
    expect(error.message).toBe("The Bedrock API key (request headers) expired at 2026-01-02T15:04:05.000Z.");
  });

  it("gives the same credentials always", async () => {
    const key = bearerKey(longTerm);
    const source = staticSource(key, "request body", new HeldClock());
    source.invalidate();
    expect(await source.get()).toBe(key);
    expect(source.label).toBe("request body");
  });
});
