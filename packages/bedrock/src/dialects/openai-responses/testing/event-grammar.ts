/** The events of a stream, and the grammar that OpenAI's API reference gives them: read here without any code of the writer. */
import { expect } from "vitest";
import { lineEnd } from "../../translation/testing/line-ends.ts";

type Json = Record<string, unknown>;

export interface StreamEvent extends Json {
  type: string;
  sequence_number: number;
}

/** Reads a stream's text: two lines an event, parted by an empty one. */
export function eventsOf(sse: string): StreamEvent[] {
  expect(sse === "" || sse.endsWith("\n\n")).toBe(true);
  return sse
    .split("\n\n")
    .slice(0, -1)
    .map((text) => {
      const [head = "", data = "", ...more] = text.split(lineEnd);
      expect(more).toEqual([]);
      const event = JSON.parse(data.replace(/^data: /, "")) as StreamEvent;
      expect(head).toBe(`event: ${event.type}`);
      return event;
    });
}

const finals = ["response.completed", "response.incomplete", "response.failed"];

interface OpenPart {
  key: string;
  text: string;
}

/**
 * Holds a whole stream against the grammar: numbers without a gap; created and in_progress first, one final event last; items one after the
 * other, each added and done in its place under one id; parts opened and done inside their item; deltas that amount to what is done;
 * and a final response that holds exactly the items that were done.
 */
export function checkGrammar(events: readonly StreamEvent[]): Json {
  expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, index) => index));
  expect(events.slice(0, 2).map((event) => event.type)).toEqual(["response.created", "response.in_progress"]);
  const done: unknown[] = [];
  let item: Json | undefined;
  let part: OpenPart | undefined;
  let annotations: unknown[] = [];
  for (const event of events.slice(2, -1)) {
    const { type } = event;
    if (type !== "response.output_item.added" && type !== "response.output_item.done") {
      expect(event["output_index"]).toBe(done.length);
      expect(event["item_id"]).toBe(item?.["id"]);
    }
    if (type === "response.output_item.added") {
      expect([item, part]).toEqual([undefined, undefined]);
      expect(event["output_index"]).toBe(done.length);
      item = event["item"] as Json;
      annotations = [];
    } else if (type === "response.output_item.done") {
      expect(part).toBeUndefined();
      expect((event["item"] as Json)["id"]).toBe(item?.["id"]);
      expect((event["item"] as Json)["type"]).toBe(item?.["type"]);
      expect((event["item"] as Json)["status"]).not.toBe("in_progress");
      done.push(event["item"]);
      item = undefined;
    } else if (type.endsWith("part.added")) {
      expect(part).toBeUndefined();
      part = { key: partKey(event), text: "" };
      expect((event["part"] as Json)["text"]).toBe("");
    } else if (type.endsWith("part.done")) {
      expect(partKey(event)).toBe(part?.key);
      expect((event["part"] as Json)["text"]).toBe(part?.text);
      expect((event["part"] as Json)["annotations"] ?? []).toEqual(annotations);
      part = undefined;
    } else if (type.endsWith(".delta")) {
      // Arguments have no part of their own.
      part ??= { key: partKey(event), text: "" };
      expect(partKey(event)).toBe(part.key);
      part.text += event["delta"] as string;
    } else if (type === "response.output_text.annotation.added") {
      expect(event["annotation_index"]).toBe(annotations.length);
      annotations.push(event["annotation"]);
    } else {
      expect(type).toMatch(/\.done$/);
      expect(event["text"] ?? event["arguments"] ?? event["input"]).toBe(part?.text ?? "");
      part = /arguments|input/.test(type) ? undefined : part;
    }
  }
  expect([item, part]).toEqual([undefined, undefined]);
  const last = events.at(-1);
  expect(finals).toContain(last?.type);
  const response = last?.["response"] as Json;
  expect(`response.${String(response["status"])}`).toBe(last?.type);
  expect(response["output"]).toEqual(done);
  return response;
}

function partKey(event: StreamEvent): string {
  return JSON.stringify([event["content_index"], event["summary_index"]]);
}
