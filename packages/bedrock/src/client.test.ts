import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import type { CredentialSource } from "./auth/credentials.ts";
import { refusalOf, rejectionOf } from "./auth/testing/refusal.ts";
import { systemClock } from "./clock.ts";
import { BedrockClient, type AttemptRecord, type BedrockClientOptions, type ConverseCall } from "./client.ts";
import type { ConverseStreamEvent } from "./converse/stream-events.ts";
import { AditError } from "./errors/adit-error.ts";
import { givenSource } from "./own-credentials.ts";
import { Secret } from "./secret.ts";
import type { ConverseStreamSink } from "./wire/streams/converse-stream-reader.ts";
import { answerBody, exampleKeys, model, requestBody, sourceOf } from "./wire/testing/calls.ts";
import { eventFrame, exceptionFrame, plainStream } from "./wire/testing/frames.ts";
import { ManualClock } from "./wire/testing/manual-clock.ts";
import { TestUpstream, type Answer } from "./wire/testing/upstream.ts";

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) {
    await close();
  }
});

async function begin(
  answer: Answer,
  options: BedrockClientOptions = {},
): Promise<{ upstream: TestUpstream; client: BedrockClient; call: ConverseCall }> {
  const upstream = await TestUpstream.start(answer);
  closers.push(() => upstream.close());
  const environment = { AWS_ENDPOINT_URL: upstream.url, ...options.environment };
  const client = new BedrockClient({ random: () => 0.01, ...options, environment });
  closers.push(() => client.close());
  return { upstream, client, call: { model, region: "us-east-1", credentials: sourceOf(), body: requestBody } };
}

function json(response: ServerResponse, status: number, body: unknown, type?: string): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "x-amzn-requestid": `request-${status}`,
    ...(type === undefined ? {} : { "x-amzn-errortype": `${type}:http://internal.amazon.com/` }),
  });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

function stream(response: ServerResponse, ...chunks: Uint8Array[]): void {
  response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": "request-200" });
  for (const chunk of chunks) {
    response.write(chunk);
  }
}

/** Keeps what a stream said, text deltas joined. */
class Listener implements ConverseStreamSink {
  text = "";
  readEnds = 0;
  readonly events: ConverseStreamEvent[] = [];

  onTextDelta(_contentBlockIndex: number, escapedText: string): void {
    this.text += JSON.parse(`"${escapedText}"`) as string;
  }

  onEvent(event: ConverseStreamEvent): void {
    this.events.push(event);
  }

  onReadEnd(): void {
    this.readEnds += 1;
  }
}

const throttled = { message: "Too many requests, please wait before trying again." };

describe("an option of the client", () => {
  it.each<[options: Record<string, unknown>, param: string, words: string]>([
    [{ autoProfile: "off" }, "autoProfile", "autoProfile must be true or false."],
    [{ autoProfile: 0 }, "autoProfile", "autoProfile must be true or false."],
    [{ autoProfle: false }, "autoProfle", 'new BedrockClient has no option "autoProfle". Did you mean "autoProfile"?'],
    [{ random: 0.5 }, "random", "random must be a function."],
    [{ environment: "AWS_REGION=eu-west-1" }, "environment", "environment must be an object."],
  ])("that is none, or of another type, is refused: %j", (options, param, words) => {
    const error = refusalOf(() => new BedrockClient(options));
    expect([error.code, error.param, error.message]).toEqual(["invalid_request", param, words]);
  });
});

it.each(["false", "0", "no", "offf"])("ADIT_AUTO_PROFILE=%s is refused, as the gateway does", (value) => {
  const error = refusalOf(() => new BedrockClient({ environment: { ADIT_AUTO_PROFILE: value } }));
  expect([error.code, error.param]).toEqual(["invalid_config", "ADIT_AUTO_PROFILE"]);
});

