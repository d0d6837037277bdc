import { SignatureV4 } from "@smithy/signature-v4";
import { createHash, createHmac, hash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeldClock } from "./testing/held-clock.ts";
import { Secret } from "../secret.ts";
import type { AwsKeys } from "./credentials.ts";
import { canonicalPath, canonicalQuery, canonicalRequest, Signer, strictEncode } from "./sigv4.ts";

// AWS's public documentation key.
const keys: AwsKeys = {
  kind: "keys",
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: new Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
};
const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const clock = new HeldClock(now);
const body = '{"messages":[{"role":"user","content":[{"text":"hi"}]}]}';
const bodyHash = "c3335e07d6e89650bf94cb98664be69f8774dbc3198df221f113db0a59ea14f0";
const host = "bedrock-runtime.us-east-1.amazonaws.com";
const profilePath =
  "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fmi1dadi0g15f/converse";

function call(path: string, credentials: AwsKeys, headers: Record<string, string> = {}) {
  return {
    method: "POST",
    path,
    headers: { host, "content-type": "application/json", ...headers },
    body,
    service: "bedrock",
    region: "us-east-1",
    credentials,
  };
}

function signatureOf(headers: Record<string, string>): string {
  return headers["authorization"]?.split("Signature=")[1] ?? "";
}

describe("golden vectors, on which botocore and an independent implementation agree", () => {
  it("signs a model id with a colon", () => {
    const input = call("/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse", keys);
    expect(new Signer(clock).sign(input)).toEqual({
      "x-amz-date": "20260102T030405Z",
      authorization:
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/bedrock/aws4_request, " +
        "SignedHeaders=content-type;host;x-amz-date, " +
        "Signature=6b18186d5132c71249f705372d764ddfd8a9890b662230fb355af564c05e1c35",
    });
    const { text } = canonicalRequest(input, { "x-amz-date": "20260102T030405Z" }, bodyHash);
    expect(text.split("\n")[1]).toBe("/model/us.anthropic.claude-sonnet-4-5-20250929-v1%253A0/converse");
    expect(hash("sha256", text)).toBe("03739368ba3a38550642f2f0b125913133b59ea24b057bf10af091359fa5b41f");
    expect(hash("sha256", body)).toBe(bodyHash);
  });

  it("signs an ARN and the session token", () => {
    const sessionToken = "EXAMPLESESSIONTOKEN==";
    const input = call(profilePath, { ...keys, sessionToken: new Secret(sessionToken) });
    const added = new Signer(clock).sign({ ...input, now });
    expect(added["x-amz-security-token"]).toBe(sessionToken);
    expect(added["authorization"]).toContain("SignedHeaders=content-type;host;x-amz-date;x-amz-security-token,");
    expect(signatureOf(added)).toBe("6176f6d54575f8872df1452c921ac36f7b5f800d2db7d76837bb86db4ed6fd4b");
    const { text } = canonicalRequest(
      input,
      { "x-amz-date": "20260102T030405Z", "x-amz-security-token": sessionToken },
      bodyHash,
    );
    expect(text.split("\n")[1]).toBe(profilePath.replaceAll("%", "%25"));
    expect(hash("sha256", text)).toBe("6f47c537ae7e8378552f35fd765e82208cef7191fbd90970f4112bd7c2e02dfc");
  });
});

