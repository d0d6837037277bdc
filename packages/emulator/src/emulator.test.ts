import { connect as http2Connect, type ClientHttp2Session } from "node:http2";
import { Agent, request as httpRequest } from "node:http";
import { connect, type Socket } from "node:net";
import {
  BedrockClient,
  GetFoundationModelCommand,
  GetInferenceProfileCommand,
  ListFoundationModelsCommand,
  ListInferenceProfilesCommand,
  type ListFoundationModelsCommandInput,
  type ListInferenceProfilesCommandInput,
} from "@aws-sdk/client-bedrock";
import { ConverseCommand, ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { exampleApiKey, exampleCredential, startEmulator, type Emulator } from "./index.ts";
import { claude, failureOf, protocols, question, runtimeClient } from "./testing/clients.ts";
import { dateOf, handSigned, sendRaw, shortTermKey } from "./testing/hand-signer.ts";

let emulator: Emulator;

beforeEach(async () => {
  emulator = await startEmulator();
});

afterEach(async () => {
  await emulator.close();
});

const body = JSON.stringify({ messages: question.messages });
const path = `/model/${encodeURIComponent(claude)}/converse`;

function signed(over: { path?: string; body?: string; headers?: Record<string, string>; method?: string } = {}) {
  const request = { method: "POST", path, body, ...over };
  const headers = { host: new URL(emulator.url).host, "content-type": "application/json", ...over.headers };
  return {
    ...request,
    headers: handSigned({ ...request, headers, date: dateOf(Date.now()), credential: emulator.credential }),
  };
}

describe.each(protocols)("AWS's own client over %s", (protocol) => {
  it("gets a whole answer, signed with the default pair", async () => {
    const answer = await runtimeClient(emulator, protocol).send(new ConverseCommand(question));
    expect(answer.output?.message?.role).toBe("assistant");
    expect(answer.usage?.totalTokens).toBe((answer.usage?.inputTokens ?? 0) + (answer.usage?.outputTokens ?? 0));
    expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(emulator.requests).toHaveLength(1);
    expect(emulator.requests[0]).toMatchObject({
      method: "POST",
      path,
      operation: "Converse",
      modelId: claude,
      status: 200,
      accessKeyId: exampleCredential.accessKeyId,
      region: "us-east-1",
      verdict: "sigv4 ok",
      faults: [],
    });
    expect(JSON.parse(emulator.requests[0]!.body.toString())).toEqual({ messages: question.messages });
    const host = emulator.requests[0]!.headers[protocol === "HTTP/2" ? ":authority" : "host"];
    expect(host).toBe(new URL(emulator.url).host);
  });

  it("gets a stream with every event in its place", async () => {
    const answer = await runtimeClient(emulator, protocol).send(new ConverseStreamCommand(question));
    const names: string[] = [];
    for await (const event of answer.stream!) {
      names.push(Object.keys(event)[0]!);
    }
    expect(names[0]).toBe("messageStart");
    expect(names.slice(-2)).toEqual(["messageStop", "metadata"]);
    expect(names).toContain("contentBlockDelta");
  });

  it("is known by an ARN, a session token and a Bedrock API key", async () => {
    const modelId = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/mi1dadi0g15f";
    const session = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "s", sessionToken: "t/o=ken" };
    emulator.addCredential(session);
    await runtimeClient(emulator, protocol, { credentials: session }).send(new ConverseCommand(question));
    expect(emulator.requests.at(-1)).toMatchObject({
      accessKeyId: "ASIAEXAMPLE",
      sessionToken: "t/o=ken",
      status: 200,
    });
    await runtimeClient(emulator, protocol).send(new ConverseCommand({ ...question, modelId }));
    expect(emulator.requests.at(-1)).toMatchObject({ modelId, verdict: "sigv4 ok" });
    for (const token of [
      exampleApiKey,
      shortTermKey({ credential: exampleCredential, date: dateOf(Date.now()), seconds: 600 }),
    ]) {
      const config = { token: { token }, authSchemePreference: ["httpBearerAuth"] };
      await runtimeClient(emulator, protocol, config).send(new ConverseCommand(question));
      expect(emulator.requests.at(-1)).toMatchObject({ bearer: true, verdict: "bearer ok", status: 200 });
    }
  });

  it("is refused as AWS refuses", async () => {
    const refused = async (config: object) =>
      failureOf(runtimeClient(emulator, protocol, config).send(new ConverseCommand(question)));
    expect(await refused({ credentials: { accessKeyId: "AKIAUNKNOWN", secretAccessKey: "x" } })).toMatchObject({
      name: "UnrecognizedClientException",
      message: "The security token included in the request is invalid.",
      $metadata: { httpStatusCode: 403, attempts: 1 },
    });
    expect(await refused({ credentials: { ...exampleCredential, secretAccessKey: "wrong" } })).toMatchObject({
      name: "InvalidSignatureException",
      $metadata: { httpStatusCode: 403 },
    });
    emulator.addCredential({
      accessKeyId: "ASIAOLD",
      secretAccessKey: "x",
      sessionToken: "t",
      expiresAt: Date.now() - 1,
    });
    expect(
      await refused({ credentials: { accessKeyId: "ASIAOLD", secretAccessKey: "x", sessionToken: "t" } }),
    ).toMatchObject({ name: "ExpiredTokenException", $metadata: { httpStatusCode: 403 } });
    expect(await refused({ token: { token: "ABSKwrong" }, authSchemePreference: ["httpBearerAuth"] })).toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
    expect(emulator.requests.map(({ verdict }) => verdict.split(":")[0])).toEqual([
      "UnrecognizedClientException",
      "InvalidSignatureException",
      "ExpiredTokenException",
      "refused",
    ]);
  });

  it("is served in parallel on connections that are kept", async () => {
    const client = runtimeClient(emulator, protocol);
    const answers = await Promise.all(Array.from({ length: 40 }, () => client.send(new ConverseCommand(question))));
    expect(new Set(answers.map((answer) => answer.$metadata.requestId)).size).toBe(40);
    expect(emulator.requests.every(({ verdict, status }) => verdict === "sigv4 ok" && status === 200)).toBe(true);
  });
});

