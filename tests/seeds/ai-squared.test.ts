/** AI Squared's page on its model connector: the models' own JSON, and the same models by one unified call. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { namedModels } from "../../packages/bedrock/src/families/testing/named-models.ts";
import { eventFrame } from "../../packages/bedrock/src/wire/testing/frames.ts";
import { ask, answerOf, until } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { openReplayingEndpoint, type ReplayingEndpoint } from "../support/replaying-endpoint.ts";
import { readChat, type WholeStream } from "../support/sse.ts";

const models = namedModels.flatMap(({ ids, ...sample }) => ids.map((id) => ({ id, ...sample })));
const metrics = { inputTokenCount: 12, outputTokenCount: 6, invocationLatency: 300, firstByteLatency: 90 };
/** OpenAI's words for the stop reasons of the samples. */
const finishReasons: Record<string, string> = { end_turn: "stop", max_tokens: "length" };

/** In front of the emulator, which answers as the models do. */
let house: House;
/** In front of an upstream that says what the page says. */
let upstream: ReplayingEndpoint;
let replayed: House;

beforeAll(async () => {
  upstream = await openReplayingEndpoint();
  house = await openHouse();
  replayed = await openHouse({ variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url } });
});
beforeEach(() => house.emulator.clearRequests());
afterAll(async () => {
  await house.close();
  await replayed.close();
  await upstream.close();
});

const nativePath = (id: string, action: string): string => `/model/${encodeURIComponent(id)}/${action}`;

/** The next answer of the upstream, with the headers that AWS sends. */
function answerWith(body: object): { text: string; headers: Record<string, string> } {
  const text = JSON.stringify(body);
  const headers = {
    "content-type": "application/json",
    "x-amzn-requestid": randomUUID(),
    "x-amzn-bedrock-input-token-count": "12",
    "x-amzn-bedrock-output-token-count": "6",
    "x-amzn-bedrock-invocation-latency": "300",
  };
  upstream.answer = { status: 200, headers, body: Buffer.from(text) };
  return { text, headers };
}

function streamWith(chunks: readonly object[]): void {
  const all = [...chunks.slice(0, -1), { ...chunks.at(-1), "amazon-bedrock-invocationMetrics": metrics }];
  const headers = { "content-type": "application/vnd.amazon.eventstream", "x-amzn-requestid": randomUUID() };
  upstream.answer = { status: 200, headers, body: Buffer.concat(all.map(frameOf)) };
}

function frameOf(chunk: object): Buffer {
  return eventFrame("chunk", { bytes: Buffer.from(JSON.stringify(chunk)).toString("base64"), p: "abcdef" });
}

/** One finish, one usage, and the end. */
function expectOnce({ chunks, finishReasons: finishes, endsWithDone }: WholeStream): void {
  expect(finishes).toHaveLength(1);
  expect(usagesOf(chunks)).toHaveLength(1);
  expect(endsWithDone).toBe(true);
}

function usagesOf(chunks: WholeStream["chunks"]): object[] {
  return chunks.flatMap(({ usage }) => usage ?? []);
}

test("S12 the page names 33 models of seven makers", () => {
  const maker = (id: string): string | undefined => /^(?:us\.)?([^.]+)\./.exec(id)?.[1];
  expect(new Set(models.map(({ id }) => id)).size).toBe(33);
  expect(new Set(models.map(({ id }) => maker(id))).size).toBe(7);
});

describe("the model's own JSON", () => {
  test.each(models)(
    "S09 S10 S12 A1 $id: goes as it is, and the answer comes as it is",
    async ({ id, page, answer }) => {
      const { text, headers } = answerWith(answer);
      const body = ` ${JSON.stringify(page, undefined, 2)}\n`;
      const reply = await replayed.post(nativePath(id, "invoke"), body);
      expect([reply.status, await reply.text()]).toEqual([200, text]);
      for (const [name, value] of Object.entries(headers))
        expect([name, reply.headers.get(name)]).toEqual([name, value]);
      expect([upstream.seen?.path, upstream.seen?.body.toString()]).toEqual([nativePath(id, "invoke"), body]);
    },
  );

  test.each(models)("S12 A1 $id: the page's request is one that Bedrock takes", async ({ id, page }) => {
    const reply = await house.post(nativePath(id, "invoke"), page);
    expect(reply.status, await reply.clone().text()).toBe(200);
    expect(house.emulator.requests.at(-1)).toMatchObject({
      status: 200,
      verdict: "sigv4 ok",
      operation: "InvokeModel",
    });
    expect(JSON.parse(house.emulator.requests.at(-1)?.body.toString() ?? "")).toEqual(page);
  });
});

const hello = "hello";