describe("what is signed", () => {
  it("leaves out headers that proxies change", () => {
    const signer = new Signer(clock);
    const plain = signer.sign(call(profilePath, keys));
    const noisy = signer.sign(
      call(profilePath, keys, {
        connection: "keep-alive",
        "user-agent": "x",
        "x-forwarded-for": "10.0.0.1",
        "x-amzn-trace-id": "Root=1",
        accept: "*/*",
      }),
    );
    expect(noisy).toEqual(plain);
  });

  it("replaces what an earlier attempt added instead of signing it", () => {
    const signer = new Signer(clock);
    const plain = signer.sign(call(profilePath, keys));
    const again = signer.sign(
      call(profilePath, keys, {
        "x-amz-date": "20200101T000000Z",
        "x-amz-security-token": "of the pair before",
        authorization: "AWS4-HMAC-SHA256 stale",
      }),
    );
    expect(again).toEqual(plain);
    const hashed = signer.sign(call(profilePath, keys, { "x-amz-content-sha256": "stale" }));
    expect(hashed["x-amz-content-sha256"]).toBe(bodyHash);
    expect(hashed["authorization"]).toContain("SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date,");
  });

  it("signs the host as sent, with its port", () => {
    const signer = new Signer(clock);
    const plain = signer.sign(call(profilePath, keys, { host: "localhost" }));
    const ported = signer.sign(call(profilePath, keys, { host: "localhost:8080" }));
    expect(signatureOf(ported)).not.toBe(signatureOf(plain));
  });

  it("signs the same bytes alike, as text and as bytes", () => {
    const signer = new Signer(clock);
    expect(signer.sign({ ...call(profilePath, keys), body: Buffer.from(body) })).toEqual(
      signer.sign(call(profilePath, keys)),
    );
  });

  it("sends a Bedrock API key as it is and nothing of SigV4", () => {
    const credentials = { kind: "bearer", token: new Secret("ABSKtoken") } as const;
    expect(new Signer(clock).sign({ ...call(profilePath, keys), credentials })).toEqual({
      authorization: "Bearer ABSKtoken",
    });
  });
});

describe("key of the day", () => {
  it("is not shared between secrets of one access key id, nor between days, regions and services", () => {
    const signer = new Signer(clock);
    const other: AwsKeys = { ...keys, secretAccessKey: new Secret("another secret") };
    const inputs = [
      call(profilePath, keys),
      call(profilePath, other),
      { ...call(profilePath, keys), region: "eu-west-1" },
      { ...call(profilePath, keys), service: "sts" },
      { ...call(profilePath, keys), now: now + 86_400_000 },
    ];
    const first = inputs.map((input) => signatureOf(signer.sign(input)));
    expect(new Set(first).size).toBe(inputs.length);
    expect(inputs.map((input) => signatureOf(signer.sign(input)))).toEqual(first);
    expect(inputs.map((input) => signatureOf(new Signer(clock).sign(input)))).toEqual(first);
  });

  it("stays right when more keys than the cache holds pass by", () => {
    const signer = new Signer(clock);
    const expected = signatureOf(signer.sign(call(profilePath, keys)));
    for (let index = 0; index < 1_500; index += 1) {
      signer.sign(call("/", { ...keys, accessKeyId: `AKID${index}` }));
    }
    expect(signatureOf(signer.sign(call(profilePath, keys)))).toBe(expected);
  });
});

describe("canonical path and query (C21)", () => {
  it.each([
    ["", "/"],
    ["/", "/"],
    ["/model/a:b/converse", "/model/a%3Ab/converse"],
    ["/model/a%3Ab/converse", "/model/a%253Ab/converse"],
    ["//base//model/./a/../b", "/base/model/b"],
    ["/base/", "/base/"],
    ["/..", "/"],
    ["/a!'()*b", "/a%21%27%28%29%2Ab"],
    ["/a b", "/a%20b"],
  ])("path %j gives %j", (path, expected) => {
    expect(canonicalPath(path)).toBe(expected);
  });

  it.each([
    ["", ""],
    ["b=2&a=1", "a=1&b=2"],
    ["a=2&a=1&a", "a=&a=1&a=2"],
    ["type=SYSTEM_DEFINED&nextToken=a%2Fb%3D%3D", "nextToken=a%2Fb%3D%3D&type=SYSTEM_DEFINED"],
    ["t=2026-01-02T03:04:05Z", "t=2026-01-02T03%3A04%3A05Z"],
    ["a=%zz", "a=%25zz"],
    ["a=x=y&&", "a=x%3Dy"],
    ["a=it's", "a=it%27s"],
  ])("query %j gives %j", (query, expected) => {
    expect(canonicalQuery(query)).toBe(expected);
  });
});

