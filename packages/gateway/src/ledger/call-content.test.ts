/** No secret in kept content, whole or put together again by whoever reads it: in pieces of a stream, in base64, behind escapes. */
import { encodeFrame, EventStreamDecoder } from "@adit/bedrock";
import { expect, test } from "vitest";
import { CallContent, type KeptContent } from "./call-content.ts";

const secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY99";
const ofKnownForm = "sk-AAAABBBBCCCC1234DDDDEEEEFFFFGGGG1234";
const hideOwn = (words: string): string => words.replaceAll(secret, "[secret]");

function keptOf(take: (content: CallContent) => void): KeptContent {
  const content = new CallContent(
    0,
    () => 5,
    () => {},
  );
  take(content);
  return content.kept();
}

function frame(eventType: string, payload: object): Buffer {
  const text = (value: string) => ({ type: "string" as const, value });
  const headers: Parameters<typeof encodeFrame>[0] = [
    [":event-type", text(eventType)],
    [":content-type", text("application/json")],
    [":message-type", text("event")],
  ];
  return encodeFrame(headers, Buffer.from(JSON.stringify(payload)));
}

/** All texts of a stream that is kept in base64, chunks opened. */
function textsOf(base64: string | undefined): string {
  let text = "";
  new EventStreamDecoder().push(Buffer.from(base64 ?? "", "base64"), (read) => {
    const payload = JSON.parse(read.text()) as { bytes?: string; delta?: { text: string } };
    const inner =
      payload.bytes === undefined
        ? payload
        : (JSON.parse(Buffer.from(payload.bytes, "base64").toString()) as typeof payload);
    text += inner.delta?.text ?? "";
  });
  return text;
}

/** The pieces of a text at every width. */
const cuts = [1, 3, 7, 20].map((width) => (text: string) => text.match(new RegExp(`.{1,${width}}`, "gs")) ?? []);

test.each([secret, ofKnownForm])("frames whose texts make up %s", (canary) => {
  for (const cut of cuts) {
    const pieces = cut(`Your key is ${canary}, keep it well`);
    const kept = keptOf((content) => {
      content.sent(Buffer.from("{}"), hideOwn);
      for (const text of pieces)
        content.received(frame("contentBlockDelta", { contentBlockIndex: 0, delta: { text } }));
    });
    expect(textsOf(kept.exchanges[0]?.received?.base64)).toBe("Your key is [secret], keep it well");
  }
});

test.each([secret, ofKnownForm])("chunks in base64, received and answered, that hold %s", (canary) => {
  for (const cut of cuts) {
    const frames = cut(`Your key is ${canary}!`).map((text) =>
      frame("chunk", {
        bytes: Buffer.from(JSON.stringify({ type: "content_block_delta", index: 0, delta: { text } })).toString(
          "base64",
        ),
        p: "abcd",
      }),
    );
    const kept = keptOf((content) => {
      content.sent(Buffer.from("{}"), hideOwn);
      for (const bytes of frames) content.received(bytes);
      for (const bytes of frames) content.answered(bytes);
    });
    expect(textsOf(kept.exchanges[0]?.received?.base64)).toBe("Your key is [secret]!");
    expect(textsOf(kept.answered?.base64)).toBe("Your key is [secret]!");
  }
});

test.each([secret, ofKnownForm])("server-sent events that make up %s, wherever the writes are cut", (canary) => {
  const delta = (content: string) =>
    `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta: { content } }] })}\n\n`;
  for (const cut of cuts) {
    const stream = `${cut(`Ä key: ${canary}.`).map(delta).join("")}data: [DONE]\n\n`;
    for (const cutWrites of cuts) {
      const kept = keptOf((content) => {
        content.sent(Buffer.from("{}"), hideOwn);
        for (const write of cutWrites(stream)) content.answered(write);
      });
      const text = kept.answered?.text ?? kept.answeredEvents?.map(([, part]) => part).join("") ?? "";
      const said = [...text.matchAll(/^data: (\{.*)$/gm)].map(
        ([, data = ""]) => (JSON.parse(data) as { choices: [{ delta: { content: string } }] }).choices[0].delta.content,
      );
      expect(said.join("")).toBe("Ä key: [secret].");
      expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
    }
  }
});

test("two blocks side by side are searched each for itself", () => {
  const half = secret.length / 2;
  const delta = (index: number, text: string) => `data: ${JSON.stringify({ index, delta: { text } })}\n\n`;
  const stream = [secret.slice(0, half), secret.slice(half)].map((text) => delta(0, text) + delta(1, "between"));
  const kept = keptOf((content) => {
    content.sent(Buffer.from("{}"), hideOwn);
    for (const write of stream) content.answered(write);
  });
  expect(kept.answeredEvents?.map(([, text]) => text).join("")).toBe(
    delta(0, "[secret]") + delta(1, "between") + delta(0, "") + delta(1, "between"),
  );
});

test("a body that is whole: behind escapes, in base64, in JSON within a text", () => {
  const escaped = Buffer.from(ofKnownForm)
    .toString("hex")
    .replaceAll(/../g, (code) => `\\u00${code}`);
  const body = `{"messages":[{"content":"${escaped}"},{"document":"${Buffer.from(`key=${ofKnownForm}`).toString("base64")}"},
    {"url":"data:text/plain;base64,${Buffer.from(ofKnownForm).toString("base64")}"},
    {"arguments":"{\\"password\\":\\"hunter2hunter2\\"}"}]}`;
  const kept = keptOf((content) => content.asked(Buffer.from(body)));
  expect(JSON.parse(kept.asked?.text ?? "")).toEqual({
    messages: [
      { content: "[secret]" },
      { document: Buffer.from("key=[secret]").toString("base64") },
      { url: `data:text/plain;base64,${Buffer.from("[secret]").toString("base64")}` },
      { arguments: '{"password":"[secret]"}' },
    ],
  });
});

test("what holds no secret stays byte for byte, and of a stream that is broken what can be read", () => {
  const stream = Buffer.concat([
    frame("messageStart", { role: "assistant" }),
    frame("contentBlockDelta", { delta: { text: "Good morning" } }),
  ]);
  const json = '{ "a" : 1.0, "picture": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ" }\n';
  const kept = keptOf((content) => {
    content.asked(Buffer.from(json));
    content.sent(Buffer.from(json), hideOwn);
    content.received(stream.subarray(0, 9));
    content.received(stream.subarray(9));
    content.received(frame("contentBlockDelta", { delta: { text: secret } }).subarray(0, -1));
  });
  expect(kept.asked).toEqual({ text: json });
  expect(kept.exchanges[0]).toEqual({
    sent: { text: json },
    received: { base64: stream.toString("base64"), isCut: true },
  });
});