describe("converse", () => {
  it("gives the answer, its bytes, its id and its one attempt", async () => {
    const { upstream, client, call } = await begin((response) => json(response, 200, answerBody));
    const seen: AttemptRecord[] = [];
    const reply = await client.converse({ ...call, onAttempt: (record) => seen.push(record) });
    expect(reply).toMatchObject({ requestId: "request-200", modelUsed: model, response: JSON.parse(answerBody) });
    expect(reply.body.toString()).toBe(answerBody);
    expect(reply.attempts).toMatchObject([{ number: 1, status: 200, awsRequestId: "request-200" }]);
    expect(seen).toEqual(reply.attempts);
    expect(upstream.seen[0]).toMatchObject({
      method: "POST",
      path: "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse",
      body: JSON.stringify(requestBody),
      headers: { accept: "application/json", "content-type": "application/json", host: new URL(upstream.url).host },
    });
    expect(upstream.seen[0]?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/bedrock\/aws4_request, SignedHeaders=content-type;host;x-amz-date, /,
    );
  });

  it.each([
    [
      "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f",
      "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fmi1dadi0g15f/converse",
    ],
    ["a/../b c'()*!ü", "/model/a%2F..%2Fb%20c%27%28%29%2A%21%C3%BC/converse"],
  ])("sends the model %s as one segment", async (name, path) => {
    const { upstream, client, call } = await begin((response) => json(response, 200, answerBody));
    await client.converse({ ...call, model: name });
    expect(upstream.seen[0]?.path).toBe(path);
  });

  it.each(["", ".", "..", "\ud800"])("refuses the model id %j before anything is sent", async (name) => {
    const { upstream, client, call } = await begin((response) => json(response, 200, answerBody));
    expect(await rejectionOf(client.converse({ ...call, model: name }))).toMatchObject({
      code: "invalid_request",
      param: "model",
    });
    expect(upstream.seen).toHaveLength(0);
  });

  it("sends bytes and text untouched", async () => {
    const { upstream, client, call } = await begin((response) => json(response, 200, answerBody));
    const text = '{ "messages" : [] , "unknown":1.0 }';
    await client.converse({ ...call, body: text });
    await client.converse({ ...call, body: new TextEncoder().encode(text) });
    expect(upstream.seen.map(({ body }) => body)).toEqual([text, text]);
  });

  it("sends a bearer key alone, and no signature", async () => {
    const { upstream, client, call } = await begin((response) => json(response, 200, answerBody));
    const credentials: CredentialSource = {
      label: "key",
      get: () => Promise.resolve({ kind: "bearer", token: new Secret("ABSKexample") }),
      invalidate: () => {},
    };
    await client.converse({ ...call, credentials });
    expect(upstream.seen[0]?.headers.authorization).toBe("Bearer ABSKexample");
    expect(upstream.seen[0]?.headers["x-amz-date"]).toBeUndefined();
  });

  it("takes a base URL with a path, and signs for the region", async () => {
    const { upstream, client, call } = await begin((response) => json(response, 200, answerBody), {
      environment: { AWS_ENDPOINT_URL: "http://127.0.0.1:9" },
    });
    await client.converse({ ...call, model: "m", region: "eu-west-1", baseUrl: `${upstream.url}/base/` });
    expect(upstream.seen[0]?.path).toBe("/base/model/m/converse");
    expect(upstream.seen[0]?.headers.authorization).toContain("/eu-west-1/bedrock/");
  });

  it("adds a caller's headers, but none of the connection's or the signature's", async () => {
    const { upstream, client, call } = await begin((response) => json(response, 200, answerBody));
    await client.converse({
      ...call,
      headers: {
        "X-Amzn-Bedrock-Trace": "ENABLED",
        Authorization: "Bearer stolen",
        Host: "evil.example",
        "X-Amz-Date": "20200101T000000Z",
        "x-forwarded-for": "10.0.0.1",
        "transfer-encoding": "chunked",
        "proxy-authorization": "x",
        "accept-encoding": "gzip",
      },
    });
    const headers = upstream.seen[0]?.headers ?? {};
    expect(Object.keys(headers).toSorted()).toEqual([
      "accept",
      "authorization",
      "connection",
      "content-length",
      "content-type",
      "host",
      "user-agent",
      "x-amz-date",
      "x-amzn-bedrock-trace",
    ]);
    expect(headers.authorization).toMatch(/^AWS4/);
  });

  it("refuses a header with a line break", async () => {
    const { upstream, client, call } = await begin((response) => json(response, 200, answerBody));
    const headers = { "x-amzn-bedrock-trace": "a\r\nx-evil: 1" };
    expect((await rejectionOf(client.converse({ ...call, headers }))).code).toBe("invalid_request");
    expect(upstream.seen).toHaveLength(0);
  });

  it("refuses a region that is none", async () => {
    const { client, call } = await begin((response) => json(response, 200, answerBody));
    expect((await rejectionOf(client.converse({ ...call, region: "us-east-1.evil.example/" }))).code).toBe(
      "invalid_region",
    );
  });

  it("rejects with AWS's refusal under AWS's status, says where the call went, and holds no secret", async () => {
    const message = "You don't have access to the model with the specified model ID.";
    const { upstream, client, call } = await begin((response) =>
      json(response, 403, { message }, "AccessDeniedException"),
    );
    const error = await rejectionOf(client.converse(call));
    expect(error).toMatchObject({ code: "AccessDeniedException", status: 403, message });
    expect(error.place).toEqual({ region: "us-east-1", credential: "test keys", model });
    expect(error.aws?.requestId).toBe("request-403");
    expect(error.describe()).toContain("credential: test keys");
    expect(`${error.describe()} ${JSON.stringify(error)} ${String(error.stack)}`).not.toContain("wJalrXUtnFEMI");
    expect(upstream.seen).toHaveLength(1);
  });

  it("keeps an answer that came in many pieces", async () => {
    const long = JSON.stringify({ ...(JSON.parse(answerBody) as object), extra: "ü".repeat(100_000) });
    const { client, call } = await begin((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write(Buffer.from(long).subarray(0, 50_001));
      setTimeout(() => response.end(Buffer.from(long).subarray(50_001)), 20);
    });
    expect((await client.converse(call)).response).toEqual(JSON.parse(long));
  });

  it("refuses an answer that has no end", async () => {
    const { client, call } = await begin((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const chunk = Buffer.alloc(1024 * 1024, "x");
      const more = (): void => {
        while (response.writable && response.write(chunk)) {
          // Until the buffer is full.
        }
      };
      response.on("drain", more);
      more();
    });
    expect(await rejectionOf(client.converse(call))).toMatchObject({ code: "reply_too_large", retryable: false });
  });

  it("ends the call when its signal does, also between two tries", async () => {
    const { upstream, client, call } = await begin((response) => json(response, 503, {}), { random: () => 0.999 });
    const controller = new AbortController();
    const reply = client.converse({ ...call, signal: controller.signal, retry: { attempts: 5, maxTotalMs: 60_000 } });
    await expect.poll(() => upstream.seen.length).toBeGreaterThan(1);
    controller.abort();
    expect((await rejectionOf(reply)).code).toBe("client_closed");
  });

  it.each([[{}], [{ totalMs: 60_000 }]])(
    "ends the call where the credentials do not come: limits %j",
    async (limits) => {
      const { upstream, client, call } = await begin((response) => json(response, 200, answerBody));
      const credentials = givenSource({ ...sourceOf(), get: () => new Promise(() => {}) }, systemClock);
      for (const abortAt of ["before", "while it waits"]) {
        const controller = new AbortController();
        if (abortAt === "before") controller.abort();
        const reply = client.converse({ ...call, credentials, limits, signal: controller.signal });
        setTimeout(() => controller.abort(), 10);
        expect(await rejectionOf(reply)).toMatchObject({ code: "client_closed", place: { credential: "test keys" } });
      }
      expect(upstream.seen).toEqual([]);
    },
  );
});