/** AWS's signer asks for a hash class; this is node's. */
class NodeSha256 {
  readonly #hash;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash =
      secret === undefined
        ? createHash("sha256")
        : createHmac("sha256", typeof secret === "string" ? secret : bytesOf(secret));
  }
  update(data: Uint8Array): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {}
}

function bytesOf(source: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

const text = fc.string({ unit: "grapheme", maxLength: 30 });
const segment = fc.oneof(
  fc.constantFrom(
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "anthropic.claude-opus-4-8",
    "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f",
    "arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-pro-v1:0:24k",
    "converse-stream",
  ),
  text.filter((value) => value !== ""),
);
// AWS's signer loses a parameter of this name, as it keeps them in a plain object.
const queryName = text.filter((name) => name !== "" && name !== "__proto__");
const headerValue = fc.string({ unit: fc.constantFrom("a", "B", "7", " ", "\t", "-", "/", ";", ","), maxLength: 20 });

describe("AWS's own signer as oracle", () => {
  it("signs any request alike", async () => {
    const signer = new Signer(clock);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          segments: fc.array(segment, { maxLength: 5 }),
          query: fc.dictionary(queryName, text, { maxKeys: 4 }),
          extra: fc.dictionary(fc.stringMatching(/^x-amz-meta-[a-z]{1,5}$/), headerValue, { maxKeys: 3 }),
          contentType: fc.option(headerValue, { nil: undefined }),
          body: fc.oneof(fc.string(), fc.uint8Array({ maxLength: 300 })),
          region: fc.constantFrom("us-east-1", "eu-west-3", "us-gov-west-1"),
          service: fc.constantFrom("bedrock", "sts", "bedrock-mantle"),
          accessKeyId: fc.stringMatching(/^[A-Z0-9]{16,20}$/),
          secret: fc.string({ minLength: 1, maxLength: 40 }),
          sessionToken: fc.option(fc.base64String({ minLength: 4 }), { nil: undefined }),
          method: fc.constantFrom("GET", "POST", "PUT", "DELETE"),
          time: fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2090, 0, 1) }),
        }),
        async (drawn) => {
          const path = `/${drawn.segments.map(strictEncode).join("/")}`;
          const query = Object.entries(drawn.query).map(
            ([name, value]) => `${strictEncode(name)}=${strictEncode(value)}`,
          );
          const headers: Record<string, string> = { ...drawn.extra, host, "user-agent": "not signed" };
          if (drawn.contentType !== undefined) {
            headers["content-type"] = drawn.contentType;
          }
          const oracle = new SignatureV4({
            service: drawn.service,
            region: drawn.region,
            sha256: NodeSha256,
            applyChecksum: false,
            credentials: {
              accessKeyId: drawn.accessKeyId,
              secretAccessKey: drawn.secret,
              ...(drawn.sessionToken !== undefined && { sessionToken: drawn.sessionToken }),
            },
          });
          const request = {
            method: drawn.method,
            protocol: "https:",
            hostname: host,
            path,
            query: drawn.query,
            headers,
            body: drawn.body,
          };
          const expected = await oracle.sign(request, { signingDate: new Date(drawn.time) });
          const added = signer.sign({
            method: drawn.method,
            path: query.length === 0 ? path : `${path}?${query.join("&")}`,
            headers,
            body: drawn.body,
            service: drawn.service,
            region: drawn.region,
            now: drawn.time,
            credentials: {
              kind: "keys",
              accessKeyId: drawn.accessKeyId,
              secretAccessKey: new Secret(drawn.secret),
              ...(drawn.sessionToken !== undefined && { sessionToken: new Secret(drawn.sessionToken) }),
            },
          });
          expect(added["x-amz-date"]).toBe(expected.headers["x-amz-date"]);
          expect(added["x-amz-security-token"]).toBe(expected.headers["x-amz-security-token"]);
          expect(added["authorization"]).toBe(expected.headers["authorization"]);
        },
      ),
      { numRuns: 500 },
    );
  });
});