describe("one unified call", () => {
  /** Without the geography of the profile that stands in where Bedrock serves a model by no other name. */
  const pathSent = (): string | undefined => house.emulator.requests.at(-1)?.path.replace("/model/us.", "/model/");

  test.each(models)("S12 A2 A3 $id: by Converse, whole and streamed", async ({ id: asWritten }) => {
    const id = asWritten.replace(/^us\./, "");
    const more = { model: asWritten, max_tokens: 100 };
    const whole = await answerOf(await ask(house, hello, more));
    expect(pathSent()).toBe(nativePath(id, "converse"));
    expect(whole.choices[0]).toMatchObject({ finish_reason: "stop", message: { role: "assistant" } });
    expect(whole.choices[0]?.message.content).toContain(hello);
    expect(whole.usage.total_tokens).toBe(whole.usage.prompt_tokens + whole.usage.completion_tokens);
    const streamed = await readChat(
      await ask(house, hello, { ...more, stream: true, stream_options: { include_usage: true } }),
    );
    expect(pathSent()).toBe(nativePath(id, "converse-stream"));
    expectOnce(streamed);
    expect(streamed.text).toBe(whole.choices[0]?.message.content);
    expect(streamed.finishReasons).toEqual([whole.choices[0]?.finish_reason]);
  });

  test.each(models)("S12 A2 $id: by InvokeModel, whole", async ({ id, answer, body, says, stop, usage = [12, 6] }) => {
    answerWith(answer);
    const whole = await answerOf(await ask(replayed, hello, { model: id, max_tokens: 100, use_converse: false }));
    expect([upstream.seen?.path, JSON.parse(upstream.seen?.body.toString() ?? "")]).toEqual([
      nativePath(id, "invoke"),
      body,
    ]);
    expect(whole.choices[0]?.message.content).toBe(says);
    expect(whole.choices[0]?.finish_reason).toBe(finishReasons[stop]);
    expect([
      [12, 6],
      [usage[0], usage[1]],
    ]).toContainEqual([whole.usage.prompt_tokens, whole.usage.completion_tokens]);
  });

  test.each(models)(
    "S12 A3 $id: by InvokeModel, streamed",
    async ({ id, chunks, body, streamBody = body, says, stop }) => {
      streamWith(chunks);
      const streamed = await streamOf(id);
      expect([upstream.seen?.path, JSON.parse(upstream.seen?.body.toString() ?? "")]).toEqual([
        nativePath(id, "invoke-with-response-stream"),
        streamBody,
      ]);
      expectOnce(streamed);
      expect([streamed.text, streamed.finishReasons]).toEqual([says, [finishReasons[stop]]]);
      expect(usagesOf(streamed.chunks)[0]).toMatchObject({ prompt_tokens: 12, completion_tokens: 6, total_tokens: 18 });
    },
  );

  test.each(namedModels)("S12 A3 U15 $ids.0: what nobody knows in a chunk is logged, and not fatal", async (sample) => {
    const [first, ...rest] = sample.chunks;
    streamWith([{ ...first, ofTomorrow: 1 }, { chunkOfTomorrow: { p: "x" } }, ...rest]);
    const streamed = await streamOf(sample.ids[0] ?? "");
    expectOnce(streamed);
    expect(streamed.text).toBe(sample.says);
    await until(() => replayed.logLines().at(-1)?.["unfamiliar"] !== undefined);
    expect(replayed.logLines().at(-1)).toMatchObject({
      unfamiliar: expect.arrayContaining(["chunkOfTomorrow"]) as unknown,
    });
  });

  async function streamOf(id: string) {
    const more = { max_tokens: 100, use_converse: false, stream: true, stream_options: { include_usage: true } };
    return readChat(await ask(replayed, hello, { model: id, ...more }));
  }
});

describe("Mistral's instruction", () => {
  const mistral = models.filter(({ id }) => id.startsWith("mistral."));
  const wrapped = "<s>[INST] hello [/INST]";
  const promptSent = (): unknown => (JSON.parse(upstream.seen?.body.toString() ?? "{}") as { prompt?: unknown }).prompt;

  test.each(mistral)("S11 A4 $id: a plain prompt is wrapped once", async ({ id, answer }) => {
    answerWith(answer);
    await answerOf(await ask(replayed, hello, { model: id, use_converse: false }));
    expect(promptSent()).toBe(wrapped);
  });

  test.each(mistral)("S11 A4 $id: a prompt that is wrapped already stays as it is", async ({ id, answer }) => {
    answerWith(answer);
    await answerOf(await ask(replayed, wrapped, { model: id, use_converse: false }));
    expect(promptSent()).toBe(wrapped);
    await replayed.post(nativePath(id, "invoke"), { prompt: wrapped, max_tokens: 100 });
    expect(promptSent()).toBe(wrapped);
  });

  test("S11 it goes by the family, and not by a list: a profile's id and one of tomorrow too", async () => {
    for (const id of ["us.mistral.mistral-7b-instruct-v0:2", "mistral.mixtral-8x22b-instruct-v0:1"]) {
      answerWith(mistral[0]?.answer ?? {});
      const reply = await ask(replayed, hello, { model: id, use_converse: false });
      expect([id, reply.status, promptSent()]).toEqual([id, 200, wrapped]);
    }
  });
});
