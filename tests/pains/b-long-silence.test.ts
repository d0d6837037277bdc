/** By a clock of its own: eleven minutes of silence, twice what undici and node wait by themselves. */
import { createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { chatPath, question } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { modelCalls } from "../support/seen.ts";

const elevenMinutes = 11 * 60_000;

/**
 * Every timer of this process, the gateway's, the emulator's and undici's, runs by this test's clock. The clock is held before anything
 * has run in this file: undici keeps one timer for all of its limits, and would keep a real one.
 */
let house: House;
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] });
  house = await openHouse();
});
afterAll(async () => {
  vi.useRealTimers();
  await house.close();
});

/** Asks over node's own HTTP client, which has no time limits: those of `fetch` would be this test's, not the gateway's. */
function askPlainly(
  of: House,
  body: Record<string, unknown>,
): Promise<{ head: IncomingMessage; text: Promise<string> }> {
  return new Promise((resolve, reject) => {
    const asking = request(
      `${of.gateway.url}${chatPath}`,
      { method: "POST", headers: { "content-type": "application/json", authorization: `Bearer ${of.key}` } },
      (head) => {
        const text = (async () => {
          let all = "";
          for await (const piece of head.setEncoding("utf8")) all += piece as string;
          return all;
        })();
        resolve({ head, text });
      },
    );
    asking.on("error", reject);
    asking.end(JSON.stringify(body));
  });
}

/** Lets time pass, ten seconds at a time, until the promise has settled. */
async function passTimeUntil<T>(promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  settled.catch(() => {});
  for (let seconds = 0; !isSettled && seconds < 3_600; seconds += 10) {
    await vi.advanceTimersByTimeAsync(10_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return settled;
}

describe("B27 no limit of 300 seconds anywhere", () => {
  test("B27 a stream that is silent for eleven minutes goes on", async () => {
    house.emulator.faultNext({ kind: "silence", frame: 3, ms: elevenMinutes });
    const before = Date.now();
    const { head, text } = await askPlainly(house, question("Hello there my friend", { stream: true }));
    expect(head.statusCode).toBe(200);
    const whole = await passTimeUntil(text);
    expect(Date.now() - before).toBeGreaterThanOrEqual(elevenMinutes);
    expect(whole).toContain("friend");
    expect(whole.trimEnd().endsWith("data: [DONE]")).toBe(true);
    // One after every 15 seconds of silence.
    expect(whole.match(/^: keep-alive$/gm)?.length).toBeGreaterThanOrEqual(40);
    expect(modelCalls(house.emulator)).toHaveLength(1);
  });

  test("B27 a stream whose first frame takes eleven minutes has a status line, and comes", async () => {
    house.emulator.faultNext({ kind: "silence", ms: elevenMinutes });
    const { head, text } = await passTimeUntil(askPlainly(house, question("Hello", { stream: true })));
    expect(head.statusCode).toBe(200);
    expect((await passTimeUntil(text)).trimEnd().endsWith("data: [DONE]")).toBe(true);
    expect(modelCalls(house.emulator)).toHaveLength(2);
  });

  test("B27 a whole answer that takes eleven minutes comes", async () => {
    house.emulator.faultNext({ kind: "delay", ms: elevenMinutes });
    const { head, text } = await passTimeUntil(askPlainly(house, question("Hello")));
    expect(head.statusCode).toBe(200);
    expect(await passTimeUntil(text)).toContain("Hello");
    expect(modelCalls(house.emulator)).toHaveLength(3);
  });

  test("B27 a request that has undici's own limits is ended by them: the clock is theirs too", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    try {
      const { request: undiciRequest } = await import("undici");
      const { port } = silent.address() as AddressInfo;
      await expect(passTimeUntil(undiciRequest(`http://127.0.0.1:${port}/`))).rejects.toMatchObject({
        code: "UND_ERR_HEADERS_TIMEOUT",
      });
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
});