describe("tries", () => {
  it.each([
    ["ThrottlingException", 429, 3],
    ["ModelNotReadyException", 429, 3],
    ["ModelTimeoutException", 408, 3],
    ["InternalServerException", 500, 3],
    ["ServiceUnavailableException", 503, 3],
    ["ValidationException", 400, 1],
    ["AccessDeniedException", 403, 1],
    ["ResourceNotFoundException", 404, 1],
    ["ModelErrorException", 424, 1],
    ["ServiceQuotaExceededException", 400, 1],
    ["UnrecognizedClientException", 403, 1],
  ])("%s (%i): %i in all", async (type, status, transmissions) => {
    const { upstream, client, call } = await begin((response) => json(response, status, { message: "Words." }, type));
    const error = await rejectionOf(client.converse(call));
    expect(error).toMatchObject({ code: type, status });
    expect(upstream.seen).toHaveLength(transmissions);
  });

  it("none for a quota of the day", async () => {
    const message = "Too many tokens per day, please wait before trying again.";
    const { upstream, client, call } = await begin((response) =>
      json(response, 429, { message }, "ThrottlingException"),
    );
    await rejectionOf(client.converse({ ...call, retry: { attempts: 5, maxTotalMs: 9_000, onStatusCodes: [429] } }));
    expect(upstream.seen).toHaveLength(1);
  });

  it("as many as the policy says, on the statuses that it lists", async () => {
    const { upstream, client, call } = await begin((response) =>
      json(response, 424, { message: "x" }, "ModelErrorException"),
    );
    await rejectionOf(client.converse({ ...call, retry: { attempts: 4, maxTotalMs: 60_000, onStatusCodes: [424] } }));
    expect(upstream.seen).toHaveLength(5);
    await rejectionOf(client.converse({ ...call, retry: { attempts: 0, maxTotalMs: 60_000, onStatusCodes: [424] } }));
    expect(upstream.seen).toHaveLength(6);
  });

  it("wait for Retry-After where the policy says so, unless that is too long", async () => {
    const clock = new ManualClock();
    const { upstream, client, call } = await begin(
      (response, _request, number) => {
        response.setHeader("retry-after", number === 1 ? "7" : "100");
        json(response, 429, throttled, "ThrottlingException");
      },
      { clock },
    );
    const retry = { attempts: 5, maxTotalMs: 60_000, useRetryAfter: true };
    const reply = rejectionOf(client.converse({ ...call, retry }));
    await expect.poll(() => clock.hasSleeper(7_000)).toBe(true);
    clock.advance(6_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(upstream.seen).toHaveLength(1);
    clock.advance(1_000);
    await reply;
    expect(upstream.seen).toHaveLength(2);
  });

  it("again after a 200 without output, and after a lost connection", async () => {
    const { client, call } = await begin((response, _request, number) => {
      if (number === 1) {
        json(response, 200, "{}");
      } else if (number === 2) {
        response.destroy();
      } else {
        json(response, 200, answerBody);
      }
    });
    const { attempts } = await client.converse(call);
    expect(attempts.map(({ errorCode }) => errorCode)).toEqual(["empty_output", "upstream_reset", undefined]);
  });

  it("none for a path or a credential that HTTP cannot carry, which is no fault of the connection", async () => {
    const { upstream, client, call } = await begin((response) => json(response, 200, answerBody));
    const token = new Secret("a key\nof two lines");
    const credentials: CredentialSource = { ...sourceOf(), get: () => Promise.resolve({ kind: "bearer", token }) };
    const { region } = call;
    const path = "/guardrail/my guardrail/version/1/apply";
    for (const refused of [
      client.passRuntime({ region, credentials: sourceOf(), path, body: "{}" }),
      client.converse({ ...call, credentials }),
    ]) {
      const error = await rejectionOf(refused);
      expect(error).toMatchObject({ code: "invalid_request", status: 400, retryable: false });
      expect(error.message).toMatch(/cannot be sent: invalid/);
      expect(`${error.describe()} ${String(error.cause)}`).not.toContain("of two lines");
    }
    expect(upstream.seen).toEqual([]);
  });

  it("none after a limit of the caller's own", async () => {
    const { upstream, client, call } = await begin(() => {});
    expect((await rejectionOf(client.converse({ ...call, limits: { totalMs: 50 } }))).code).toBe("request_timeout");
    expect((await rejectionOf(client.converse({ ...call, limits: { firstByteMs: 50 } }))).code).toBe(
      "first_byte_timeout",
    );
    expect(upstream.seen).toHaveLength(2);
  });

  it("and the wait for a credential counts in it", async () => {
    const { upstream, client, call } = await begin((response) => json(response, 200, answerBody));
    const credentials: CredentialSource = { ...sourceOf(), label: "hung source", get: () => new Promise(() => {}) };
    expect(await rejectionOf(client.converse({ ...call, credentials, limits: { totalMs: 50 } }))).toMatchObject({
      code: "request_timeout",
      place: { credential: "hung source", region: "us-east-1" },
    });
    expect(upstream.seen).toHaveLength(0);
    expect((await client.converse({ ...call, limits: { totalMs: 5_000 } })).attempts).toHaveLength(1);
  });

  it("none that would begin after the call's limit", async () => {
    const { upstream, client, call } = await begin((response) => json(response, 503, {}), { random: () => 0.999 });
    const retry = { attempts: 9, maxTotalMs: 60_000 };
    await rejectionOf(client.converse({ ...call, retry, limits: { totalMs: 90 } }));
    expect(upstream.seen).toHaveLength(1);
  });

  it("none where the credential cannot be had: nothing was sent", async () => {
    const { upstream, client, call } = await begin((response) => json(response, 200, answerBody));
    const credentials: CredentialSource = {
      label: "broken source",
      get: () => Promise.reject(new AditError("api_key_expired", "Expired yesterday.")),
      invalidate: () => {},
    };
    expect(await rejectionOf(client.converse({ ...call, credentials }))).toMatchObject({
      code: "api_key_expired",
      place: { credential: "broken source" },
    });
    expect(upstream.seen).toHaveLength(0);
  });
});

describe("converseStream", () => {
  it("resolves at the first frame and pumps everything from it on", async () => {
    const bytes = plainStream("Hel", "lo \u{1f600}");
    const { upstream, client, call } = await begin((response) => {
      stream(response, bytes.subarray(0, 250));
      setTimeout(() => response.end(bytes.subarray(250)), 30);
    });
    const open = await client.converseStream(call);
    expect(open).toMatchObject({ requestId: "request-200", modelUsed: model, attempts: [{ number: 1, status: 200 }] });
    const listener = new Listener();
    await open.pump(listener);
    expect(listener.text).toBe("Hello \u{1f600}");
    expect(listener.events.map(({ type }) => type)).toEqual([
      "messageStart",
      "contentBlockStop",
      "messageStop",
      "metadata",
    ]);
    expect(listener.readEnds).toBeGreaterThanOrEqual(2);
    expect(upstream.seen[0]).toMatchObject({
      path: "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse-stream",
      headers: { accept: "application/vnd.amazon.eventstream" },
    });
  });

  it("waits for the first frame through single bytes", async () => {
    const bytes = plainStream("x");
    const { client, call } = await begin((response) => {
      stream(response);
      let sent = 0;
      const drip = setInterval(() => {
        response.write(bytes.subarray(sent, (sent += 1)));
        if (sent === bytes.length) {
          clearInterval(drip);
          response.end();
        }
      }, 0);
    });
    const listener = new Listener();
    await (await client.converseStream(call)).pump(listener);
    expect(listener.text).toBe("x");
  });

  it("gives a stream that was over before the pump", async () => {
    const { client, call } = await begin((response) => {
      stream(response, plainStream("all at once"));
      response.end();
    });
    const open = await client.converseStream(call);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const listener = new Listener();
    await open.pump(listener);
    expect(listener.text).toBe("all at once");
  });

  it("tries again after a refusal, and after an exception in the first frame", async () => {
    const { client, call } = await begin((response, _request, number) => {
      if (number === 1) {
        json(response, 429, throttled, "ThrottlingException");
        return;
      }
      stream(response, number === 2 ? exceptionFrame("throttlingException", throttled) : plainStream("third"));
      response.end();
    });
    const open = await client.converseStream(call);
    expect(open.attempts.map(({ status, errorCode }) => [status, errorCode])).toEqual([
      [429, "ThrottlingException"],
      [200, "ThrottlingException"],
      [200, undefined],
    ]);
  });

  it("rejects with a first-frame exception as a refusal with its own status", async () => {
    const { upstream, client, call } = await begin((response) => {
      stream(response, exceptionFrame("validationException", { message: "Malformed input." }));
      response.end();
    });
    expect(await rejectionOf(client.converseStream(call))).toMatchObject({
      code: "ValidationException",
      status: 400,
      aws: { requestId: "request-200" },
      place: { model },
    });
    expect(upstream.seen).toHaveLength(1);
  });

  it("keeps secrets out of the words of an exception in mid-stream", async () => {
    const secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const { client, call } = await begin((response) => {
      stream(response, eventFrame("messageStart", { role: "assistant" }));
      setTimeout(() => response.end(exceptionFrame("validationException", { message: `you sent ${secret}` })), 30);
    });
    // Of the credentials that signed: the source may have others by then, or none.
    const { credentials: first } = call;
    let isGone = false;
    const credentials: CredentialSource = {
      ...first,
      get: (signal) => (isGone ? Promise.reject(new AditError("credentials_unavailable", "gone")) : first.get(signal)),
    };
    const open = await client.converseStream({ ...call, credentials });
    isGone = true;
    const error = await rejectionOf(open.pump({ onTextDelta: () => {}, onEvent: () => {} }));
    expect(error.message).toBe("you sent [secret]");
    expect(JSON.stringify(error) + error.describe()).not.toContain(secret);
  });

  it("takes an exception in the same read as the first event for a refusal too", async () => {
    const { client, call } = await begin((response, _request, number) => {
      const start = eventFrame("messageStart", { role: "assistant" });
      stream(
        response,
        number === 1 ? Buffer.concat([start, exceptionFrame("throttlingException", throttled)]) : plainStream("x"),
      );
      response.end();
    });
    expect((await client.converseStream(call)).attempts).toHaveLength(2);
  });

  it.each<[string, string, (response: ServerResponse, rest: Buffer) => void]>([
    [
      "an exception frame",
      "ThrottlingException",
      (response) => response.end(exceptionFrame("throttlingException", throttled)),
    ],
    ["a cut between two frames", "truncated_stream", (response) => response.end()],
    ["a cut in a frame", "truncated_stream", (response, rest) => response.end(rest.subarray(0, 40))],
    ["a reset", "truncated_stream", (response) => response.destroy()],
    [
      "a reset in a frame",
      "truncated_stream",
      (response, rest) => response.write(rest.subarray(0, 40), () => response.destroy()),
    ],
    [
      "a changed byte",
      "corrupt_stream",
      (response, rest) => {
        const changed = Buffer.from(rest);
        changed[60]! ^= 1;
        response.end(changed);
      },
    ],
  ])(
    "rejects the pump after %s in the middle, once, with its place, and never tries again",
    async (_name, code, fail) => {
      const start = eventFrame("messageStart", { role: "assistant" });
      const delta = eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "so far" }, p: "a" });
      const { upstream, client, call } = await begin((response) => {
        stream(response, start, delta);
        setTimeout(
          () => fail(response, eventFrame("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "more" } })),
          30,
        );
      });
      const open = await client.converseStream(call);
      const listener = new Listener();
      const error = await rejectionOf(open.pump(listener));
      expect(error).toMatchObject({ code, place: { region: "us-east-1", credential: "test keys", model } });
      expect(listener.text).toBe("so far");
      expect(upstream.seen).toHaveLength(1);
    },
  );

  it("takes a 200 that is no event stream for an error", async () => {
    const body = '{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}';
    const { client, call } = await begin((response) => json(response, 200, body));
    expect((await rejectionOf(client.converseStream(call))).code).toBe("UnknownOperationException");
  });

  it("takes an empty 200 for a truncated stream", async () => {
    const { client, call } = await begin((response) => {
      stream(response);
      response.end();
    });
    const retry = { attempts: 0, maxTotalMs: 0 };
    expect((await rejectionOf(client.converseStream({ ...call, retry }))).code).toBe("truncated_stream");
  });

  it("gives up on a first frame after the first-byte limit, also where bytes drip", async () => {
    const clock = new ManualClock();
    const bytes = plainStream("x");
    let sent = 0;
    const { client, call } = await begin(
      (response) => {
        stream(response);
        const drip = setInterval(() => response.write(bytes.subarray(sent, (sent += 1))), 5);
        response.on("close", () => clearInterval(drip));
      },
      { clock },
    );
    const open = rejectionOf(client.converseStream(call));
    await expect.poll(() => sent).toBeGreaterThan(3);
    clock.advance(30_001);
    expect(await open).toMatchObject({ code: "first_byte_timeout", status: 504 });
  });

  it("may be silent for most of an hour after that", async () => {
    const clock = new ManualClock();
    const bytes = plainStream("thought long");
    let rest: (() => void) | undefined;
    const { client, call } = await begin(
      (response) => {
        stream(response, bytes.subarray(0, 200));
        rest = () => response.end(bytes.subarray(200));
      },
      { clock },
    );
    const open = await client.converseStream(call);
    const listener = new Listener();
    const pumped = open.pump(listener);
    for (let minute = 0; minute < 59; minute += 1) {
      clock.advance(60_000);
      await Promise.resolve();
    }
    rest?.();
    await pumped;
    expect(listener.text).toBe("thought long");
  });

  it("aborts upstream at once, before and during the pump", async () => {
    let closed = 0;
    const { client, call } = await begin((response) => {
      response.on("close", () => (closed += 1));
      stream(response, eventFrame("messageStart", { role: "assistant" }));
    });
    const first = await client.converseStream(call);
    first.abort();
    expect((await rejectionOf(first.pump(new Listener()))).code).toBe("client_closed");
    const second = await client.converseStream(call);
    const pumped = rejectionOf(second.pump(new Listener()));
    second.abort(new AditError("shutting_down", "The gateway stops."));
    expect((await pumped).code).toBe("shutting_down");
    await expect.poll(() => closed).toBe(2);
  });

  it("holds back a sender whose receiver is full, and goes on after", async () => {
    const filler = "x".repeat(30_000);
    const texts = Array.from({ length: 1_000 }, () => filler);
    const { client, call } = await begin((response) => {
      stream(response, plainStream(...texts));
      response.end();
    });
    const open = await client.converseStream(call);
    const listener = new Listener();
    let heldAt = 0;
    const sink: ConverseStreamSink = {
      onTextDelta: (index, text) => {
        listener.onTextDelta(index, text);
        if (heldAt === 0) {
          open.pause();
          setTimeout(() => {
            heldAt = listener.text.length;
            open.resume();
          }, 150);
        }
      },
      onEvent: (event) => listener.onEvent(event),
    };
    await open.pump(sink);
    expect(heldAt).toBeLessThan(2 * 1024 * 1024);
    expect(listener.text).toHaveLength(30_000_000);
  });

  it("stops when the receiver throws", async () => {
    let closed = 0;
    const { client, call } = await begin((response) => {
      response.on("close", () => (closed += 1));
      stream(response, plainStream("x").subarray(0, 300));
    });
    const open = await client.converseStream(call);
    const failing: ConverseStreamSink = {
      onTextDelta: () => {
        throw new Error("full disk");
      },
      onEvent: () => {},
    };
    expect(await rejectionOf(open.pump(failing))).toMatchObject({ code: "internal" });
    await expect.poll(() => closed).toBe(1);
  });
});