describe("a clock that is off", () => {
  it("is learned by AWS's client from the Date of the refusal, which tries again", async () => {
    emulator.setClock(() => Date.now() + 600_000);
    const client = runtimeClient(emulator, "HTTP/1.1", { maxAttempts: 3 });
    const answer = await client.send(new ConverseCommand(question));
    expect(answer.$metadata.attempts).toBe(2);
    expect(emulator.requests.map(({ status }) => status)).toEqual([403, 200]);
    expect(emulator.requests[0]!.verdict).toMatch(/^InvalidSignatureException: Signature expired: /);
    expect(emulator.requests[0]!.headers["x-amz-date"]).not.toBe(emulator.requests[1]!.headers["x-amz-date"]);
  });

  it("is not suspected where the Date is truthful", async () => {
    const credentials = { ...exampleCredential, secretAccessKey: "wrong" };
    const client = runtimeClient(emulator, "HTTP/1.1", { maxAttempts: 3, credentials });
    const failure = await failureOf(client.send(new ConverseCommand(question)));
    expect(failure.$metadata?.attempts).toBe(1);
  });
});

describe("the machine's clock", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is asked anew each time: a test may hold it while the emulator runs", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2031, 4, 6) });
    const answer = await sendRaw(emulator.url, signed());
    expect(answer.status).toBe(200);
    expect(answer.headers["date"]).toBe("Tue, 06 May 2031 00:00:00 GMT");
    expect(emulator.requests[0]!.at).toBe(Date.UTC(2031, 4, 6));
  });
});

