/** Faults of who calls, and of the operator who stops: nothing is paid for that nobody reads, nothing is dropped that somebody does. */
import { connect as connectHttp2, constants, type ClientHttp2Stream } from "node:http2";
import { connect, type Socket } from "node:net";
import type { Fault } from "@adit/emulator";
import { afterEach, describe, expect, test } from "vitest";
import { answerOf, ask, chatPath, claude, question, refusalOf, toolNamed, until } from "../support/asking.ts";
import { openHouse, type House, type HouseOptions } from "../support/house.ts";
import { openRelay, type Relay } from "../support/recording-server.ts";
import { modelCalls } from "../support/seen.ts";
import { readChat, readEvents } from "../support/sse.ts";

const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});
async function openKept(options: HouseOptions = {}): Promise<House> {
  const house = await openHouse(options);
  open.push(house);
  return house;
}

/** A house whose way to the emulator is watched. */
async function watched(variables: Record<string, string> = {}): Promise<{ house: House; relay: Relay }> {
  const relay = await openRelay();
  open.push(relay);
  const house = await openKept({
    variables: { ...variables, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `http://127.0.0.1:${relay.port}` },
  });
  relay.target = house.emulator.port;
  return { house, relay };
}

/** Asks, and leaves when `leave` is called. */
function askAndLeave(house: House, body: Record<string, unknown>): { leave: () => void; response: Promise<Response> } {
  const controller = new AbortController();
  const response = fetch(`${house.gateway.url}${chatPath}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${house.key}` },
    body: JSON.stringify(body),
    signal: controller.signal,
  });
  response.catch(() => {});
  return { leave: () => controller.abort(), response };
}

describe("D a caller that leaves", () => {
  test.each<[string, Fault, boolean]>([
    ["in the middle of a stream", { kind: "silence", frame: 3 }, true],
    ["before the first frame", { kind: "silence" }, true],
    ["before a whole answer", { kind: "silence" }, false],
  ])("D %s: AWS's side is closed within a second, and the log says so", async (_when, fault, stream) => {
    const { house, relay } = await watched();
    house.emulator.faultNext(fault);
    const { leave, response } = askAndLeave(house, question("one two three four", { stream }));
    await until(() => modelCalls(house.emulator).at(-1)?.faults.includes("silence") === true);
    if (fault.kind === "silence" && fault.frame !== undefined) await (await response).body?.getReader().read();
    expect([relay.openCount, relay.closedCount]).toEqual([1, 0]);
    leave();
    // The connection that carried the call is gone; undici may already have another one ready.
    await until(() => relay.closedCount === 1);
    await until(() => house.logLines().some((line) => line["path"] === chatPath));
    const line = house.logLines().find(({ path }) => path === chatPath)!;
    expect([line["error"], line["streamError"]]).toContain("client_closed");
    expect(modelCalls(house.emulator)).toHaveLength(1);
  });

  test("D while a retry waits: no further try", async () => {
    const house = await openKept();
    house.emulator.faultNext({ kind: "refuse", type: "ThrottlingException", headers: { "Retry-After": "1" } }, 3);
    const controller = new AbortController();
    const asking = fetch(`${house.gateway.url}${chatPath}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${house.key}`,
        "x-adit-config": JSON.stringify({ retry: { attempts: 3, use_retry_after_header: true } }),
      },
      body: JSON.stringify(question("Hello")),
      signal: controller.signal,
    });
    asking.catch(() => {});
    await until(() => modelCalls(house.emulator).length === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    controller.abort();
    await until(() => house.logLines().some((line) => line["error"] === "client_closed"));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(modelCalls(house.emulator)).toHaveLength(1);
  });
});

/** A question whose answer is long: the emulator repeats what each tool said. */
function longQuestion(results: number): Record<string, unknown> {
  const ids = Array.from({ length: results }, (_, index) => `call_${index}`);
  return {
    model: claude.opus46,
    stream: true,
    tools: [toolNamed("look")],
    messages: [
      { role: "user", content: "Look often." },
      {
        role: "assistant",
        content: null,
        tool_calls: ids.map((id) => ({ id, type: "function", function: { name: "look", arguments: "{}" } })),
      },
      ...ids.map((id) => ({ role: "tool", tool_call_id: id, content: `${id}:${" a".repeat(450)}.` })),
    ],
  };
}