describe("a model without on-demand throughput", () => {
  const bare = "anthropic.claude-sonnet-4-5-20250929-v1:0";
  const message = `Invocation of model ID ${bare} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`;
  const answer: Answer = (response, request) => {
    if (request.path.startsWith("/model/anthropic.")) {
      json(response, 400, { message }, "ValidationException");
    } else {
      json(response, 200, answerBody);
    }
  };

  it("is served by the geography's profile, which is remembered", async () => {
    const { upstream, client, call } = await begin(answer);
    const first = await client.converse({ ...call, model: bare });
    expect(first.modelUsed).toBe(`us.${bare}`);
    expect(first.attempts.map(({ number, status }) => [number, status])).toEqual([
      [1, 400],
      [2, 200],
    ]);
    expect((await client.converse({ ...call, model: bare })).modelUsed).toBe(`us.${bare}`);
    expect(upstream.seen).toHaveLength(3);
  });

  it("is not waited for by a caller who leaves while the credentials do not come", async () => {
    const { client, call } = await begin(answer);
    await client.converse({ ...call, model: bare });
    const controller = new AbortController();
    const credentials: CredentialSource = { ...sourceOf(), get: () => new Promise(() => {}) };
    const reply = client.converse({ ...call, model: bare, credentials, signal: controller.signal });
    controller.abort();
    expect((await rejectionOf(reply)).code).toBe("client_closed");
  });

  it("is asked for itself by other credentials, and again after an hour", async () => {
    const clock = new ManualClock();
    const { upstream, client, call } = await begin(answer, { clock });
    const asked = { ...call, model: bare };
    await client.converse(asked);
    const other = sourceOf({ ...exampleKeys, accessKeyId: "AKIDOTHER" });
    await client.converse({ ...asked, credentials: other });
    expect(upstream.seen).toHaveLength(4);
    await client.converse({ ...asked, credentials: other });
    expect(upstream.seen).toHaveLength(5);
    clock.advance(3_600_000);
    expect((await client.converse(asked)).modelUsed).toBe(`us.${bare}`);
    expect(upstream.seen).toHaveLength(7);
  });

  it.each<[string, BedrockClientOptions, Partial<ConverseCall>]>([
    ["ADIT_AUTO_PROFILE=off", { environment: { ADIT_AUTO_PROFILE: "off" } }, {}],
    ["ADIT_AUTO_PROFILE in capitals", { environment: { ADIT_AUTO_PROFILE: " OFF " } }, {}],
    ["the client's option", { autoProfile: false }, {}],
    ["the call's option", {}, { autoProfile: false }],
  ])("keeps AWS's refusal under %s", async (_name, options, more) => {
    const { upstream, client, call } = await begin(answer, options);
    expect((await rejectionOf(client.converse({ ...call, model: bare, ...more }))).message).toBe(message);
    expect(upstream.seen).toHaveLength(1);
  });

  it("keeps AWS's first refusal where the profile is refused too", async () => {
    const { upstream, client, call } = await begin((response, request) =>
      request.path.startsWith("/model/us.")
        ? json(response, 403, { message: "A region denies it." }, "AccessDeniedException")
        : answer(response, request, 0),
    );
    expect((await rejectionOf(client.converse({ ...call, model: bare }))).message).toBe(message);
    expect(upstream.seen).toHaveLength(2);
    await rejectionOf(client.converse({ ...call, model: bare }));
    expect(upstream.seen[2]?.path).toContain("/model/anthropic.");
  });

  it("works for streams", async () => {
    const { client, call } = await begin((response, request) => {
      if (request.path.startsWith("/model/us.")) {
        stream(response, plainStream("x"));
        response.end();
      } else {
        answer(response, request, 0);
      }
    });
    expect((await client.converseStream({ ...call, model: bare })).modelUsed).toBe(`us.${bare}`);
  });
});

