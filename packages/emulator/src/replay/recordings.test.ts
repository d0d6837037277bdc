import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exampleApiKey, RecordingError, startEmulator, type Emulator } from "../index.ts";
import { eventFrame } from "../frames/encode.ts";
import { dateOf, handSigned } from "../testing/hand-signer.ts";
import { request as httpRequest } from "node:http";

interface Recorded {
  id: string;
  operation: string;
  model_id: string;
  provenance: string;
  request: { method: string; path: string; body?: unknown };
  response: { status: number; headers: Record<string, string>; body_json?: unknown; body_base64?: string };
}

/** Folder of recorded exchanges: `ADIT_RECORDINGS`, else beside the repository; undefined where there is none. */
function recordingsFolder(): string | undefined {
  const folder =
    process.env["ADIT_RECORDINGS"] ?? path.resolve(import.meta.dirname, "../../../../../shared/recordings");
  return existsSync(path.join(folder, "INDEX.tsv")) ? folder : undefined;
}

let emulator: Emulator;

afterEach(async () => {
  await emulator.close();
});

/** Recordings of these are sent to the path that they were recorded at, with an API key; the others to the path of their model, signed. */
function hasOwnPath(operation: string): boolean {
  return operation === "ApplyGuardrail" || operation.startsWith("Mantle");
}

function targetOf(recorded: Sent, suffix: string): { method: string; wirePath: string } {
  const { operation, model_id: id, request } = recorded;
  if (hasOwnPath(operation)) return { method: request?.method ?? "POST", wirePath: request?.path ?? "/" };
  return operation === "GetInferenceProfile"
    ? { method: "GET", wirePath: `/inference-profiles/${encodeURIComponent(id)}` }
    : { method: "POST", wirePath: `/model/${encodeURIComponent(id)}/${suffix}` };
}

type Sent = Pick<Recorded, "model_id" | "operation"> & Partial<Pick<Recorded, "request">>;

