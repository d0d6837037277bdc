/** Where the texts of bodies and answers stand that checks judge: what is not found there passes unjudged. */
import type { JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import { answerTexts, requestTexts, withTexts } from "./message-text.ts";
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

  test("to a prompt that AWS keeps is what is put into it, with the last message", () => {
    const body = { promptVariables: { genre: { text: "pop" } }, messages: [] };
    expect(found(requestTexts("converse", body, "last"))).toEqual(["pop"]);
    expect(found(requestTexts("chatComplete", { ...body, prompt_variables: { a: { text: "b" } } }, "last"))).toEqual([
      "pop",
      "b",
    ]);
  });

  test("has texts in the names of documents and search results, in refusals, and in what tools were called with", () => {
    const source = { type: "text", media_type: "text/plain", data: "two" };
    const anthropic = [
      { type: "document", title: "one", context: "three", source },
      { type: "search_result", source: "address", title: "four", content: [{ type: "text", text: "five" }] },
      { type: "tool_use", id: "t", name: "look", input: { q: "six", deep: [{ q: "seven" }] } },
    ];
    const ofMessages = requestTexts("messages", { messages: [{ role: "user", content: anthropic }] }, "last");
    expect(found(ofMessages).toSorted()).toEqual(["five", "four", "one", "seven", "six", "three", "two"]);
    const converse = [
      { document: { format: "txt", name: "a", context: "one", source: { text: "two" } } },
      { searchResult: { source: "address", title: "three", content: [{ text: "four" }] } },
      { toolUse: { toolUseId: "t", name: "look", input: { q: "five" } } },
    ];
    expect(
      found(requestTexts("converse", { messages: [{ role: "user", content: converse }] }, "last")).toSorted(),
    ).toEqual(["five", "four", "one", "three", "two"]);
    const refused = { role: "assistant", content: [{ type: "refusal", refusal: "one" }], refusal: "two" };
    expect(found(requestTexts("chatComplete", { messages: [refused] }, "last"))).toEqual(["one", "two"]);
    const items = [
      { type: "function_call", call_id: "f", name: "look", arguments: '{"q":"one"}' },
      { type: "custom_tool_call", call_id: "c", name: "run", input: "two" },
    ];
    expect(found(requestTexts("createModelResponse", { input: items }, "all"))).toEqual(["one", "two"]);
    // Nothing of an answer but its texts.
    expect(answerTexts("createModelResponse", { output: items })).toEqual([]);
    expect(answerTexts("messages", { content: anthropic.slice(2) })).toEqual([]);
  });

  test("has its arguments changed as JSON, where they are written as a text", () => {
    const call = {
      id: "f",
      type: "function",
      function: { name: "look", arguments: '{"q":"ann\\u0040example.com","n":1}' },
    };
    const messages = [{ role: "assistant", content: null, tool_calls: [call] }];
    const placed = requestTexts("chatComplete", { messages }, "last");
    expect(found(placed)).toEqual(["ann@example.com"]);
    const changed = withTexts({ messages }, [{ path: placed[0]?.path ?? [], text: 'a "b"' }]);
    expect(changed).toMatchObject({
      messages: [{ tool_calls: [{ function: { arguments: JSON.stringify({ q: 'a "b"', n: 1 }) } }] }],
    });
    const odd = '{"n":12345678901234567890}';
    const big = [{ type: "function_call", call_id: "f", name: "look", arguments: odd }];
    expect(found(requestTexts("createModelResponse", { input: big }, "last"))).toEqual([odd]);
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
    const jamba = { messages: [{ role: "user", content: "asked" }], documents: [{ content: "page" }] };
    expect(found(requestTexts("invoke", jamba, "last")).toSorted()).toEqual(["asked", "page"]);
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
