import { AditError, type JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import type { EventWriter } from "../http/routes/route.ts";
import { TurnEvents } from "./turn-events.ts";
import { asksForTurn } from "./response-turns.ts";

class Written implements EventWriter {
  text = "";
  isOver = false;
  write(text: string): void {
    if (this.isOver) throw new Error("It is over.");
    this.text += text;
  }
  flush(): boolean {
    return true;
  }
  onDrain(): void {}
  end(): void {
    this.isOver = true;
  }
}

const event = (name: string, body: object): string => `event: ${name}\ndata: ${JSON.stringify(body)}\n\n`;
const created = event("response.created", { type: "response.created", response: { id: "resp_1" }, sequence_number: 0 });
const delta = event("response.output_text.delta", { type: "response.output_text.delta", delta: '"response" ü\u2028' });
const comment = ": keep-alive\n\n";
const completed = event("response.completed", {
  type: "response.completed",
  response: { id: "resp_1", status: "completed" },
  sequence_number: 2,
});
const behind = event("hook_results", { found: 1 });
const stream = created + delta + comment + completed + behind;
const told = (response: JsonObject): JsonObject => ({ ...response, store: true });
const options = { withVendorFields: false, holdsEnd: true, told };

test("requests that store nothing and go on from nothing are known at once", () => {
  expect(asksForTurn({ input: "x", store: false })).toBe(false);
  expect(asksForTurn({ input: "x" })).toBe(true);
  expect(asksForTurn({ store: false, previous_response_id: null })).toBe(false);
  expect(asksForTurn({ store: true })).toBe(true);
  expect(asksForTurn({ previous_response_id: "resp_1" })).toBe(true);
});

describe("the end of a stream waits until its response is stored", () => {
  test.each([1, 7, 64, 10_000])("however it is cut: every %i bytes", async (size) => {
    const written = new Written();
    const events = new TurnEvents({ ...options, events: written });
    for (let at = 0; at < stream.length; at += size) events.write(stream.slice(at, at + size));
    events.end();
    expect(written.isOver).toBe(false);
    expect(written.text).not.toContain("response.completed");
    expect(written.text).toContain(delta + comment);
    await events.finish((response) => {
      expect([written.isOver, written.text.includes("response.completed")]).toEqual([false, false]);
      return Promise.resolve({ ...response, store: true });
    });
    const end = { type: "response.completed", response: { id: "resp_1", status: "completed", store: true } };
    const first = { type: "response.created", response: { id: "resp_1", store: true }, sequence_number: 0 };
    expect(written.text).toBe(
      event("response.created", first) +
        delta +
        comment +
        event("response.completed", { ...end, sequence_number: 2 }) +
        behind,
    );
    expect(written.isOver).toBe(true);
  });

  test("what comes behind it is not held without end, and how the stream failed is told behind the response", async () => {
    const written = new Written();
    const events = new TurnEvents({ ...options, events: written });
    events.write(created + completed);
    const comments = comment.repeat(10_000);
    expect(() => {
      for (let count = 0; count < 1_000; count += 1) events.write(comments);
    }).toThrow("behind the end of the response");
    events.write(event("error", { type: "error" }));
    await events.finish((response) => Promise.resolve(response));
    expect(written.text).toBe(
      created.replace('"resp_1"', '"resp_1","store":true') + completed + event("error", { type: "error" }),
    );
    expect(written.isOver).toBe(true);
  });

  test("also where the empty line behind it never came", async () => {
    const written = new Written();
    const events = new TurnEvents({ ...options, events: written });
    events.write((created + completed).trimEnd());
    await events.finish((response) => Promise.resolve({ ...response, isStored: true }));
    const end = { type: "response.completed", response: { id: "resp_1", status: "completed", isStored: true } };
    expect(written.text.endsWith(event("response.completed", { ...end, sequence_number: 2 }))).toBe(true);
    expect(written.isOver).toBe(true);
  });

  test("where it cannot be stored it fails, in the stream's own form", async () => {
    const written = new Written();
    const events = new TurnEvents({ ...options, events: written });
    // As AWS's own endpoint writes it: without names.
    events.write(completed.replace("event: response.completed\n", ""));
    await events.finish(() => Promise.resolve(new AditError("store_unavailable", "It is away.")));
    const lines = written.text.split("\n\n").filter((text) => text !== "");
    expect(lines.map((line) => JSON.parse(line.replace("data: ", "")) as object)).toMatchObject([
      { type: "response.failed", response: { status: "failed", store: false }, sequence_number: 2 },
      { type: "error", code: "store_unavailable", sequence_number: 3 },
    ]);
    expect(written.isOver).toBe(true);
  });
});

test("where nothing is stored nothing waits, and what does not change keeps its bytes", async () => {
  const written = new Written();
  const events = new TurnEvents({ ...options, events: written, holdsEnd: false, told: (response) => response });
  events.write(stream);
  events.write("data: [DONE]");
  expect(written.text).toBe(stream);
  await events.finish(() => Promise.reject(new Error("Nobody asks for it.")));
  expect(written.text).toBe(`${stream}data: [DONE]`);
});
