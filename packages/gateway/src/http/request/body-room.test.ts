import { describe, expect, it } from "vitest";
import { goodHeaders, keyRoute, lengthRoute, listening, until } from "../testing/listening.ts";
import { BodyRoom, roomForBodies, roomIn } from "./body-room.ts";

const MiB = 1_048_576;

describe("the room for bodies", () => {
  it("is a fifth of the memory beyond what the program takes itself, or a third of the heap, and never nothing", () => {
    expect(roomIn(1_024 * MiB, 524 * MiB) / MiB).toBeCloseTo(126.8, 1);
    expect(roomIn(65_536 * MiB, 4_144 * MiB) / MiB).toBe(1_360);
    expect(roomIn(256 * MiB, 259 * MiB) / MiB).toBe(8);
    expect(roomForBodies()).toBeGreaterThan(8 * MiB);
  });

  it("refuses what is too much together, takes any body that is alone, and takes others when room was given back", () => {
    const room = new BodyRoom(100);
    expect(room.take(80, 0)).toBeUndefined();
    expect(room.take(30, 0)).toMatchObject({ code: "overloaded", status: 503, retryAfterSeconds: 1 });
    expect(room.take(80, 80)).toBeUndefined();
    room.giveBack(160);
    expect(room.take(30, 0)).toBeUndefined();
    expect(room.take(70, 0)).toBeUndefined();
    expect(room.take(1, 70)).toMatchObject({ code: "overloaded" });
  });
});

describe("bodies that come at once", () => {
  it("are refused where they are too much for the gateway, until others have been answered", async () => {
    let goOn: (() => void) | undefined;
    const slow = keyRoute("/v1/slow", async (incoming, reply) => {
      await incoming.readBody();
      await new Promise<void>((resolve) => (goOn = resolve));
      reply.send(200, {});
    });
    const listener = await listening([slow, lengthRoute], { bodiesBytes: 100_000 });
    const post = (path: string, bytes: number): Promise<Response> =>
      fetch(`${listener.url}${path}`, { method: "POST", headers: goodHeaders, body: "x".repeat(bytes) });
    // Alone, it may be larger than all of the room.
    expect(await (await post("/v1/length", 500_000)).json()).toEqual({ length: 500_000 });
    const first = post("/v1/slow", 80_000);
    await until(() => goOn !== undefined);
    const refused = await post("/v1/length", 80_000);
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await refused.json()).toMatchObject({ error: { code: "overloaded" } });
    expect((await post("/v1/length", 10_000)).status).toBe(200);
    goOn?.();
    expect((await first).status).toBe(200);
    await until(() => listener.finished.length === 4);
    expect((await post("/v1/length", 80_000)).status).toBe(200);
    await listener.stop();
  });

  it("leave room for others once their streams have begun", async () => {
    let isEnough = false;
    const stream = keyRoute("/v1/stream", async (incoming, reply) => {
      await incoming.readBody();
      incoming.letGoOfBody();
      const events = reply.openEvents();
      await until(() => isEnough);
      events.end();
    });
    const listener = await listening([stream], { bodiesBytes: 100_000 });
    const body = "x".repeat(60_000);
    const ask = (): Promise<Response> =>
      fetch(`${listener.url}/v1/stream`, { method: "POST", headers: goodHeaders, body });
    // Two fifths of each stay: 24,000 and 24,000.
    const open = [await ask(), await ask()];
    const refused = await ask();
    expect([...open, refused].map(({ status }) => status)).toEqual([200, 200, 503]);
    isEnough = true;
    for (const response of open) expect(await response.text()).toBe("");
    await listener.stop();
  });
});
