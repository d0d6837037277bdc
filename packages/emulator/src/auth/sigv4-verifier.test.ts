import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EmulatorCredential } from "../options.ts";
import { splitTarget, type ArrivedRequest } from "../server/arrived-request.ts";
import { dateOf, handSigned, type HandSigned } from "../testing/hand-signer.ts";
import { Keyring } from "./keyring.ts";
import { verifySigV4 } from "./sigv4-verifier.ts";

/** AWS's public documentation key, as the golden vectors have it. */
const example: EmulatorCredential = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};
const session: EmulatorCredential = { ...example, sessionToken: "EXAMPLESESSIONTOKEN==" };
const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const date = "20260102T030405Z";
const body = '{"messages":[{"role":"user","content":[{"text":"hi"}]}]}';
const path = "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse";
const host = "bedrock-runtime.us-east-1.amazonaws.com";

function arrived(over: Partial<HandSigned> = {}, after: (headers: Record<string, string>) => void = () => {}) {
  const signed: HandSigned = {
    method: "POST",
    path,
    headers: { host, "content-type": "application/json" },
    body,
    date,
    credential: example,
    ...over,
  };
  const headers = handSigned(signed);
  after(headers);
  return {
    method: signed.method,
    ...splitTarget(signed.path),
    headers,
    body: Buffer.from(signed.body),
    tooLarge: false,
  };
}

function verify(request: ArrivedRequest, over: { known?: EmulatorCredential; now?: number; service?: string } = {}) {
  const keyring = new Keyring([over.known ?? example], []);
  return verifySigV4(request, { keyring, now: over.now ?? now, service: over.service ?? "bedrock" });
}

/** Signatures computed by botocore and by an independent implementation. */
const golden = [
  {
    path,
    known: example,
    names: "content-type;host;x-amz-date",
    signature: "6b18186d5132c71249f705372d764ddfd8a9890b662230fb355af564c05e1c35",
    extra: {},
  },
  {
    path: "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fmi1dadi0g15f/converse",
    known: session,
    names: "content-type;host;x-amz-date;x-amz-security-token",
    signature: "6176f6d54575f8872df1452c921ac36f7b5f800d2db7d76837bb86db4ed6fd4b",
    extra: { "x-amz-security-token": "EXAMPLESESSIONTOKEN==" },
  },
];

