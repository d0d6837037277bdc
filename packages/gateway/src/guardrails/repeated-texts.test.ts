/** What a check changes of an answer is changed wherever the answer says it again. */
import type { JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import { CallGuard } from "./call-guard.ts";
import type { RequestType } from "./check.ts";
import { readHook } from "./read-hooks.ts";
import { checkContext } from "./testing/check-context.ts";

const redacting = { checks: [{ id: "default.pii", parameters: { categories: ["EMAIL_ADDRESS"], redact: true } }] };
const asking = { checks: [{ id: "default.webhook", parameters: { webhookURL: "https://hook.example.com/" } }] };

function guardOf(type: RequestType, hooks: JsonObject[], post?: (body: JsonObject) => JsonObject): CallGuard {
  const common = { body: {}, isStreaming: false, model: "m", modelAsked: "m", provider: "bedrock", metadata: {} };
  const { tools } = checkContext();
  return new CallGuard({
    hooks: { before: [], after: hooks.map((hook, index) => readHook(hook, { id: `hook-${index}`, path: [] })) },
    request: { type, ...common },
    tools: post === undefined ? tools : { ...tools, post: (_url, body) => Promise.resolve(post(body)) },
    now: () => 0,
    onFacts: () => {},
    onAsyncFacts: () => {},
    onPending: () => {},
  });
}

function choiceOf(index: number, content: string): JsonObject {
  return {
    index,
    text: content,
    message: { role: "assistant", content, content_blocks: [{ type: "text", text: content }] },
  };
}

/** A host's own form: the content a list, which blocks say again. */
function listChoice(text: string): JsonObject {
  const content = [
    { type: "text", text: "Good morning. " },
    { type: "text", text },
  ];
  return { choices: [{ index: 0, message: { role: "assistant", content, content_blocks: content } }] };
}

/** Each answer as it comes, with an address in it, and another where that is to be masked. */
const answers: [RequestType, (text: string) => JsonObject][] = [
  ["chatComplete", (text) => ({ choices: [choiceOf(0, text), choiceOf(1, "Good morning")] })],
  [
    "createModelResponse",
    (text) => ({ output: [{ type: "message", content: [{ type: "output_text", text }] }], output_text: text }),
  ],
  [
    "invoke",
    (text) => ({
      text,
      chat_history: [
        { role: "USER", message: "Hello" },
        { role: "CHATBOT", message: text },
      ],
    }),
  ],
];

describe.each(answers)("an answer of %s", (type, answerWith) => {
  const [before, masked] = ["Write to ann@example.com", "Write to [EMAIL_ADDRESS]"].map((text) => answerWith(text));

  test("is masked in all places, and nothing else of it is another", async () => {
    const { body } = await guardOf(type, [redacting]).after(JSON.stringify(before));
    const { hook_results: _, ...shown } = JSON.parse(body) as JsonObject;
    expect(shown).toEqual(masked);
  });

  test("shows what is masked to none of the checks behind", async () => {
    const noAddress = { id: "default.regexMatch", parameters: { rule: "ann@example", not: true } };
    const denying = { checks: [noAddress], deny: true };
    await expect(guardOf(type, [redacting, denying]).after(JSON.stringify(before))).resolves.toBeDefined();
    let shown: JsonObject = {};
    await guardOf(type, [redacting, asking], (asked) => {
      shown = asked;
      return { verdict: true };
    }).after(JSON.stringify(before));
    expect(shown["response"]).toMatchObject({ json: masked });
    expect(JSON.stringify(shown)).not.toContain("ann@example");
  });
});

test("a webhook need not change what says a text again", async () => {
  const json = { choices: [choiceOf(0, "Write to ann@example.com")] };
  const changed = {
    choices: [
      {
        ...json.choices[0],
        message: { ...(choiceOf(0, "Write to ann@example.com")["message"] as JsonObject), content: "Write to nobody" },
      },
    ],
  };
  const { body } = await guardOf("chatComplete", [asking], () => ({
    verdict: true,
    transformedData: { response: { json: changed } },
  })).after(JSON.stringify(json));
  expect(JSON.parse(body)).toMatchObject({ choices: [choiceOf(0, "Write to nobody")] });
});

test("texts that become one another by a check are still two places", async () => {
  const message = { role: "assistant", content: "bob@example.com" };
  const json = { choices: [{ index: 0, text: "ann@example.com", message }] };
  const { body } = await guardOf("chatComplete", [redacting]).after(JSON.stringify(json));
  expect(JSON.parse(body)).toMatchObject({
    choices: [{ text: "[EMAIL_ADDRESS]", message: { content: "[EMAIL_ADDRESS]" } }],
  });
});

test("a change of a further part of a list reaches the blocks that say the list again", async () => {
  const { body } = await guardOf("chatComplete", [redacting]).after(
    JSON.stringify(listChoice("Write to ann@example.com")),
  );
  expect(body).not.toContain("ann@example");
  expect(JSON.parse(body)).toMatchObject({
    choices: [
      {
        message: {
          content: [{ text: "Good morning. " }, { text: "Write to [EMAIL_ADDRESS]" }],
          content_blocks: [{ text: "Good morning. Write to [EMAIL_ADDRESS]" }, { text: "" }],
        },
      },
    ],
  });
});
