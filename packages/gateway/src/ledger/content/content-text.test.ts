/** What is found is what a person would say that stands there; each form is written here by hand or by AWS's own frames. */
import { encodeFrame } from "@adit/bedrock";
import { expect, test } from "vitest";
import type { KeptContent, KeptText } from "./call-content.ts";
import { contentHas } from "./content-text.ts";

function keptWith(changes: Partial<KeptContent>): KeptContent {
  return { form: 1, asked: undefined, exchanges: [], answered: undefined, answeredEvents: undefined, ...changes };
}

const frame = (event: object): Buffer =>
  encodeFrame(
    [
      [":message-type", { type: "string", value: "event" }],
      [":event-type", { type: "string", value: "contentBlockDelta" }],
    ] as Parameters<typeof encodeFrame>[0],
    Buffer.from(JSON.stringify(event)),
  );

const frames: KeptText = {
  base64: Buffer.concat(
    ["The har", "bour is ", "closed"].map((text) => frame({ contentBlockIndex: 0, delta: { text } })),
  ).toString("base64"),
};
const events: [number, string][] = ["Hel", "lo wor", "ld"].map((content, index) => [
  index,
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`,
]);

test.each<[string, KeptContent, string, boolean]>([
  ["in any case of letters", keptWith({ asked: { text: '{"content":"Good Morning"}' } }), "good morning", true],
  [
    "in what was sent",
    keptWith({ exchanges: [{ sent: { text: "to Bedrock" }, received: undefined }] }),
    "to bed",
    true,
  ],
  ["in what came back", keptWith({ exchanges: [{ sent: undefined, received: { text: "of AWS" } }] }), "of aws", true],
  ["in the answer", keptWith({ answered: { text: "a reply" } }), "a reply", true],
  [
    "behind quotes of JSON",
    keptWith({ asked: { text: '{"content":"say \\"hello\\" twice"}' } }),
    'say "hello" twice',
    true,
  ],
  ["over lines of JSON", keptWith({ asked: { text: '{"content":"one\\ntwo"}' } }), "one\ntwo", true],
  ["as it is written", keptWith({ asked: { text: '{"content":"one\\ntwo"}' } }), "one\\ntwo", true],
  ["as Python writes it", keptWith({ asked: { text: '{"content":"Caf\\u00c9 \\ud83d\\ude00"}' } }), "café 😀", true],
  ["in JSON that is cut", keptWith({ asked: { text: '{"content":"a \\"cut', isCut: true } }), 'a "cut', true],
  ["cut over the events of a stream", keptWith({ answeredEvents: events }), "hello world", true],
  [
    "in a stream that is kept whole",
    keptWith({ answered: { text: events.map(([, text]) => text).join("") } }),
    "hello world",
    true,
  ],
  [
    "over the frames of AWS",
    keptWith({ exchanges: [{ sent: undefined, received: frames }] }),
    "the harbour is closed",
    true,
  ],
  ["not what is not there", keptWith({ asked: { text: "red" }, answeredEvents: events }), "green", false],
  ["not over two parts", keptWith({ asked: { text: "good" }, answered: { text: "morning" } }), "goodmorning", false],
  [
    "not in the letters that bytes are written with",
    keptWith({ answered: { base64: "iVBORw0KGgo=" } }),
    "ivborw0",
    false,
  ],
  ["nothing in nothing", keptWith({ answered: { isCut: true } }), "a", false],
])("%s", (_name, kept, wanted, isThere) => {
  expect(contentHas(kept, wanted)).toBe(isThere);
});
