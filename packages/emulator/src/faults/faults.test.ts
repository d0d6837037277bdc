import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { EventStreamCodec } from "@smithy/eventstream-codec";
import { fromUtf8, toUtf8 } from "@smithy/util-utf8";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseScenario, startEmulator, type Emulator, type Fault } from "../index.ts";
import { claude, failureOf, protocols, question, runtimeClient } from "../testing/clients.ts";
import { dateOf, handSigned, sendRaw } from "../testing/hand-signer.ts";

let emulator: Emulator;

beforeEach(async () => {
  emulator = await startEmulator();
});

afterEach(async () => {
  await emulator.close();
});

const body = JSON.stringify({ messages: question.messages });
const path = `/model/${encodeURIComponent(claude)}/converse`;

function signed(wirePath = path, extra: Record<string, string> = {}) {
  const host = new URL(emulator.url).host;
  const headers = handSigned({
    method: "POST",
    path: wirePath,
    body,
    headers: { host, "content-type": "application/json", ...extra },
    date: dateOf(Date.now()),
    credential: emulator.credential,
  });
  return { path: wirePath, body, headers };
}

const converse = (config = {}) => runtimeClient(emulator, "HTTP/1.1", config).send(new ConverseCommand(question));

/** The types of events that arrive, and what ends them. */
async function streamOf(protocol: (typeof protocols)[number] = "HTTP/1.1") {
  const events: string[] = [];
  try {
    const answer = await runtimeClient(emulator, protocol).send(new ConverseStreamCommand(question));
    for await (const event of answer.stream!) {
      events.push(Object.keys(event)[0]!);
    }
  } catch (error) {
    return { events, error: error as Error };
  }
  return { events };
}

