/** The same question at every door, and what of the answer is text. The emulator repeats what it heard. */
import type { House } from "../support/house.ts";
import { claude, nova } from "../support/asking.ts";

export interface Door {
  name: string;
  path: string;
  body: (text: string, stream: boolean) => Record<string, unknown>;
  /** The text of a whole answer. */
  textOf: (answer: never) => string;
  /** The text of one event of a stream. */
  deltaOf: (event: never) => string;
}

type Texts = { text?: string }[];

export const doors: readonly Door[] = [
  {
    name: "chat completions",
    path: "/v1/chat/completions",
    body: (text, stream) => ({ model: nova, stream, messages: [{ role: "user", content: text }] }),
    textOf: (answer: { choices: { message: { content: string } }[] }) => answer.choices[0]?.message.content ?? "",
    deltaOf: (event: { choices?: { delta?: { content?: string } }[] }) => event.choices?.[0]?.delta?.content ?? "",
  },
  {
    name: "completions",
    path: "/v1/completions",
    body: (text, stream) => ({ model: nova, stream, prompt: text }),
    textOf: (answer: { choices: { text: string }[] }) => answer.choices[0]?.text ?? "",
    deltaOf: (event: { choices?: { text?: string }[] }) => event.choices?.[0]?.text ?? "",
  },
  {
    name: "responses",
    path: "/v1/responses",
    body: (text, stream) => ({ model: nova, stream, input: text }),
    textOf: (answer: { output: { content?: Texts }[] }) =>
      answer.output.flatMap(({ content = [] }) => content.map(({ text = "" }) => text)).join(""),
    deltaOf: (event: { type: string; delta?: string }) =>
      event.type === "response.output_text.delta" ? (event.delta ?? "") : "",
  },
  {
    name: "messages",
    path: "/v1/messages",
    body: (text, stream) => ({ model: nova, stream, max_tokens: 500, messages: [{ role: "user", content: text }] }),
    textOf: (answer: { content: Texts }) => answer.content.map(({ text = "" }) => text).join(""),
    deltaOf: (event: { delta?: { text?: string } }) => event.delta?.text ?? "",
  },
  {
    name: "messages to Claude by its own format",
    path: "/v1/messages",
    body: (text, stream) => ({
      model: claude.haiku3,
      use_converse: false,
      stream,
      max_tokens: 500,
      messages: [{ role: "user", content: text }],
    }),
    textOf: (answer: { content: Texts }) => answer.content.map(({ text = "" }) => text).join(""),
    deltaOf: (event: { delta?: { text?: string } }) => event.delta?.text ?? "",
  },
];

export function withConfig(config: object, more: Record<string, string> = {}): Record<string, string> {
  return { "x-portkey-config": JSON.stringify(config), ...more };
}

/** Asks at a door, with a config. */
export function askAt(
  house: House,
  door: Door,
  {
    text,
    stream = false,
    config,
    headers = {},
  }: { text: string; stream?: boolean; config: object; headers?: Record<string, string> },
): Promise<Response> {
  return house.post(door.path, door.body(text, stream), withConfig(config, headers));
}

export interface Seen {
  text: string;
  /** Data of all events, parsed where they are JSON. */
  events: { name: string; data: Record<string, unknown> | string }[];
  raw: string;
}

/** Reads a stream to its end. */
export async function streamOf(response: Response, door: Door): Promise<Seen> {
  const raw = await response.text();
  const events = raw
    .split("\n\n")
    .filter((block) => /^data:/m.test(block))
    .map((block) => {
      const data = /^data: ?(.*)$/m.exec(block)?.[1] ?? "";
      const name = /^event: ?(.*)$/m.exec(block)?.[1] ?? "";
      return { name, data: data.startsWith("{") ? (JSON.parse(data) as Record<string, unknown>) : data };
    });
  const text = events.map(({ data }) => (typeof data === "string" ? "" : door.deltaOf(data as never))).join("");
  return { text, events, raw };
}