describe("verifySigV4", () => {
  it.each(golden)("takes the golden vector of $path", async ({ path: wirePath, known, names, signature, extra }) => {
    const headers = {
      host,
      "content-type": "application/json",
      "x-amz-date": date,
      ...extra,
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/bedrock/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
    };
    const request = { method: "POST", path: wirePath, query: "", headers, body: Buffer.from(body), tooLarge: false };
    expect(await verify(request, { known })).toMatchObject({ region: "us-east-1" });
    const other = { ...request, body: Buffer.from(`${body} `) };
    expect(await verify(other, { known })).toMatchObject({ errorType: "InvalidSignatureException" });
  });

  it("judges the path as it was received: one encoding more or less is another path", async () => {
    const request = arrived();
    for (const received of [path.replace("%3A", ":"), path.replace("%3A", "%253A"), path.replace("%3A", "%3a")]) {
      expect(await verify({ ...request, path: received })).toMatchObject({
        status: 403,
        message: expect.stringMatching(/^The request signature we calculated does not match/),
      });
    }
  });

  it("takes a raw colon that was signed as such", async () => {
    expect(await verify(arrived({ path: path.replace("%3A", ":") }))).toMatchObject({ region: "us-east-1" });
  });

  it("agrees with a signer written by hand on any path, query, header and body", async () => {
    const segment = fc.string({
      unit: fc.constantFrom(...Array.from("abcXYZ0189-_.~:% é/")),
      minLength: 1,
      maxLength: 12,
    });
    // Segments of dots alone are resolved away by both, but not by the signer of this test.
    const segments = fc.array(segment.filter((text) => !/^\.+$/.test(text)).map(encodeURIComponent), {
      minLength: 1,
      maxLength: 4,
    });
    const query = fc.uniqueArray(fc.tuple(segment, segment), { maxLength: 3, selector: ([name]) => name });
    const value = fc.string({ unit: fc.constantFrom(...Array.from("ab =;,/ ")), maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(segments, query, value, fc.string({ unit: "binary" }), async (parts, pairs, text, content) => {
        const search = pairs.map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
        const request = arrived({
          path: `/${parts.join("/")}${search === "" ? "" : `?${search}`}`,
          headers: { host, "x-amz-user-agent": text },
          body: content,
        });
        expect(await verify(request)).toMatchObject({ region: "us-east-1" });
        const authorization = request.headers["authorization"]!.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
        const forged = { ...request, headers: { ...request.headers, authorization } };
        expect(await verify(forged)).toMatchObject({ errorType: "InvalidSignatureException" });
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it.each(["constructor=1", "toString=a&toString=b", "hasOwnProperty="])(
    "judges a query whose names every object has: %s",
    async (query) => {
      const request = arrived({ path: `${path}?${query}` });
      expect(await verify(request)).toMatchObject({ region: "us-east-1" });
      expect(await verify({ ...request, query: `${query}x` })).toMatchObject({
        errorType: "InvalidSignatureException",
      });
    },
  );

  it.each([
    ["host", (headers: Record<string, string>) => (headers["host"] = "localhost:1")],
    ["content-type", (headers: Record<string, string>) => (headers["content-type"] = "text/plain")],
    [
      "signature",
      (headers: Record<string, string>) =>
        (headers["authorization"] = headers["authorization"]!.replace(/Signature=.*/, "Signature=00")),
    ],
  ])("refuses a changed %s with AWS's words", async (_what, change) => {
    expect(await verify(arrived({}, change))).toEqual({
      status: 403,
      errorType: "InvalidSignatureException",
      message:
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    });
  });

  it("refuses another secret, and another method", async () => {
    const wrong = { ...example, secretAccessKey: "another" };
    expect(await verify(arrived({ credential: wrong }))).toMatchObject({ errorType: "InvalidSignatureException" });
    expect(await verify({ ...arrived(), method: "GET" })).toMatchObject({ errorType: "InvalidSignatureException" });
  });

  it("refuses an unknown key, a session's key without its token, and a key with a token that is not its own", async () => {
    const refusal = {
      status: 403,
      errorType: "UnrecognizedClientException",
      message: "The security token included in the request is invalid.",
    };
    expect(await verify(arrived({ credential: { ...example, accessKeyId: "AKIAUNKNOWN" } }))).toEqual(refusal);
    expect(await verify(arrived({ credential: example }), { known: session })).toEqual(refusal);
    expect(await verify(arrived({ credential: session }), { known: example })).toEqual(refusal);
    const other = { ...session, sessionToken: "ANOTHER" };
    expect(await verify(arrived({ credential: other }), { known: session })).toEqual(refusal);
  });

  it("refuses an expired session, at its very end", async () => {
    const known = { ...session, expiresAt: now };
    expect(await verify(arrived({ credential: session }), { known })).toEqual({
      status: 403,
      errorType: "ExpiredTokenException",
      message: "The security token included in the request is expired",
    });
    expect(await verify(arrived({ credential: session }), { known: { ...session, expiresAt: now + 1 } })).toMatchObject(
      { region: "us-east-1" },
    );
  });

  it("judges the clock as recorded answers of AWS do", async () => {
    const recorded = Date.UTC(2025, 10, 17, 6, 43, 49);
    expect(await verify(arrived({ date: "20251117T063822Z" }), { now: recorded })).toEqual({
      status: 403,
      errorType: "InvalidSignatureException",
      message: "Signature expired: 20251117T063822Z is now earlier than 20251117T063849Z (20251117T064349Z - 5 min.)",
    });
  });

  it.each([-300_000, 0, 300_000])("takes a date %i ms off", async (offset) => {
    const verdict = await verify(arrived({ date: dateOf(now + offset) }), { now: now + 400 });
    expect(verdict).toMatchObject({ region: "us-east-1" });
  });

  it.each([
    [-301_000, /^Signature expired: .* is now earlier than .* - 5 min\.\)$/],
    [301_000, /^Signature not yet current: .* is still later than .* \+ 5 min\.\)$/],
  ])("refuses a date %i ms off", async (offset, words) => {
    const verdict = await verify(arrived({ date: dateOf(now + offset) }), { now: now + 400 });
    expect(verdict).toMatchObject({ status: 403, message: expect.stringMatching(words) });
  });

  it.each([
    ["another service", { service: "sts" }, /^Credential should be scoped to correct service: 'bedrock'/],
    ["no region", { region: "US_EAST" }, /^Credential should be scoped to a valid region/],
    ["another region than the host's", { region: "eu-west-1" }, /^Credential should be scoped to a valid region/],
  ])("refuses a scope of %s", async (_what, over, words) => {
    expect(await verify(arrived(over))).toMatchObject({
      status: 403,
      errorType: "InvalidSignatureException",
      message: expect.stringMatching(words),
    });
  });

  it("refuses a scope of another day or another end", async () => {
    const swap = (from: string, to: string) => (headers: Record<string, string>) => {
      headers["authorization"] = headers["authorization"]!.replace(from, to);
    };
    expect(await verify(arrived({}, swap("/20260102/", "/20260103/")))).toMatchObject({
      message: expect.stringContaining("'20260103' != '20260102', from '20260102T030405Z'"),
    });
    expect(await verify(arrived({}, swap("aws4_request", "aws5")))).toMatchObject({
      message: expect.stringContaining("valid terminator: 'aws4_request'"),
    });
  });

  it("takes any region where the host names none", async () => {
    const request = arrived({ headers: { host: "127.0.0.1:8080" }, region: "ap-southeast-2" });
    expect(await verify(request)).toMatchObject({ region: "ap-southeast-2" });
  });

  it.each([
    ["Credential", /requires 'Credential' parameter/],
    ["SignedHeaders", /requires 'SignedHeaders' parameter/],
    ["Signature", /requires 'Signature' parameter/],
  ])("names a missing %s and shows no part of the header", async (part, words) => {
    const verdict = await verify(
      arrived({}, (headers) => {
        headers["authorization"] = headers["authorization"]!.replace(new RegExp(`,? ?${part}=[^,]*`), "");
      }),
    );
    expect(verdict).toMatchObject({
      status: 403,
      errorType: "IncompleteSignatureException",
      message: expect.stringMatching(words),
    });
    expect(JSON.stringify(verdict)).not.toContain("AKIDEXAMPLE");
  });

  it.each([
    ["text without an equal sign", "AWS4-HMAC-SHA256 nonsense", /missing equal-sign/],
    [
      "a short scope",
      "AWS4-HMAC-SHA256 Credential=A/B/C, SignedHeaders=host, Signature=0",
      /exactly 5 slash-delimited/,
    ],
    ["the algorithm alone", "AWS4-HMAC-SHA256", /requires 'Credential' parameter\. .*'Signature'.*'SignedHeaders'/],
  ])("refuses %s", async (_what, authorization, words) => {
    const verdict = await verify(arrived({}, (headers) => (headers["authorization"] = authorization)));
    expect(verdict).toMatchObject({ errorType: "IncompleteSignatureException", message: expect.stringMatching(words) });
  });

  it("asks for a date that it can read", async () => {
    expect(await verify(arrived({}, (headers) => delete headers["x-amz-date"]))).toMatchObject({
      errorType: "IncompleteSignatureException",
      message: expect.stringContaining("'X-Amz-Date' or a 'Date' header"),
    });
    expect(await verify(arrived({}, (headers) => (headers["x-amz-date"] = "yesterday")))).toMatchObject({
      message: expect.stringContaining("ISO-8601"),
    });
  });

  it("takes a Date that was signed beside X-Amz-Date, whatever it says, and in its form in its place", async () => {
    const signed = arrived({ headers: { host, date: "Fri, 02 Jan 2026 03:04:05 GMT" } });
    expect(await verify(signed)).toMatchObject({ region: "us-east-1" });
    const other = { ...signed, headers: { ...signed.headers, date: "Fri, 02 Jan 2026 03:04:06 GMT" } };
    expect(await verify(other)).toMatchObject({ errorType: "InvalidSignatureException" });
    expect(await verify(arrived({ dateHeader: "date" }))).toMatchObject({ region: "us-east-1" });
    const late = { now: now + 301_000 };
    expect(await verify(arrived({ dateHeader: "date" }), late)).toMatchObject({
      message: expect.stringContaining("Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z"),
    });
    const readable = arrived({}, (headers) => {
      delete headers["x-amz-date"];
      headers["date"] = "Fri, 02 Jan 2026 03:04:05 GMT";
    });
    expect(await verify(readable)).toMatchObject({ message: expect.stringContaining("ISO-8601 'basic format'") });
  });

  it("wants the host and every x-amz header signed", async () => {
    expect(await verify(arrived({ headers: { "content-type": "application/json" } }))).toMatchObject({
      message: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    });
    const late = arrived({ credential: example }, (headers) => {
      headers["x-amz-security-token"] = "EXAMPLESESSIONTOKEN==";
    });
    expect(await verify(late, { known: session })).toMatchObject({
      message: "There were headers present in the request which were not signed: x-amz-security-token",
    });
  });

  it("holds a body to its x-amz-content-sha256, and takes no unsigned payload", async () => {
    const sha = "c3335e07d6e89650bf94cb98664be69f8774dbc3198df221f113db0a59ea14f0";
    const withHash = (value: string) => arrived({ headers: { host, "x-amz-content-sha256": value } });
    expect(await verify(withHash(sha))).toMatchObject({ region: "us-east-1" });
    const changed = { ...withHash(sha), body: Buffer.from(body.replace("hi", "ho")) };
    expect(await verify(changed)).toMatchObject({ errorType: "InvalidSignatureException" });
    expect(await verify(withHash("UNSIGNED-PAYLOAD"))).toMatchObject({ errorType: "InvalidSignatureException" });
  });
});