async function send(recorded: Sent, suffix: string, body: string) {
  const { method, wirePath } = targetOf(recorded, suffix);
  const host = new URL(emulator.url).host;
  const date = dateOf(Date.now());
  const headers = hasOwnPath(recorded.operation)
    ? { authorization: `Bearer ${exampleApiKey}` }
    : handSigned({ method, path: wirePath, body, headers: { host }, date, credential: emulator.credential });
  const { hostname, port } = new URL(emulator.url);
  return new Promise<{ status: number; headers: Record<string, unknown>; bytes: Buffer }>((resolve, reject) => {
    const sent = httpRequest({ hostname, port, method, path: wirePath, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const suffixes: Record<string, string> = {
  Converse: "converse",
  ConverseStream: "converse-stream",
  InvokeModel: "invoke",
  InvokeModelWithResponseStream: "invoke-with-response-stream",
  CountTokens: "count-tokens",
  GetInferenceProfile: "",
  ApplyGuardrail: "",
  MantleChatCompletions: "",
  MantleListModels: "",
  MantleResponses: "",
};

/** The same JSON with keys in another order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(reversed);
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([name, inner]) => [name, reversed(inner)]),
      )
    : value;
}

describe("a folder of recordings", () => {
  let folder: string;
  const stream = Buffer.concat([
    eventFrame("messageStart", { p: "abc", role: "assistant" }),
    eventFrame("messageStop", { p: "a", stopReason: "end_turn" }),
  ]);

  function write(name: string, operation: string, over: { status?: number; text?: string; body?: unknown }) {
    mkdirSync(path.join(folder, operation), { recursive: true });
    const { status = 200, text = "", body = { messages: [{ a: 1, b: [2] }] } } = over;
    const response =
      operation === "ConverseStream"
        ? {
            status,
            headers: { "content-type": "application/vnd.amazon.eventstream" },
            body_base64: stream.toString("base64"),
          }
        : {
            status,
            headers: { "content-type": "application/json", "content-length": "999", "x-amzn-requestid": "recorded-id" },
            body_json: { text },
          };
    const request = { method: "POST", path: "/", body };
    const recording = { id: name, operation, model_id: "a.b:0", provenance: "recorded", request, response };
    writeFileSync(path.join(folder, operation, `${name}.json`), JSON.stringify(recording));
  }

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "recordings-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("answers equal JSON, however its keys are ordered, and nothing else", async () => {
    write("one", "Converse", { text: "as recorded" });
    emulator = await startEmulator({ recordings: folder });
    const asked = { operation: "Converse", model_id: "a.b:0" };
    const answer = await send(asked, "converse", '{ "messages": [ {"b":[2], "a":1} ] }');
    expect(answer).toMatchObject({ status: 200, headers: { "x-amzn-requestid": "recorded-id" } });
    expect(answer.headers["content-length"]).toBe(String(answer.bytes.length));
    expect(JSON.parse(answer.bytes.toString())).toEqual({ text: "as recorded" });
    for (const [other, body] of [
      [asked, '{"messages":[{"a":1,"b":[3]}]}'],
      [{ ...asked, model_id: "a.c:0" }, '{"messages":[{"a":1,"b":[2]}]}'],
    ] as const) {
      const made = await send(other, "converse", body);
      expect(made.headers["x-amzn-requestid"]).not.toBe("recorded-id");
    }
  });

  it("looks for no body that is nested beyond reason", async () => {
    write("one", "Converse", {});
    emulator = await startEmulator({ recordings: folder });
    const deep = `{"messages":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    expect((await send({ operation: "Converse", model_id: "a.b:0" }, "converse", deep)).status).toBe(400);
  });

  it("needs no word on its provenance, and is not replayed where it was not recorded", async () => {
    write("one", "Converse", { text: "as recorded" });
    write("two", "InvokeModel", {});
    for (const [name, provenance] of [
      ["Converse/one.json", undefined],
      ["InvokeModel/two.json", "written"],
    ] as const) {
      const file = path.join(folder, name);
      writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), provenance }));
    }
    emulator = await startEmulator({ recordings: folder });
    const body = '{"messages":[{"a":1,"b":[2]}]}';
    const one = await send({ operation: "Converse", model_id: "a.b:0" }, "converse", body);
    const two = await send({ operation: "InvokeModel", model_id: "a.b:0" }, "invoke", body);
    const isRecorded = [one, two].map(({ headers }) => headers["x-amzn-requestid"] === "recorded-id");
    expect(isRecorded).toEqual([true, false]);
  });

  it("prefers an answer that succeeded", async () => {
    write("1", "Converse", { status: 403, text: "refused" });
    write("2", "Converse", { text: "first" });
    write("3", "Converse", { text: "second" });
    emulator = await startEmulator({ recordings: folder });
    const asked = { operation: "Converse", model_id: "a.b:0" };
    const answer = await send(asked, "converse", '{"messages":[{"a":1,"b":[2]}]}');
    expect(JSON.parse(answer.bytes.toString())).toEqual({ text: "first" });
  });

  it("encodes frames anew, and faults apply to them", async () => {
    write("one", "ConverseStream", {});
    emulator = await startEmulator({ recordings: folder });
    const asked = { operation: "ConverseStream", model_id: "a.b:0" };
    const body = '{"messages":[{"a":1,"b":[2]}]}';
    expect((await send(asked, "converse-stream", body)).bytes).toEqual(stream);
    emulator.faultNext({ kind: "cut", frame: 1 });
    const cut = await send(asked, "converse-stream", body);
    expect(cut.bytes).toEqual(stream.subarray(0, stream.readUInt32BE(0)));
  });

  it("is said where it cannot be read", async () => {
    write("one", "Converse", {});
    const two = path.join(folder, "Converse", "two.json");
    writeFileSync(two, "{}");
    await expect(startEmulator({ recordings: folder })).rejects.toThrow(
      /two\.json is no recorded exchange: its operation/,
    );
    writeFileSync(two, "null");
    await expect(startEmulator({ recordings: folder })).rejects.toThrow(/two\.json is no recorded exchange/);
    writeFileSync(two, "{");
    await expect(startEmulator({ recordings: folder })).rejects.toThrow(/two\.json is not JSON/);
    const whole = JSON.parse(readFileSync(path.join(folder, "Converse", "one.json"), "utf8")) as { response: object };
    for (const [answer, words] of [
      [{ status: 200, headers: {} }, /two\.json is no recorded exchange: its answer cannot be sent: it has no body/],
      [{ status: 2000 }, /its status is 2000/],
      [{ headers: { "a b": "c" } }, /its answer cannot be sent: Header name/],
      [
        { headers: { "Content-Type": "application/vnd.amazon.eventstream" }, body_base64: "AAAA" },
        /its answer cannot be sent/,
      ],
    ] as const) {
      const response = "headers" in answer && "status" in answer ? answer : { ...whole.response, ...answer };
      writeFileSync(two, JSON.stringify({ ...whole, response }));
      await expect(startEmulator({ recordings: folder })).rejects.toThrow(words);
    }
    await expect(startEmulator({ recordings: path.join(folder, "Converse") })).rejects.toThrow(RecordingError);
    await expect(startEmulator({ recordings: path.join(folder, "none") })).rejects.toThrow(/ENOENT/);
    emulator = await startEmulator();
  });
});

const folder = recordingsFolder();

describe.skipIf(folder === undefined)("AWS's recorded traffic", () => {
  it("is replayed: status, body and every byte of a stream", async () => {
    emulator = await startEmulator({ recordings: folder! });
    const byKey = new Map<string, Recorded[]>();
    for (const operation of Object.keys(suffixes)) {
      for (const name of readdirSync(path.join(folder!, operation))) {
        const recorded = JSON.parse(readFileSync(path.join(folder!, operation, name), "utf8")) as Recorded;
        if (recorded.provenance === "recorded") {
          const key = JSON.stringify([operation, recorded.model_id, reversed(recorded.request.body)]);
          byKey.set(key, [...(byKey.get(key) ?? []), recorded]);
        }
      }
    }
    // Every third keeps the test short; of the rarer operations all are sent.
    const sample = [...byKey.values()].filter((each, index) => index % 3 === 0 || hasOwnPath(each[0]!.operation));
    expect(sample.length).toBeGreaterThan(150);
    for (const recorded of sample) {
      const { operation, request } = recorded[0]!;
      const body = request.body === null || request.body === undefined ? "" : textOf(request.body);
      const answer = await send(recorded[0]!, suffixes[operation]!, body);
      const known = recorded.find(({ response }) => {
        const bytes = response.body_base64 === undefined ? undefined : Buffer.from(response.body_base64, "base64");
        return (
          response.status === answer.status &&
          (bytes?.equals(answer.bytes) ??
            JSON.stringify(response.body_json) === JSON.stringify(JSON.parse(answer.bytes.toString())))
        );
      });
      expect({ id: recorded[0]!.id, isRecorded: known !== undefined }).toEqual({
        id: recorded[0]!.id,
        isRecorded: true,
      });
      expect(answer.headers["x-amzn-errortype"]).toBe(known!.response.headers["x-amzn-errortype"]);
    }
  });
});

/** A body that its source had made unreadable was recorded as a text, and is sent as that. */
function textOf(body: unknown): string {
  return typeof body === "string" ? body : JSON.stringify(reversed(body));
}