describe("the wire", () => {
  it("answers with AWS's headers, and no body of its own on errors", async () => {
    const answer = await sendRaw(emulator.url, signed());
    expect(answer.status).toBe(200);
    const names = answer.rawHeaders.filter((_, index) => index % 2 === 0);
    expect(names).toEqual(expect.arrayContaining(["Date", "Content-Type", "Content-Length", "x-amzn-RequestId"]));
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(Math.abs(Date.parse(answer.headers["date"]!) - Date.now())).toBeLessThan(5_000);
    expect(answer.headers["server"]).toBeUndefined();
  });

  it("names its errors as recorded answers do", async () => {
    const refused = await sendRaw(emulator.url, { path, body, headers: { host: new URL(emulator.url).host } });
    expect(refused).toMatchObject({ status: 403, json: { message: "Missing Authentication Token" } });
    const wrong = signed();
    wrong.headers["authorization"] = wrong.headers["authorization"]!.replace(/Signature=.*/, "Signature=0");
    expect((await sendRaw(emulator.url, wrong)).headers["x-amzn-errortype"]).toBe(
      "InvalidSignatureException:http://internal.amazon.com/coral/com.amazon.coral.service/",
    );
    const bearer = await sendRaw(emulator.url, { path, body, headers: { authorization: "Bearer wrong" } });
    expect(bearer).toMatchObject({
      status: 403,
      json: { Message: "Authentication failed: Please make sure your API Key is valid." },
    });
    const text = await sendRaw(emulator.url, signed({ body: "{not json" }));
    expect(text.status).toBe(400);
    expect(text.headers["x-amzn-errortype"]).toMatch(/^SerializationException:/);
  });

  it.each([
    ["an ARN whose slash is not encoded", "POST", "/model/arn:aws:bedrock:us-east-1:1:inference-profile/x/converse"],
    ["a path of nobody's", "POST", "/nowhere"],
    ["a wrong verb", "GET", path],
    ["a path that is no encoding", "POST", "/model/%zz/converse"],
    ["the bidirectional stream", "POST", "/model/amazon.nova-sonic-v1%3A0/invoke-with-bidirectional-stream"],
    ["a call of Agents", "POST", "/agents/AAAAAAAAAA/agentAliases/BBBBBBBBBB/sessions/s/text"],
    ["a call of Data Automation", "POST", "/data-automation-projects"],
    ["an asynchronous call", "POST", "/async-invoke"],
    ["STS without an action", "POST", "/"],
  ])("answers %s with a 200 that names an unknown operation", async (_what, method, wirePath) => {
    const answer = await sendRaw(emulator.url, signed({ method, path: wirePath, body: method === "GET" ? "" : body }));
    expect(answer).toMatchObject({
      status: 200,
      json: { Output: { __type: "com.amazon.coral.service#UnknownOperationException" }, Version: "1.0" },
    });
  });

  it("pads every event of a stream with a beginning of the alphabet", async () => {
    const answer = await sendRaw(emulator.url, signed({ path: `${path}-stream` }));
    expect(answer.headers).toMatchObject({
      "content-type": "application/vnd.amazon.eventstream",
      "transfer-encoding": "chunked",
    });
    const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    const padding = [...answer.text.matchAll(/"p":"(\w+)"/g)].map((match) => match[1]!);
    expect(padding).toHaveLength([...answer.text.matchAll(/:event-type/g)].length);
    expect(padding.every((text) => alphabet.startsWith(text))).toBe(true);
  });

  it("cuts streams anywhere: frames over several writes, and several frames in one", async () => {
    const sizes: number[] = [];
    const raw = signed({ path: `${path}-stream` });
    for (let round = 0; round < 20 && new Set(sizes).size < 8; round += 1) {
      await new Promise<void>((resolve) => {
        const { hostname, port } = new URL(emulator.url);
        const sent = httpRequest(
          { hostname, port, method: "POST", path: raw.path, headers: raw.headers },
          (response) => {
            response.on("data", (chunk: Buffer) => sizes.push(chunk.length));
            response.on("end", resolve);
          },
        );
        sent.end(raw.body);
      });
    }
    expect(new Set(sizes).size).toBeGreaterThanOrEqual(8);
  });

  it("tells what Nova finds wrong in a picture inside the stream, as recorded", async () => {
    const bytes = Buffer.from("these bytes are not a PNG image").toString("base64");
    const picture = [{ text: "Look" }, { image: { format: "png", source: { bytes } } }];
    const request = {
      path: "/model/amazon.nova-lite-v1%3A0/converse-stream",
      body: JSON.stringify({ messages: [{ role: "user", content: picture }] }),
    };
    const answer = await sendRaw(emulator.url, signed(request));
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/vnd.amazon.eventstream");
    expect(answer.text).toContain(":exception-type");
    expect(answer.text).toContain("validationException");
    const whole = await sendRaw(emulator.url, signed({ ...request, path: request.path.replace("-stream", "") }));
    expect(whole.status).toBe(400);
    expect(whole.headers["x-amzn-errortype"]).toMatch(/^ValidationException:/);
  });

  it("takes a body that the service model allows and answers 413 to a larger one", async () => {
    const large = signed({ body: " ".repeat(25_000_001) });
    expect((await sendRaw(emulator.url, large)).status).toBe(413);
    expect((await sendRaw(emulator.url, signed({ body: `${body}${" ".repeat(1_000_000)}` }))).status).toBe(200);
  });

  it("waits for the first three bytes of a connection before it decides on a protocol", async () => {
    const socket = connect(emulator.port, "127.0.0.1");
    const heard = text(socket);
    for (const piece of [
      "P",
      "O",
      "ST /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
    ]) {
      socket.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(await heard).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    const session = http2Connect(emulator.url, {
      createConnection: () => {
        const inner = connect(emulator.port, "127.0.0.1");
        const write = inner.write.bind(inner);
        inner.write = (bytes: Buffer | string, ...rest: []) => {
          inner.write = write;
          const all = Buffer.from(bytes as string);
          inner.write(all.subarray(0, 1));
          return inner.write(all.subarray(1), ...rest);
        };
        return inner;
      },
    });
    expect(await http2Status(session, "/nowhere")).toBe(200);
    session.destroy();
  });

  it("keeps a connection over many requests", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number>();
    for (let round = 0; round < 3; round += 1) {
      const raw = signed();
      await new Promise<void>((resolve) => {
        const { hostname, port } = new URL(emulator.url);
        const sent = httpRequest({ hostname, port, agent, method: "POST", path, headers: raw.headers }, (response) => {
          ports.add(response.socket.localPort!);
          response.resume().on("end", resolve);
        });
        sent.end(raw.body);
      });
    }
    agent.destroy();
    expect(ports.size).toBe(1);
  });
});