/** All bytes that a bare connection gets, how it ends, and when they came. */
async function raw(wirePath: string, extra: Record<string, string> = {}) {
  const request = signed(wirePath, extra);
  const socket = connect(emulator.port, "127.0.0.1");
  const head = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(
    `POST ${wirePath} HTTP/1.1\r\n${head.join("")}connection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  return heard(socket);
}

function heard(socket: Socket): Promise<{ text: string; bytes: Buffer; ended: string; times: number[] }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const times: number[] = [];
    let ended = "end";
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      times.push(performance.now());
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      ended = error.code ?? "error";
    });
    socket.on("close", () => {
      const bytes = Buffer.concat(chunks);
      resolve({ text: bytes.toString("latin1"), bytes, ended, times });
    });
  });
}

/** The body of a chunked answer, and whether it came to its proper end. */
function dechunked(bytes: Buffer): { body: Buffer; isWhole: boolean } {
  const parts: Buffer[] = [];
  let at = bytes.indexOf("\r\n\r\n") + 4;
  for (;;) {
    const line = bytes.indexOf("\r\n", at);
    if (line === -1) {
      return { body: Buffer.concat(parts), isWhole: false };
    }
    const size = Number.parseInt(bytes.subarray(at, line).toString(), 16);
    if (size === 0) {
      return { body: Buffer.concat(parts), isWhole: true };
    }
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}

describe("refuse", () => {
  it.each([
    ["ThrottlingException", 429, 3],
    ["ModelNotReadyException", 429, 3],
    ["ServiceUnavailableException", 503, 3],
    ["InternalServerException", 500, 3],
    ["ModelTimeoutException", 408, 1],
    ["ModelErrorException", 424, 1],
    ["ValidationException", 400, 1],
    ["AccessDeniedException", 403, 1],
    ["ResourceNotFoundException", 404, 1],
    ["ServiceQuotaExceededException", 400, 1],
  ])("is %s with %i to AWS's client, which tries %i times", async (type, status, attempts) => {
    emulator.faultNext({ kind: "refuse", type }, 9);
    const failure = await failureOf(converse({ maxAttempts: 3, retryStrategy: undefined }));
    expect(failure).toMatchObject({ name: type, $metadata: { httpStatusCode: status, attempts } });
    expect(failure.message).not.toBe("");
    expect(emulator.requests).toHaveLength(attempts);
    expect(emulator.requests[0]).toMatchObject({ status, verdict: "sigv4 ok", faults: ["refuse"] });
  });

  it("carries fields, headers, a status and a message of one's own", async () => {
    emulator.faultNext({
      kind: "refuse",
      type: "ThrottlingException",
      status: 418,
      message: "Too many tokens per day, please wait before trying again.",
      fields: { originalStatusCode: 529 },
      headers: { "Retry-After": "7" },
    });
    const answer = await sendRaw(emulator.url, signed());
    expect(answer).toMatchObject({
      status: 418,
      json: { message: "Too many tokens per day, please wait before trying again.", originalStatusCode: 529 },
    });
    expect(answer.headers).toMatchObject({
      "retry-after": "7",
      "x-amzn-errortype": "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/",
    });
  });

  it("has each header once, however its name is written", async () => {
    const headers = { "x-amzn-requestid": "id-7", "content-type": "text/html", date: "Mon, 01 Jan 2029 00:00:00 GMT" };
    emulator.faultNext({ kind: "refuse", type: "ThrottlingException", headers });
    expect((await sendRaw(emulator.url, signed())).headers).toMatchObject(headers);
  });

  it("speaks STS's form to STS", async () => {
    emulator.faultNext({ kind: "refuse", type: "ThrottlingException" });
    const sts = new STSClient({
      endpoint: emulator.url,
      region: "us-east-1",
      credentials: emulator.credential,
      maxAttempts: 1,
    });
    const command = new AssumeRoleCommand({ RoleArn: "arn:aws:iam::123456789012:role/x", RoleSessionName: "me" });
    expect(await failureOf(sts.send(command))).toMatchObject({
      name: "Throttling",
      $metadata: { httpStatusCode: 400 },
    });
    expect((await sts.send(command)).Credentials).toBeDefined();
  });

  it("comes after the credentials: a wrong signature is told first and uses up no fault", async () => {
    emulator.faultNext({ kind: "refuse", type: "ThrottlingException" });
    const wrong = { ...emulator.credential, secretAccessKey: "wrong" };
    expect(await failureOf(converse({ credentials: wrong }))).toMatchObject({ name: "InvalidSignatureException" });
    expect(await failureOf(converse())).toMatchObject({ name: "ThrottlingException" });
    expect((await converse()).stopReason).toBeDefined();
  });
});

describe("no-output", () => {
  it("is a success without an output to AWS's client", async () => {
    emulator.faultNext({ kind: "no-output" });
    expect((await converse()).output).toBeUndefined();
  });
});

describe.each(protocols)("frames over %s", (protocol) => {
  it.each([
    "throttlingException",
    "internalServerException",
    "serviceUnavailableException",
    "validationException",
    "ThrottlingException",
  ])("end in a %s where one is asked for", async (type) => {
    emulator.faultNext({ kind: "exception", type, frame: 2, message: "Just so." });
    const { events, error } = await streamOf(protocol);
    expect(events).toHaveLength(2);
    expect(events[0]).toBe("messageStart");
    expect(error).toMatchObject({ name: type.charAt(0).toUpperCase() + type.slice(1), message: "Just so." });
  });

  it("may begin with the exception", async () => {
    emulator.faultNext({ kind: "exception", frame: 0 });
    const { events, error } = await streamOf(protocol);
    expect(events).toEqual([]);
    expect(error).toMatchObject({
      name: "ThrottlingException",
      message: "Too many requests, please wait before trying again.",
    });
  });

  it("carry the original status of a model's error", async () => {
    emulator.faultNext({ kind: "exception", type: "modelStreamErrorException", fields: { originalStatusCode: 529 } });
    expect((await streamOf(protocol)).error).toMatchObject({
      name: "ModelStreamErrorException",
      originalStatusCode: 529,
    });
  });

  it("end in an error frame", async () => {
    emulator.faultNext({ kind: "error-frame", code: "InternalFailure", message: "The transport failed." });
    const { events, error } = await streamOf(protocol);
    expect(events).toEqual(["messageStart"]);
    expect(error?.message).toContain("The transport failed.");
  });

  it("are cut inside a frame", async () => {
    emulator.faultNext({ kind: "cut", frame: 1, bytes: 20 });
    const { events, error } = await streamOf(protocol);
    expect(events).toEqual(["messageStart"]);
    expect(error?.message).toBe("Truncated event message received.");
  });

  it("are cut between two frames, which looks like an end", async () => {
    emulator.faultNext({ kind: "cut", frame: 2 });
    const { events, error } = await streamOf(protocol);
    expect(events).toHaveLength(2);
    expect(error).toBeUndefined();
  });

  it("break off", async () => {
    emulator.faultNext({ kind: "cut", frame: 2, end: "close" });
    const { events, error } = await streamOf(protocol);
    expect(events.length).toBeLessThanOrEqual(2);
    expect(error).toBeDefined();
  });

  it.each(["message", "prelude"] as const)("have a wrong checksum of the %s", async (part) => {
    emulator.faultNext({ kind: "crc", frame: 1, part });
    const { events, error } = await streamOf(protocol);
    expect(events).toEqual(["messageStart"]);
    expect(error?.message).toMatch(part === "message" ? /message checksum/ : /prelude checksum/);
  });

  it("are reset before the answer and after some", async () => {
    emulator.faultNext({ kind: "reset" });
    const before = await streamOf(protocol);
    expect(before.events).toEqual([]);
    expect(before.error).toBeDefined();
    expect(emulator.requests[0]).toMatchObject({ status: 0, verdict: "sigv4 ok", faults: ["reset"] });
    emulator.faultNext({ kind: "reset", frame: 2 });
    const after = await streamOf(protocol);
    expect(after.events.length).toBeLessThanOrEqual(2);
    expect(after.error).toBeDefined();
    expect((await streamOf(protocol)).error).toBeUndefined();
  });
});

describe("the connection", () => {
  it("is reset by RST before a byte and after frames, which still arrive", async () => {
    emulator.faultNext({ kind: "reset" });
    expect(await raw(path)).toMatchObject({ ended: "ECONNRESET", text: "" });
    emulator.faultNext({ kind: "reset", frame: 2 });
    const after = await raw(`${path}-stream`);
    expect(after.ended).toBe("ECONNRESET");
    expect(after.text.match(/:event-type/g)).toHaveLength(2);
  });

  it("ends properly after a cut between frames, and improperly where it is to be closed", async () => {
    emulator.faultNext({ kind: "cut", frame: 2 });
    const proper = dechunked((await raw(`${path}-stream`)).bytes);
    expect(proper.isWhole).toBe(true);
    const codec = new EventStreamCodec(toUtf8, fromUtf8);
    const first = proper.body.readUInt32BE(0);
    const types = [proper.body.subarray(0, first), proper.body.subarray(first)].map(
      (frame) => codec.decode(frame).headers[":event-type"]?.value,
    );
    expect(types[0]).toBe("messageStart");
    expect(types[1]).toMatch(/^contentBlock/);
    emulator.faultNext({ kind: "cut", frame: 2, end: "close" });
    const broken = await raw(`${path}-stream`);
    expect(broken.ended).toBe("end");
    expect(dechunked(broken.bytes).isWhole).toBe(false);
  });

  it.each([{ kind: "cut", bytes: 1_000_000 } as const, { kind: "reset", frame: 1 } as const])(
    "never lets a whole answer pass under %j",
    async (fault) => {
      emulator.faultNext(fault);
      const answer = await raw(path);
      const [head, text = ""] = answer.text.split("\r\n\r\n");
      expect(head).toContain("HTTP/1.1 200");
      expect(Number(/Content-Length: (\d+)/.exec(head!)![1])).toBeGreaterThan(text.length);
    },
  );

  it("breaks off a whole answer before its announced end", async () => {
    emulator.faultNext({ kind: "cut", bytes: 10 });
    const answer = await raw(path);
    const [head, text] = answer.text.split("\r\n\r\n");
    expect(text).toHaveLength(10);
    expect(Number(/Content-Length: (\d+)/.exec(head!)![1])).toBeGreaterThan(10);
    expect(answer.ended).toBe("end");
  });
});

describe("the pace", () => {
  it("drips, without losing a byte", async () => {
    emulator.faultNext({ kind: "drip", bytes: 40, everyMs: 10 });
    const started = performance.now();
    const { text } = await raw(path);
    const [head, content] = text.split("\r\n\r\n");
    const length = Number(/Content-Length: (\d+)/.exec(head!)![1]);
    expect(content).toHaveLength(length);
    expect(performance.now() - started).toBeGreaterThanOrEqual(Math.floor(length / 40) * 9);
    emulator.faultNext({ kind: "drip", bytes: 7, everyMs: 1 });
    expect((await streamOf()).events.at(-1)).toBe("metadata");
  });

  it("waits before the answer", async () => {
    emulator.faultNext({ kind: "delay", ms: 150 });
    const started = performance.now();
    const { times } = await raw(path);
    expect(times[0]! - started).toBeGreaterThanOrEqual(145);
  });

  it("falls silent after a frame and goes on", async () => {
    emulator.faultNext({ kind: "silence", frame: 1, ms: 150 });
    const { times, bytes } = await raw(`${path}-stream`);
    expect(dechunked(bytes).isWhole).toBe(true);
    const gaps = times.slice(1).map((time, index) => time - times[index]!);
    // A busy machine reads the first bytes late, which shortens the gap; without the silence there is none to speak of.
    expect(Math.max(...gaps)).toBeGreaterThanOrEqual(75);
  });

  it("goes together with an end", async () => {
    emulator.faultNext({ kind: "delay", ms: 60 });
    emulator.faultNext({ kind: "reset" });
    const started = performance.now();
    expect((await raw(path)).ended).toBe("ECONNRESET");
    expect(performance.now() - started).toBeGreaterThanOrEqual(55);
    expect(emulator.requests[0]!.faults).toEqual(["delay", "reset"]);
  });
});

describe("the clock", () => {
  it("shows in Date and judges the signature", async () => {
    emulator.faultNext({ kind: "clock", offsetMs: -600_000 });
    const answer = await sendRaw(emulator.url, signed());
    expect(answer.status).toBe(403);
    expect(answer.json["message"]).toMatch(/^Signature not yet current: /);
    expect(Date.parse(answer.headers["date"]!) - Date.now()).toBeLessThan(-590_000);
    expect(emulator.requests[0]!.faults).toEqual(["clock"]);
    expect((await sendRaw(emulator.url, signed())).status).toBe(200);
  });
});

describe("the header x-emulator-fault", () => {
  it("is for its request alone", async () => {
    const refused = await sendRaw(emulator.url, signed(path, { "x-emulator-fault": "throttling" }));
    expect(refused.status).toBe(429);
    expect((await sendRaw(emulator.url, signed())).status).toBe(200);
  });

  it("may be used up: the next try with the same header is served", async () => {
    const header = { "x-emulator-fault": JSON.stringify({ kind: "refuse", type: "ThrottlingException", times: 1 }) };
    expect((await sendRaw(emulator.url, signed(path, header))).status).toBe(429);
    expect((await sendRaw(emulator.url, signed(path, header))).status).toBe(200);
  });

  it("is refused where it is none, with what is wrong in it", async () => {
    const answer = await sendRaw(emulator.url, signed(path, { "x-emulator-fault": '{"kind":"cut","frame":"x"}' }));
    expect(answer).toMatchObject({
      status: 400,
      json: { message: "x-emulator-fault.frame must be a whole number, 0 or more." },
    });
  });
});

describe("a scenario", () => {
  it("goes on until its times are used up", async () => {
    await emulator.close();
    const faults: Fault[] = [
      { kind: "refuse", type: "ThrottlingException", operation: "Converse", times: 2 },
      { kind: "refuse", type: "ModelNotReadyException", model: "*claude*", times: 1 },
    ];
    emulator = await startEmulator({ scenario: parseScenario(JSON.stringify({ faults })) });
    const statuses: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      statuses.push(
        await converse().then(
          () => "ok",
          (error: Error) => error.name,
        ),
      );
    }
    expect(statuses).toEqual(["ThrottlingException", "ThrottlingException", "ModelNotReadyException", "ok"]);
  });

  it("shows a re-signed attempt with a date of its own", async () => {
    let now = Date.now();
    emulator.setClock(() => now);
    emulator.faultNext({ kind: "refuse", type: "ThrottlingException" });
    const clock = () => ({ systemClockOffset: now - Date.now() });
    expect(await failureOf(converse(clock()))).toMatchObject({ name: "ThrottlingException" });
    now += 360_000;
    expect((await converse(clock())).stopReason).toBeDefined();
    const [first, second] = emulator.requests.map(({ headers }) => headers["x-amz-date"]);
    expect(first).not.toBe(second);
    expect(emulator.requests.map(({ verdict }) => verdict)).toEqual(["sigv4 ok", "sigv4 ok"]);
  });
});
