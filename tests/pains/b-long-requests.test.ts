/** A model may think for an hour, and nobody between here and there may lose patience. */
import { afterAll, describe, expect, test } from "vitest";
import { answerOf, ask, chatPath, claude, nova, question } from "../support/asking.ts";
import { openHouse, type House, type HouseOptions } from "../support/house.ts";
import { modelCalls } from "../support/seen.ts";
import { readChat, readEvents } from "../support/sse.ts";

/** The tests wait for real seconds, so they wait together; each has a house of its own. */
const houses: House[] = [];
afterAll(async () => {
  for (const house of houses) await house.close();
});

async function open(options: HouseOptions = {}): Promise<House> {
  const house = await openHouse(options);
  houses.push(house);
  return house;
}

const micro = "us.amazon.nova-micro-v1:0";
const impatient = { ADIT_FIRST_BYTE_SECONDS: "1", ADIT_KEEP_ALIVE_COMMENT_SECONDS: "1" };

describe.concurrent("B27 patience on both sides", () => {
  test("B27 the status line comes in time, comments follow, and then the stream", async () => {
    const of = await open({ variables: impatient });
    of.emulator.faultNext({ kind: "silence", ms: 4_100 });
    const response = await ask(of, "Hello", { stream: true });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const text = await response.clone().text();
    expect(text).toMatch(/^: keep-alive\n\n/);
    const chat = await readChat(response);
    expect(chat.text).toContain("Hello");
    expect(chat.endsWithDone).toBe(true);
    expect(modelCalls(of.emulator)).toHaveLength(1);
  });

  test.each([
    [
      "another target is tried",
      { strategy: { mode: "fallback" }, targets: [{}, { override_params: { model: micro } }] },
    ],
    ["the same one is tried again", {}],
    ["the config's retries are made", { retry: { attempts: 3 } }],
  ])("B27 what fails after the status line is an error event: nothing is re-run, so not %s", async (_what, config) => {
    const of = await open({ variables: impatient });
    of.emulator.faultNext({ kind: "exception", type: "throttlingException", frame: 0 });
    of.emulator.faultNext({ kind: "silence", ms: 1_100 });
    const headers = { "x-adit-config": JSON.stringify(config) };
    const response = await of.post(chatPath, question("Hello", { stream: true }), headers);
    expect(response.status).toBe(200);
    const events = await readEvents(response);
    expect(events.map(({ event }) => event)).toEqual(["error"]);
    expect(events[0]?.data).toContain("Too many requests");
    expect(modelCalls(of.emulator)).toHaveLength(1);
  });

  test("B27 headers that come before the answer say where it will come from, and what was left out", async () => {
    const of = await open({ variables: impatient });
    of.emulator.faultNext({ kind: "silence", ms: 1_100 });
    const response = await ask(of, "Hello", { stream: true, seed: 5 }, { "x-portkey-provider": "bedrock" });
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "x-adit-route": "converse",
      "x-adit-region": "us-east-1",
      "x-adit-credential": "server (environment)",
      "x-adit-model": nova,
      "x-adit-dropped": "seed",
      "x-portkey-provider": "bedrock",
      "x-portkey-last-used-option-index": "config",
    });
    expect((await readChat(response)).endsWithDone).toBe(true);
  });

  test("B27 comments keep a stream alive that falls silent in its middle, between two events", async () => {
    const of = await open({ variables: impatient });
    of.emulator.faultNext({ kind: "silence", frame: 3, ms: 2_100 });
    const response = await ask(of, "Hello there my friend", { stream: true });
    const text = await response.clone().text();
    expect(text.match(/\n\n: keep-alive\n\n/g)?.length).toBeGreaterThanOrEqual(1);
    for (const block of text.split("\n\n").filter((part) => part !== ""))
      expect(block).toMatch(/^(data: |: keep-alive$)/);
    expect((await readChat(response)).endsWithDone).toBe(true);
  });

  test.each([nova, claude.sonnet45])(
    "B27 Anthropic's clients are kept by its own event, before the answer and in it: %s",
    async (model) => {
      const of = await open({ variables: impatient });
      of.emulator.faultNext({ kind: "silence", ms: 4_100 });
      const body = { model, max_tokens: 100, messages: [{ role: "user", content: "Hello there" }], stream: true };
      const ping = { event: "ping", data: '{"type": "ping"}' };
      const first = await readEvents(await of.post("/v1/messages", body));
      expect(first[0]).toEqual(ping);
      of.emulator.faultNext({ kind: "silence", frame: 3, ms: 2_100 });
      const second = await readEvents(await of.post("/v1/messages", body));
      for (const events of [first, second]) {
        expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(["message_start", "message_stop"]));
      }
      expect(second.slice(3)).toContainEqual(ping);
    },
  );

  test("B27 request-timeout is the caller's own limit: a 408 in time, and AWS's side is closed", async () => {
    const of = await open();
    of.emulator.faultNext({ kind: "silence" });
    const before = Date.now();
    const response = await ask(of, "Hello", {}, { "x-portkey-request-timeout": "300" });
    expect(response.status).toBe(408);
    expect(Date.now() - before).toBeLessThan(20_000);
    await response.text();
  });

  test("B27 an idle connection is kept longer than a load balancer keeps its own (60 s)", async () => {
    const of = await open();
    const response = await ask(of, "Hello");
    await answerOf(response);
    const seconds = Number(/timeout=(\d+)/.exec(response.headers.get("keep-alive") ?? "")?.[1]);
    expect(seconds).toBeGreaterThan(60);
  });
});