function text(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("close", () => resolve(Buffer.concat(chunks).toString()));
    socket.on("error", () => {});
  });
}

function http2Status(session: ClientHttp2Session, wirePath: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ":method": "POST", ":path": wirePath }, { endStream: true });
    stream.on("response", (headers) => resolve(headers[":status"]));
    stream.on("error", reject);
    stream.resume();
  });
}

describe("the control plane", () => {
  const client = () =>
    new BedrockClient({
      endpoint: emulator.url,
      region: "us-east-1",
      credentials: emulator.credential,
      maxAttempts: 1,
    });

  it("asks for a signature", async () => {
    const answer = await sendRaw(emulator.url, { method: "GET", path: "/foundation-models" });
    expect(answer).toMatchObject({ status: 403, json: { message: "Missing Authentication Token" } });
  });

  it("lists models, filtered as asked", async () => {
    const all = (await client().send(new ListFoundationModelsCommand({}))).modelSummaries!;
    expect(all.length).toBeGreaterThan(20);
    const by = async (input: ListFoundationModelsCommandInput) =>
      (await client().send(new ListFoundationModelsCommand(input))).modelSummaries!;
    const anthropic = await by({ byProvider: "anthropic" });
    expect(anthropic.length).toBeGreaterThan(0);
    expect(anthropic).toEqual(all.filter(({ providerName }) => providerName === "Anthropic"));
    const onDemand = await by({ byInferenceType: "ON_DEMAND", byOutputModality: "EMBEDDING" });
    expect(onDemand.length).toBeGreaterThan(0);
    expect(onDemand.every(({ outputModalities }) => outputModalities?.includes("EMBEDDING"))).toBe(true);
    const [first] = anthropic;
    const { modelDetails } = await client().send(new GetFoundationModelCommand({ modelIdentifier: first!.modelId }));
    expect(modelDetails).toEqual(first);
    expect(
      await failureOf(client().send(new GetFoundationModelCommand({ modelIdentifier: "nobody.model-v1:0" }))),
    ).toMatchObject({ name: "ValidationException", message: "The provided model identifier is invalid." });
  });

  it("lists inference profiles page by page, and gets one", async () => {
    const list = (input: ListInferenceProfilesCommandInput) => client().send(new ListInferenceProfilesCommand(input));
    const all = (await list({})).inferenceProfileSummaries!;
    const pages: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page = await list({ maxResults: 7, nextToken });
      expect(page.inferenceProfileSummaries!.length).toBeLessThanOrEqual(7);
      pages.push(...page.inferenceProfileSummaries!.map(({ inferenceProfileId }) => inferenceProfileId));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(pages).toEqual(all.map(({ inferenceProfileId }) => inferenceProfileId));
    expect((await list({ typeEquals: "APPLICATION" })).inferenceProfileSummaries).toEqual([]);
    expect(await failureOf(list({ maxResults: 1_001 }))).toMatchObject({ name: "ValidationException" });
    expect(await failureOf(list({ nextToken: "made-up" }))).toMatchObject({ name: "ValidationException" });
    const got = await client().send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: claude }));
    expect(got).toMatchObject({ inferenceProfileId: claude, status: "ACTIVE", type: "SYSTEM_DEFINED" });
    expect(got.models!.length).toBeGreaterThan(0);
  });

  it("refuses what the service model does not allow, and names what is missing", async () => {
    expect(
      await failureOf(client().send(new ListFoundationModelsCommand({ byInferenceType: "NEVER" as "ON_DEMAND" }))),
    ).toMatchObject({
      name: "ValidationException",
      message:
        "1 validation error detected: Value 'NEVER' at 'byInferenceType' failed to satisfy constraint: Member must satisfy enum value set: [ON_DEMAND, PROVISIONED]",
    });
    expect(
      await failureOf(client().send(new GetInferenceProfileCommand({ inferenceProfileIdentifier: "us.none" }))),
    ).toMatchObject({ name: "ResourceNotFoundException", $metadata: { httpStatusCode: 404 } });
  });
});

