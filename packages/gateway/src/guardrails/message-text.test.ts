/** Where the texts of bodies and answers stand that checks judge: what is not found there passes unjudged. */
import type { JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import { answerTexts, requestTexts } from "./message-text.ts";
import { replyTextWith } from "./reply-text.ts";

const found = (placed: readonly { text: string }[]): string[] => placed.map(({ text }) => text);

describe("a request", () => {
  test("of Converse has texts in what tools gave, as text and as JSON, and in cited answers of before", () => {
    const toolResult = {
      toolUseId: "t",
      content: [{ text: "one" }, { json: { rows: [{ mail: "two" }, 3], note: "four" } }],
    };
    const cited = { citationsContent: { content: [{ text: "five" }], citations: [{ title: "a" }] } };
    const messages = [
      { role: "assistant", content: [cited] },
      { role: "user", content: [{ toolResult }] },
    ];
    expect(found(requestTexts("converse", { messages }, "last"))).toEqual(["one", "two", "four"]);
    expect(found(requestTexts("converse", { messages }, "all"))).toEqual(["five", "one", "two", "four"]);
  });

  /** As AWS's page of Command R has it. */
  const command: JsonObject = {
    message: "asked",
    preamble: "rules",
    chat_history: [
      { role: "USER", message: "earlier" },
      { role: "CHATBOT", message: "answer" },
    ],
    documents: [{ title: "page", snippet: "quoted" }],
    tool_results: [{ call: { name: "look_up", parameters: { query: "q" } }, outputs: [{ mail: "given" }] }],
  };

  test("of Command R has them beside its message too", () => {
    expect(found(requestTexts("invoke", command, "last")).toSorted()).toEqual(["asked", "given", "page", "quoted"]);
    expect(found(requestTexts("invoke", command, "all")).toSorted()).toEqual(
      ["answer", "asked", "earlier", "given", "page", "quoted", "rules"].toSorted(),
    );
  });

  test("of InvokeModel that has several has them all: which of them the model reads is its own matter", () => {
    const body = { messages: [], prompt: "one", inputText: "two", message: "three" };
    expect(found(requestTexts("invoke", body, "last")).toSorted()).toEqual(["one", "three", "two"]);
    expect(() => requestTexts("invoke", { texts: ["one"] }, "last")).toThrow(
      expect.objectContaining({ code: "unsupported_operation" }),
    );
  });
});

describe("an answer", () => {
  /** As AWS answered in September 2025, recorded by langchain-aws. */
  test("of Converse that cites has its words in blocks of their own", () => {
    const citation = {
      location: { documentChar: { documentIndex: 0, end: 96, start: 58 } },
      sourceContent: [{ text: "Consult with your manager for details." }],
      title: "company_policy",
    };
    const content = [
      { text: "According to the policy, " },
      {
        citationsContent: {
          citations: [citation],
          content: [{ text: "employees should consult with their manager for details" }],
        },
      },
      { text: "." },
    ];
    expect(found(answerTexts("converse", { output: { message: { role: "assistant", content } } }))).toEqual([
      "According to the policy, ",
      "employees should consult with their manager for details",
      ".",
    ]);
  });

  /** As AWS answered in March 2025, recorded by OpenTelemetry. */
  test("of Command R says its text again in the history: what is changed is changed there too", () => {
    const before = {
      response_id: "379ed018/a23f0c4a-6922-49f2-8ffe-9135b5f1eb9d",
      text: "Write to ann@example.com.",
      chat_history: [
        { role: "USER", message: "To whom?" },
        { role: "CHATBOT", message: "Write to ann@example.com." },
      ],
      finish_reason: "COMPLETE",
    };
    expect(found(answerTexts("invoke", before))).toEqual(["Write to ann@example.com."]);
    const changes = [{ path: ["text"], text: "Write to [EMAIL_ADDRESS]." }];
    const written = replyTextWith(JSON.stringify(before), { type: "invoke", before, changes, results: undefined });
    expect(JSON.parse(written)).toEqual({
      ...before,
      text: "Write to [EMAIL_ADDRESS].",
      chat_history: [before.chat_history[0], { role: "CHATBOT", message: "Write to [EMAIL_ADDRESS]." }],
    });
  });
});