describe("control plane", () => {
  const profile = {
    inferenceProfileArn: "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc",
    inferenceProfileId: "abc",
    inferenceProfileName: "team",
    models: [{ modelArn: "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0" }],
    status: "ACTIVE",
    type: "APPLICATION",
    newMember: 1,
  };

  it("gets an inference profile, and keeps what it does not know", async () => {
    const { upstream, client, call } = await begin((response) => json(response, 200, profile));
    const { region, credentials } = call;
    expect(await client.getInferenceProfile({ region, credentials, id: profile.inferenceProfileArn })).toEqual(profile);
    expect(upstream.seen[0]).toMatchObject({
      method: "GET",
      body: "",
      path: "/inference-profiles/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Aapplication-inference-profile%2Fabc",
    });
    expect(upstream.seen[0]?.headers.authorization).toContain("/us-east-1/bedrock/aws4_request");
  });

  it("lists profiles through all pages", async () => {
    const { upstream, client, call } = await begin((response, _request, number) =>
      json(response, 200, {
        inferenceProfileSummaries: [{ ...profile, inferenceProfileId: `p${number}` }],
        ...(number < 3 ? { nextToken: `token:${number}/=` } : {}),
      }),
    );
    const { region, credentials } = call;
    const profiles = await client.listInferenceProfiles({ region, credentials, type: "SYSTEM_DEFINED" });
    expect(profiles.map(({ inferenceProfileId }) => inferenceProfileId)).toEqual(["p1", "p2", "p3"]);
    expect(upstream.seen.map(({ path }) => path)).toEqual([
      "/inference-profiles?maxResults=1000&type=SYSTEM_DEFINED",
      "/inference-profiles?maxResults=1000&type=SYSTEM_DEFINED&nextToken=token%3A1%2F%3D",
      "/inference-profiles?maxResults=1000&type=SYSTEM_DEFINED&nextToken=token%3A2%2F%3D",
    ]);
  });

  it("lists foundation models", async () => {
    const modelSummaries = [
      { modelArn: "arn:aws:bedrock:us-east-1::foundation-model/x", modelId: "x", providerName: "X" },
    ];
    const { upstream, client, call } = await begin((response) => json(response, 200, { modelSummaries }));
    const { region, credentials } = call;
    const filter = { byOutputModality: "TEXT" as const };
    expect(await client.listFoundationModels({ region, credentials, filter })).toEqual(modelSummaries);
    expect(upstream.seen[0]?.path).toBe("/foundation-models?byOutputModality=TEXT");
  });

  it("calls an answer that cannot be read an error", async () => {
    const { client, call } = await begin((response) => json(response, 200, "<html>"));
    const { region, credentials } = call;
    expect((await rejectionOf(client.listFoundationModels({ region, credentials }))).code).toBe("aws_error");
  });

  it("asks for a profile once, whatever the burst, and keeps a refusal for five minutes", async () => {
    const clock = new ManualClock();
    let allowed = true;
    const { upstream, client, call } = await begin(
      (response) =>
        allowed ? json(response, 200, profile) : json(response, 403, { message: "No." }, "AccessDeniedException"),
      { clock },
    );
    const { region, credentials } = call;
    const resolve = (id: string) => client.inferenceProfiles.resolve(id, { region, credentials });
    const burst = await Promise.all(Array.from({ length: 100 }, () => resolve("abc")));
    expect(burst.every((found) => found?.inferenceProfileId === "abc")).toBe(true);
    expect(upstream.seen).toHaveLength(1);
    allowed = false;
    expect(await resolve("other")).toBeUndefined();
    expect(await resolve("other")).toBeUndefined();
    expect(upstream.seen).toHaveLength(2);
    clock.advance(300_001);
    allowed = true;
    expect(await resolve("other")).toEqual(profile);
    expect(upstream.seen).toHaveLength(3);
  });
});