/** Sends a request by hand and reads nothing until told. */
function askWithoutReading(house: House, body: Record<string, unknown>): Socket {
  const text = JSON.stringify(body);
  const socket = connect(house.gateway.port, "127.0.0.1");
  socket.pause();
  socket.write(
    `POST ${chatPath} HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer ${house.key}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
  return socket;
}

describe("D a caller on HTTP/2", () => {
  test("D that resets its stream: AWS's side is closed, and its other streams go on", async () => {
    const { house, relay } = await watched();
    const session = connectHttp2(house.gateway.url);
    try {
      const asking = (text: string): ClientHttp2Stream => {
        const stream = session.request({
          ":method": "POST",
          ":path": chatPath,
          authorization: `Bearer ${house.key}`,
          "content-type": "application/json",
        });
        stream.end(JSON.stringify(question(text, { stream: true })));
        return stream.setEncoding("utf8");
      };
      house.emulator.faultNext({ kind: "silence", frame: 3 });
      const left = asking("one two three four");
      await new Promise<void>((resolve) => left.once("data", () => resolve()));
      house.emulator.faultNext({ kind: "silence", frame: 3, ms: 300 });
      const staying = asking("five six seven eight");
      await until(() => modelCalls(house.emulator).length === 2);
      left.close(constants.NGHTTP2_CANCEL);
      await until(() => relay.closedCount === 1);
      let text = "";
      for await (const piece of staying) text += piece as string;
      expect(text.trimEnd().endsWith("data: [DONE]")).toBe(true);
      expect(text).toContain("seven");
      await until(() => house.logLines().some((line) => line["streamError"] === "client_closed"));
    } finally {
      session.destroy();
    }
  });
});

describe("D a caller that does not read", () => {
  test("D holds a bounded buffer: AWS's side stands still, and goes on when the caller reads", async () => {
    const { house, relay } = await watched();
    const body = longQuestion(200);
    const whole = await readChat(await house.post(chatPath, body));
    expect(whole.endsWithDone).toBe(true);
    const total = relay.bytesDown;
    relay.bytesDown = 0;
    const socket = askWithoutReading(house, body);
    // Until nothing has moved for half a second.
    let last = -1;
    for (let still = 0; still < 5;) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      still = relay.bytesDown === last && last > 0 ? still + 1 : 0;
      last = relay.bytesDown;
    }
    expect(last).toBeLessThan(total * 0.7);
    let text = "";
    socket.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
    });
    socket.resume();
    await until(() => text.includes("data: [DONE]"));
    expect(relay.bytesDown).toBeGreaterThan(total * 0.9);
    expect(text).toContain("call_199");
    socket.destroy();
  });
});

describe("D a stop", () => {
  test("D streams finish, new requests are refused by a 503, and the stop waits", async () => {
    const house = await openKept();
    house.emulator.faultNext({ kind: "silence", frame: 3, ms: 3_000 }, 10);
    const streams = await Promise.all(
      Array.from({ length: 10 }, (_, index) => ask(house, `one two three ${index}`, { stream: true })),
    );
    const reading = Promise.all(streams.map((response) => readChat(response)));
    let hasStopped = false;
    const stopping = house.gateway.stop().then(() => {
      hasStopped = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const refused = await ask(house, "Hello");
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await refusalOf(refused)).toMatchObject({ status: 503, code: "shutting_down" });
    expect(hasStopped).toBe(false);
    for (const [index, chat] of (await reading).entries()) {
      expect(chat.endsWithDone).toBe(true);
      expect(chat.text).toContain(`one two three ${index}`);
    }
    await stopping;
    expect(modelCalls(house.emulator)).toHaveLength(10);
    await expect(ask(house, "Hello")).rejects.toThrow("fetch failed");
  });

  test("D when the limit is reached what is left ends in an error event", async () => {
    const { house, relay } = await watched({ ADIT_SHUTDOWN_SECONDS: "1" });
    house.emulator.faultNext({ kind: "silence", frame: 3 }, 3);
    const streams = await Promise.all(
      Array.from({ length: 3 }, () => ask(house, "one two three four", { stream: true })),
    );
    const reading = Promise.all(streams.map((response) => readEvents(response)));
    const before = Date.now();
    await house.gateway.stop();
    expect(Date.now() - before).toBeLessThan(30_000);
    for (const events of await reading) {
      expect(events.at(-1)?.event).toBe("error");
      expect(events.at(-1)?.data).toContain("shutting_down");
      expect(events.map(({ data }) => data)).not.toContain("[DONE]");
    }
    await until(() => relay.openCount === 0);
    expect(house.logLines().filter((line) => line["streamError"] === "shutting_down")).toHaveLength(3);
  });

  test("D a whole answer under way at a stop comes whole", async () => {
    const house = await openKept();
    house.emulator.faultNext({ kind: "delay", ms: 400 });
    const asking = ask(house, "Hello");
    await until(() => modelCalls(house.emulator).length === 1);
    const stopping = house.gateway.stop();
    const answer = await answerOf(await asking);
    expect(answer.choices[0]?.message.content).toContain("Hello");
    await stopping;
  });
});