describe("a caller that leaves", () => {
  let lines: string[];

  beforeEach(async () => {
    await emulator.close();
    // What comes late of the test before is not this one's.
    const own: string[] = [];
    lines = own;
    // A line is written when an exchange is over: without it, something still waits for the caller.
    emulator = await startEmulator({ log: (line) => own.push(line) });
  });

  it("in the middle of a stream over HTTP/1.1 ends the exchange at once", async () => {
    emulator.faultNext({ kind: "silence", frame: 1 });
    const client = runtimeClient(emulator, "HTTP/1.1");
    const answer = await client.send(new ConverseStreamCommand(question));
    const events = answer.stream![Symbol.asyncIterator]();
    expect(await events.next()).toMatchObject({ value: { messageStart: { role: "assistant" } } });
    expect(lines).toHaveLength(0);
    client.destroy();
    // Without a rejection of its own the reader would wait for ever.
    void Promise.resolve(events.next()).catch(() => {});
    await expect.poll(() => lines.length).toBe(1);
  });

  it("in the middle of a stream over HTTP/2 ends that exchange, and the connection goes on", async () => {
    emulator.faultNext({ kind: "silence", frame: 1 });
    const session = http2Connect(emulator.url);
    const { headers, body: content } = signed({ path: `${path}-stream` });
    const stream = session.request({ ":method": "POST", ":path": `${path}-stream`, ...headers });
    stream.on("error", () => {});
    stream.end(content);
    let seen = "";
    stream.on("data", (chunk: Buffer) => (seen += chunk.toString("latin1")));
    await expect.poll(() => seen).toContain("messageStart");
    expect(lines).toHaveLength(0);
    stream.close(8);
    await expect.poll(() => lines.length).toBe(1);
    expect(await http2Status(session, "/nowhere")).toBe(200);
    session.destroy();
  });

  it("before the answer ends the exchange at once", async () => {
    emulator.faultNext({ kind: "silence" });
    const { path: wirePath, headers, body: content } = signed();
    const { hostname, port } = new URL(emulator.url);
    const sent = httpRequest({ hostname, port, agent: false, method: "POST", path: wirePath, headers });
    sent.on("error", () => {});
    sent.end(content);
    await expect.poll(() => emulator.requests.length).toBe(1);
    expect(lines).toHaveLength(0);
    sent.destroy();
    await expect.poll(() => lines.length).toBe(1);
  });

  it("while its body is read is noted, and the next is served", async () => {
    const socket = connect(emulator.port, "127.0.0.1");
    socket.write(`POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.destroy();
    await expect.poll(() => lines.length).toBe(1);
    expect(lines[0]).toContain("broke off");
    expect((await sendRaw(emulator.url, signed())).status).toBe(200);
  });
});

describe("the log of requests", () => {
  it("is cleared on demand, and stays the same list", async () => {
    const { requests } = emulator;
    await sendRaw(emulator.url, signed());
    expect(requests).toHaveLength(1);
    emulator.clearRequests();
    expect(requests).toHaveLength(0);
  });

  it("writes lines without secrets", async () => {
    await emulator.close();
    const lines: string[] = [];
    emulator = await startEmulator({ log: (line) => lines.push(line) });
    await sendRaw(emulator.url, signed());
    await sendRaw(emulator.url, { path, body, headers: { authorization: `Bearer ${exampleApiKey}` } });
    await expect.poll(() => lines.length).toBe(2);
    expect(lines[0]).toContain("200 · Converse · sigv4 ok · key AKIAIOSFODNN7EXAMPLE");
    expect(lines.join("\n")).not.toContain(exampleApiKey);
    expect(lines.join("\n")).not.toContain(exampleCredential.secretAccessKey);
  });
});

describe("what no client sends", () => {
  it.each(["[".repeat(200_000), "[".repeat(200_000) + "]".repeat(200_000), "null", '"', "\u0000", '{"messages":7}'])(
    "is a 400, never a 500 (%#)",
    async (content) => {
      expect((await sendRaw(emulator.url, signed({ body: content }))).status).toBe(400);
    },
  );
});

describe("the port", () => {
  it("is said where it is taken", async () => {
    await expect(startEmulator({ port: emulator.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  it("is free again when the emulator is closed, with connections open", async () => {
    const socket = connect(emulator.port, "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await emulator.close();
    await closed;
    emulator = await startEmulator({ port: emulator.port });
    expect((await sendRaw(emulator.url, signed())).status).toBe(200);
  });
});

describe("what is no fault, quota or option", () => {
  it("is refused, and nothing is asked for; a short name is a fault", () => {
    expect(() => emulator.faultNext("throtling" as never)).toThrow(
      /^fault: "throtling" is no fault\. Known: throttling/,
    );
    expect(() => emulator.faultNext({ kind: "refus" } as never)).toThrow(/^fault\.kind must be one of refuse/);
    expect(() => emulator.faultNext({ kind: "refuse" } as never)).toThrow(/^fault\.type is missing/);
    expect(() => emulator.faultNext("access-denied", Number.NaN)).toThrow(/^count must be a whole number, 1 or more/);
    expect(() => emulator.faultNext("access-denied", 0)).toThrow(/^count must be/);
    expect(() => emulator.setClock(Date.now() as never)).toThrow(/^The emulator's clock must be a function/);
    emulator.faultNext("access-denied");
    return expect(failureOf(runtimeClient(emulator).send(new ConverseCommand(question)))).resolves.toMatchObject({
      name: "AccessDeniedException",
    });
  });

  it.each([
    [{ prot: 8788 }, /^startEmulator has no option "prot"\. It has host, port/],
    [{ quotas: [{ requestPerMinute: 1 }] }, /^quotas\[0\]\.requestPerMinute is no field of a quota/],
    [{ scenario: { faults: ["thunder"] } }, /^faults\[0\]: "thunder" is no fault/],
    [{ scenario: '{"faults":[]}' }, /^The scenario must be an object/],
    [{ clock: Date.UTC(2026, 0, 2) }, /^The emulator's clock must be a function/],
  ])("keeps an emulator from starting: %j", async (options, words) => {
    await expect(startEmulator(options as never)).rejects.toThrow(words);
  });
});
