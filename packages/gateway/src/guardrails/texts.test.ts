/** Where the texts of bodies and answers stand that checks judge: what is not found there passes unjudged. */
import type { JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import type { RequestType } from "./check.ts";
import { answerOf, answerTexts } from "./answer-texts.ts";
import { requestTexts } from "./request-texts.ts";
import { withTexts } from "./placed-text.ts";
import { replyTextWith } from "./reply-text.ts";

const found = (placed: readonly { text: string }[]): string[] => placed.map(({ text }) => text);

describe("a request", () => {
  test("of Converse has texts in what tools gave, as text and as JSON, and in cited answers of before", () => {
    const toolResult = {
      toolUseId: "t",
      content: [{ text: "one" }, { json: { rows: [{ mail: "two" }, 3], note: "four" } }],
    };
    const cited = { citationsContent: { content: [{ text: "five" }], citations: [{ title: "six" }] } };
    const messages = [
      { role: "assistant", content: [cited] },
      { role: "user", content: [{ toolResult }] },
    ];
    expect(found(requestTexts("converse", { messages }, "last"))).toEqual(["one", "two", "four"]);
    expect(found(requestTexts("converse", { messages }, "all"))).toEqual(["five", "six", "one", "two", "four"]);
  });

  test("to a prompt that AWS keeps is what is put into it, with the last message", () => {
    const body = { promptVariables: { genre: { text: "pop" } }, messages: [] };
    expect(found(requestTexts("converse", body, "last"))).toEqual(["pop"]);
    expect(found(requestTexts("chatComplete", { ...body, prompt_variables: { a: { text: "b" } } }, "last"))).toEqual([
      "pop",
      "b",
    ]);
    // As OpenAI keeps them.
    const prompt = { id: "pmpt_1", variables: { a: "one", b: { type: "input_text", text: "two" } } };
    expect(found(requestTexts("createModelResponse", { prompt, input: [] }, "last"))).toEqual(["one", "two"]);
  });

  test("is answered by all that a host writes as text: what it says again at the top, and a choice's own text", () => {
    const output = [{ type: "message", content: [{ type: "output_text", text: "one" }] }];
    expect(found(answerTexts("createModelResponse", { output, output_text: "two" }))).toEqual(["one", "two"]);
    expect(
      found(answerTexts("chatComplete", { choices: [{ text: "one", message: { content: "two" } }] })).toSorted(),
    ).toEqual(["one", "two"]);
  });

  test("is answered by what a host's own tools found, wrote and failed with", () => {
    const output = [
      { type: "file_search_call", queries: ["asked"], results: [{ file_id: "f", text: "one" }] },
      { type: "shell_call_output", output: [{ stdout: "two", stderr: "three", outcome: { type: "exit" } }] },
      { type: "code_interpreter_call", code: "asked", outputs: [{ type: "logs", logs: "four" }] },
      { type: "mcp_call", arguments: "{}", output: null, error: "five" },
    ];
    expect(found(answerTexts("createModelResponse", { output }))).toEqual(["one", "two", "three", "four", "five"]);
  });

  test("is answered by what the caller asked for of the model's own answer, and by why Claude refuses", () => {
    const fields = { content: [{ type: "text", text: "two" }], stop_sequence: "three" };
    const output = { message: { role: "assistant", content: [{ text: "one" }] } };
    expect(found(answerTexts("converse", { output, additionalModelResponseFields: fields }))).toContain("two");
    const message = { role: "assistant", content: "one", additional_model_response_fields: fields };
    expect(found(answerTexts("chatComplete", { choices: [{ index: 0, message }] }))).toEqual([
      "one",
      "text",
      "two",
      "three",
    ]);
    const refusal = { content: [], stop_reason: "refusal", stop_details: { type: "refusal", explanation: "four" } };
    for (const type of ["messages", "invoke"] as const) expect(found(answerTexts(type, refusal))).toEqual(["four"]);
  });

  test("is answered by blocks that say something else than the content, as beside a structured answer", () => {
    const blocks = [
      { type: "text", text: "Write to ann@example.com" },
      { type: "text", text: '{"a":1}' },
    ];
    const message = { role: "assistant", content: '{"a":1}', content_blocks: blocks };
    const body = { choices: [{ index: 0, message }] };
    expect(found(answerTexts("chatComplete", body))).toEqual(['{"a":1}', "Write to ann@example.com", '{"a":1}']);
    const changes = answerTexts("chatComplete", body).map((placed) => ({
      ...placed,
      text: placed.text.replace("ann@example.com", "[EMAIL_ADDRESS]"),
    }));
    const written = replyTextWith(JSON.stringify(body), {
      type: "chatComplete",
      before: body,
      changes,
      results: undefined,
    });
    const [first, ...others] = blocks;
    expect(JSON.parse(written)).toEqual({
      choices: [
        {
          index: 0,
          message: { ...message, content_blocks: [{ ...first, text: "Write to [EMAIL_ADDRESS]" }, ...others] },
        },
      ],
    });
  });

  test("keeps the bytes of texts that no check changed, however many are", () => {
    const content = Array.from({ length: 20_000 }, (_, index) => ({ text: index % 2 === 0 ? "clean" : "ann" }));
    const before = { output: { message: { role: "assistant", content } } };
    const text = JSON.stringify(before).replaceAll("clean", "cl\\u0065an");
    const changes = answerTexts("converse", before).map(({ path, text: own }) => ({
      path,
      text: own.replace("ann", "[X]"),
    }));
    const written = replyTextWith(text, { type: "converse", before, changes, results: undefined });
    expect(written).toBe(text.replaceAll("ann", "[X]"));
  });

  test.each<[Parameters<typeof answerTexts>[0], (text: string) => JsonObject]>([
    [
      "createModelResponse",
      (text) => ({ output: [{ type: "message", content: [{ type: "output_text", text }] }], output_text: text }),
    ],
    ["chatComplete", (text) => ({ choices: [{ message: { content: text }, text }] })],
    ["invoke", (text) => ({ choices: [{ message: { content: text }, text }] })],
  ])("%s: a text that a host says twice is judged once, and changed in both places", (type, answer) => {
    const before = answer('{"a":1}');
    expect(found(answerTexts(type, before))).toEqual(['{"a":1}']);
    const changes = answerTexts(type, before).map(({ path }) => ({ path, text: "b" }));
    const after = replyTextWith(JSON.stringify(before), { type, before, changes, results: undefined });
    expect(JSON.parse(after)).toMatchObject(answer("b"));
  });

  test.each(["chatComplete", "complete", "messages", "createModelResponse", "converse", "invoke"] as const)(
    "%s: an answer that is made of texts has these",
    (type) => {
      expect(found(answerTexts(type, answerOf(type, ["one", "two"])))).toEqual(["one", "two"]);
    },
  );

  test("has texts in the names of documents and search results, in where these are from, in refusals, and in what tools were called with", () => {
    const source = { type: "text", media_type: "text/plain", data: "two" };
    const anthropic = [
      { type: "document", title: "one", context: "three", source },
      { type: "search_result", source: "address", title: "four", content: [{ type: "text", text: "five" }] },
      { type: "tool_use", id: "t", name: "look", input: { q: "six", deep: [{ q: "seven" }] } },
    ];
    const ofMessages = requestTexts("messages", { messages: [{ role: "user", content: anthropic }] }, "last");
    expect(found(ofMessages).toSorted()).toEqual(["address", "five", "four", "one", "seven", "six", "three", "two"]);
    const converse = [
      { document: { format: "txt", name: "a", context: "one", source: { text: "two" } } },
      { searchResult: { source: "address", title: "three", content: [{ text: "four" }] } },
      { toolUse: { toolUseId: "t", name: "look", input: { q: "five" } } },
    ];
    expect(
      found(requestTexts("converse", { messages: [{ role: "user", content: converse }] }, "last")).toSorted(),
    ).toEqual(["a", "address", "five", "four", "one", "three", "two"]);
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

  test("has texts in what hosts ran themselves, in files' names, in quotes of before, and in numbers that may be somebody's", () => {
    const answers = [
      {
        type: "bash_code_execution_tool_result",
        content: { type: "result", stdout: "one", stderr: "two", content: [] },
      },
      {
        type: "web_fetch_tool_result",
        content: { content: { type: "document", source: { type: "text", data: "three" } } },
      },
      { type: "text", text: "four", citations: [{ type: "char_location", cited_text: "five", document_title: "six" }] },
    ];
    expect(found(requestTexts("messages", { messages: [{ role: "user", content: answers }] }, "last"))).toEqual([
      "one",
      "two",
      "three",
      "four",
      "five",
      "six",
    ]);
    const input = [
      { type: "shell_call", action: { commands: ["one"] } },
      { type: "shell_call_output", output: [{ stdout: "two", stderr: "three" }] },
      { type: "apply_patch_call", operation: { type: "update_file", path: "3a", diff: "four" } },
      { type: "file_search_call", queries: ["five"], results: [{ filename: "six", text: "seven" }] },
      { type: "code_interpreter_call", code: "eight", outputs: [{ type: "logs", logs: "nine" }] },
      { type: "message", role: "user", content: [{ type: "input_file", filename: "ten", file_data: "data:" }] },
      // Thinking of before.
      { type: "reasoning", content: [{ type: "reasoning_text", text: "no" }], summary: [{ text: "no" }] },
    ];
    expect(found(requestTexts("createModelResponse", { input }, "all"))).toEqual([
      "one",
      "two",
      "three",
      "3a",
      "four",
      "five",
      "six",
      "seven",
      "eight",
      "nine",
      "ten",
    ]);
    // Of other dialects that word says nothing: their messages are read without it.
    for (const type of ["chatComplete", "messages", "converse", "invoke"] as const) {
      const spoken = { type: "reasoning", role: "user", content: [{ type: "text", text: "one" }] };
      expect(found(requestTexts(type, { messages: [spoken] }, "last"))).toEqual(["one"]);
    }
    const file = { type: "file", file: { filename: "one", file_data: "data:" } };
    expect(found(requestTexts("chatComplete", { messages: [{ role: "user", content: [file] }] }, "last"))).toEqual([
      "one",
    ]);
    const json = { card: 4111111111111111, count: 12, rate: 1234567.5 };
    const body = { messages: [{ role: "user", content: [{ toolResult: { toolUseId: "t", content: [{ json }] } }] }] };
    const placed = requestTexts("converse", body, "last");
    expect(found(placed)).toEqual(["4111111111111111"]);
    const changed = withTexts(body, [{ path: placed[0]?.path ?? [], text: "[CREDIT_CARD]" }]);
    expect(changed).toMatchObject({
      messages: [{ content: [{ toolResult: { content: [{ json: { ...json, card: "[CREDIT_CARD]" } }] } }] }],
    });
  });

  test("has texts in where pages are from that a search found, in what editors, screens and programs gave, and in how to sum up", () => {
    const page = { type: "web_search_result", url: "one", title: "two", page_age: "three", encrypted_content: "no" };
    const fetched = { type: "document", source: { type: "url", url: "https://no.example" } };
    const given = [
      { type: "web_search_tool_result", content: [page] },
      { type: "web_fetch_tool_result", content: { type: "web_fetch_result", url: "four", content: fetched } },
      { type: "text_editor_code_execution_tool_result", content: { lines: ["five", "six"], new_lines: 2 } },
      { type: "tool_search_tool_result", content: { error_code: "unavailable", error_message: "seven" } },
      {
        type: "tool_result",
        content: [{ type: "browser_state", tabs: [{ title: "eight", url: "nine" }], state_changes: [{ path: "ten" }] }],
      },
    ];
    const asked = found(requestTexts("messages", { messages: [{ role: "user", content: given }] }, "last"));
    expect(asked).toEqual(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]);
    expect(found(answerTexts("messages", { content: given.slice(0, 4) }))).toEqual(["two", "five", "six", "seven"]);

    const input = [
      { type: "computer_call", actions: [{ type: "type", text: "one" }] },
      { type: "computer_call_output", acknowledged_safety_checks: [{ id: "s", message: "two" }] },
      { type: "program", code: "three" },
      { type: "program_output", result: "four" },
      // A picture.
      { type: "image_generation_call", result: "no" },
    ];
    expect(found(requestTexts("createModelResponse", { input }, "all"))).toEqual(["one", "two", "three", "four"]);
    expect(found(answerTexts("createModelResponse", { output: input }))).toEqual(["four"]);

    const edits = [{ type: "clear_thinking_20251015" }, { type: "compact_20260112", instructions: "one" }];
    const summed = { messages: [], context_management: { edits }, compaction: { instructions: "two" } };
    expect(found(requestTexts("messages", summed, "all")).toSorted()).toEqual(["one", "two"]);
    const fields = { messages: [], additionalModelRequestFields: { context_management: { edits } } };
    expect(found(requestTexts("converse", fields, "all"))).toEqual(["one"]);
  });

  test("keeps names of documents such as AWS takes", () => {
    const body = { messages: [{ role: "user", content: [{ document: { name: "4111 1111 1111 1111", source: {} } }] }] };
    const [name] = requestTexts("converse", body, "last");
    expect(name?.text).toBe("4111 1111 1111 1111");
    expect(withTexts(body, [{ path: name?.path ?? [], text: "[CREDIT_CARD]" }])).toMatchObject({
      messages: [{ content: [{ document: { name: "[CREDIT-CARD]" } }] }],
    });
  });

  test("has texts in what an answer is to be like, and in what is to follow it", () => {
    const parts = [{ type: "text", text: "two" }];
    const chat = { messages: [{ role: "user", content: "one" }], prediction: { type: "content", content: parts } };
    expect(found(requestTexts("chatComplete", chat, "last"))).toEqual(["one", "two"]);
    expect(found(requestTexts("complete", { prompt: ["one"], suffix: "two" }, "last"))).toEqual(["one", "two"]);
  });

  test("of embeddings may be one input without a list", () => {
    expect(found(requestTexts("embed", { input: { text: "one" } }, "last"))).toEqual(["one"]);
    expect(found(requestTexts("embed", { input: { content: [{ text: "one" }, "two"] } }, "last"))).toEqual([
      "one",
      "two",
    ]);
    expect(found(requestTexts("embed", { input: [{ text: "one" }, "two"] }, "last"))).toEqual(["one", "two"]);
  });

  test("has arguments that would become millions of values judged as the text that they are", () => {
    const many = `[${"{},".repeat(700_000)}0]`;
    const messages = [
      { role: "assistant", tool_calls: [{ type: "function", function: { name: "look", arguments: many } }] },
    ];
    expect(found(requestTexts("chatComplete", { messages }, "all"))).toEqual([many]);
    const some = { function: { name: "look", arguments: `{"a":[${'"x",'.repeat(300_000)}0]}` } };
    const several = [{ role: "assistant", tool_calls: [some, some, some, some, some] }];
    const texts = found(requestTexts("chatComplete", { messages: several }, "all"));
    expect(texts.filter((text) => text === some.function.arguments)).toHaveLength(2);
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
    expect(found(requestTexts("invoke", command, "last")).toSorted()).toEqual([
      "asked",
      "given",
      "page",
      "q",
      "quoted",
    ]);
    expect(found(requestTexts("invoke", command, "all")).toSorted()).toEqual(
      ["answer", "asked", "earlier", "given", "page", "q", "quoted", "rules"].toSorted(),
    );
    // Tools of before: with what they were called, and what they gave.
    const chat_history = [
      { role: "CHATBOT", message: "one", tool_calls: [{ name: "look_up", parameters: { query: "two" } }] },
      {
        role: "TOOL",
        tool_results: [{ call: { name: "look_up", parameters: { query: "three" } }, outputs: [{ a: "four" }] }],
      },
    ];
    expect(found(requestTexts("invoke", { message: "asked", chat_history }, "all")).toSorted()).toEqual([
      "asked",
      "four",
      "one",
      "three",
      "two",
    ]);
  });

  // What some model reads stands beside what the body was judged by.
  test.each<[string, JsonObject]>([
    ["negative_prompt", { prompt: "a", negative_prompt: "mine" }],
    ["search_prompt", { prompt: "a", search_prompt: "mine", image: "AA==" }],
    ["select_prompt", { prompt: "a", select_prompt: "mine", image: "AA==" }],
    [
      "promptBasedMask",
      { inputText: "a", virtualTryOnParams: { sourceImage: "AA==", promptBasedMask: { maskPrompt: "mine" } } },
    ],
    ["text_prompts", { prompt: "a", text_prompts: [{ text: "mine", weight: 1 }] }],
    ["textToImageParams", { inputText: "a", taskType: "TEXT_IMAGE", textToImageParams: { text: "mine" } }],
    ["inPaintingParams", { messages: [], inPaintingParams: { image: "AA==", negativeText: "mine" } }],
    ["textToVideoParams", { prompt: "a", textToVideoParams: { text: "mine" } }],
    ["Marengo's text", { messages: [], inputType: "text", text: { inputText: "mine" } }],
    ["Marengo's text beside an image", { inputType: "text_image", text_image: { inputText: "mine", mediaSource: {} } }],
    ["Nova Canvas's text alone", { taskType: "TEXT_IMAGE", textToImageParams: { text: "mine" } }],
    ["Pegasus's inputPrompt", { inputPrompt: "mine", mediaSource: {} }],
    ["suffix", { prompt: "a", suffix: "mine" }],
    ["instructions", { messages: [], instructions: "mine" }],
    ["input", { messages: [], input: "mine" }],
  ])("of InvokeModel has %s too", (_name, body) => {
    const placed = requestTexts("invoke", body, "last");
    expect(found(placed)).toContain("mine");
    const changed = withTexts(
      body,
      placed.filter(({ text }) => text === "mine").map(({ path }) => ({ path, text: "no" })),
    );
    expect(JSON.stringify(changed)).toBe(JSON.stringify(body).replace("mine", "no"));
  });

  test.each(["chatComplete", "messages", "converse", "createModelResponse", "complete"] as const)(
    "%s: has what Converse hands on to the model, and a host is asked by in another dialect's words",
    (type) => {
      const handedOn = { top_k: 5, system: "one", messages: [{ role: "user", content: "two" }] };
      for (const name of ["additionalModelRequestFields", "additional_model_request_fields"]) {
        expect(found(requestTexts(type, { [name]: handedOn }, "all")), name).toEqual(["one", "two"]);
      }
      expect(found(requestTexts(type, { promptVariables: { a: { text: "one" } } }, "last"))).toEqual(["one"]);
      for (const name of ["system", "instructions", "prompt", "input", "inputText", "preamble", "suffix"]) {
        const texts = found(requestTexts(type, { message: "m", [name]: "one" }, "all"));
        expect(
          texts.filter((text) => text === "one"),
          name,
        ).toHaveLength(1);
      }
      expect(found(requestTexts(type, { messages: [{ role: "user", content: "one" }] }, "last"))).toEqual(["one"]);
    },
  );

  test("has who speaks and what was spoken, and where what was cited and found is from", () => {
    const chat = [
      { role: "system", name: "one", content: "two" },
      {
        role: "assistant",
        content: [{ type: "text", text: "three", citations: [{ location: { web: { url: "four", domain: "five" } } }] }],
        audio: { id: "a", data: "AA==", transcript: "six" },
        annotations: [{ type: "url_citation", url_citation: { url: "seven", title: "eight" } }],
      },
      { role: "tool", name: "look_up", tool_call_id: "t", content: "nine" },
      // Images are not.
      { role: "user", content: [{ type: "image", source: { type: "url", url: "https://example.com" } }] },
    ];
    expect(found(requestTexts("chatComplete", { messages: chat }, "all")).toSorted()).toEqual(
      ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"].toSorted(),
    );
    const input = [
      { type: "web_search_call", action: { type: "search", query: "one", sources: [{ type: "url", url: "two" }] } },
      { type: "web_search_call", action: { type: "find", url: "three", pattern: "four" } },
      { type: "local_shell_call", action: { type: "exec", env: { A: "five" }, working_directory: "six" } },
      { type: "computer_call", action: { type: "wait" }, pending_safety_checks: [{ id: "1", message: "seven" }] },
      { type: "mcp_call", name: "a", error: "eight" },
      { type: "mcp_approval_response", approve: false, reason: "nine" },
      { type: "file_search_call", results: [{ attributes: { owner: "ten" } }] },
      { type: "image_generation_call", result: "AA==", revised_prompt: "eleven" },
    ];
    expect(found(requestTexts("createModelResponse", { input }, "all"))).toEqual([
      "one",
      "two",
      "three",
      "four",
      "five",
      "six",
      "seven",
      "eight",
      "nine",
      "ten",
      "eleven",
    ]);
  });

  /** What a model gets by each is the address: Converse takes JSON that was read, and hosts read it. */
  test.each([
    String.raw`"ann\u0040example.com"`,
    String.raw`{"a":"ann\u0040example.com","n":12345678901234567890123}`,
    String.raw`{"a":"x","a":"ann\u0040example.com"}`,
    String.raw`{"a":"\tann\u0040example.com\n","a":"x"}`,
    String.raw`{"a":"\u0022ann\u0040example.com\u0022","a":"x"}`,
  ])("has arguments as they are read, however they are escaped: %s", (written) => {
    const call = { id: "t", type: "function", function: { name: "f", arguments: written } };
    const [placed] = requestTexts("chatComplete", { messages: [{ role: "assistant", tool_calls: [call] }] }, "all");
    expect(placed?.text).toMatch(/(?:^|[ "])ann@example\.com(?:$|[ "\\])/);
    // What a check changes in it is JSON as before.
    expect(written.startsWith('"') || JSON.parse(placed?.text ?? "") !== null).toBe(true);
  });

  test("of InvokeModel that has several has them all: which of them the model reads is its own matter", () => {
    const body = { messages: [], prompt: "one", inputText: "two", message: "three" };
    expect(found(requestTexts("invoke", body, "last")).toSorted()).toEqual(["one", "three", "two"]);
    const jamba = { messages: [{ role: "user", content: "asked" }], documents: [{ content: "page" }] };
    expect(found(requestTexts("invoke", jamba, "last")).toSorted()).toEqual(["asked", "page"]);
    expect(() => requestTexts("invoke", { taskType: "TEXT_IMAGE" }, "last")).toThrow(
      expect.objectContaining({ code: "unsupported_operation" }),
    );
  });
});

/** As recorded of Cohere, Nova and Titan; TwelveLabs's by AWS's documents. */
test.each<[string, JsonObject, JsonObject, string[]]>([
  ["Cohere's texts", { texts: ["one", "two"], input_type: "search_query" }, { embeddings: { float: [[1]] }, texts: ["one"] }, ["one"]],
  ["Cohere's inputs", { inputs: [{ content: [{ type: "text", text: "one" }, { type: "text", text: "two" }] }] }, { embeddings: [[1]] }, []],
  ["Marengo's", { inputType: "text_image", text_image: { inputText: "one", mediaSource: {} }, documents: ["two"] }, { data: [{ embedding: [1] }] }, []],
  ["Nova Canvas's", { taskType: "TEXT_IMAGE", textToImageParams: { text: "one", negativeText: "two" } }, { images: ["AA=="], error: "two" }, ["two"]],
  ["Pegasus's", { inputPrompt: "one", mediaSource: {}, documents: ["two"] }, { message: "two", finishReason: "stop" }, ["two"]],
  ["Nova's", { taskType: "SINGLE_EMBEDDING", singleEmbeddingParams: { embeddingPurpose: "GENERIC_INDEX", text: { value: "one" } }, inputText: "two" }, { embeddings: [{ embedding: [1] }] }, []],
  ["Titan's", { inputText: "one", documents: ["two"] }, { embedding: [1], inputTextTokenCount: 3 }, []],
  ["what is ranked", { query: "one", documents: ["two"] }, { results: [{ index: 0, relevance_score: 0.9 }] }, []],
  ["Titan's texts", { inputText: "one", documents: ["two"] }, { results: [{ outputText: "said", completionReason: "FINISH" }] }, ["said"]],
])("InvokeModel of %s", (_name, body, answer, said) => {
  expect(found(requestTexts("invoke", body, "last")).toSorted()).toEqual(["one", "two"]);
  expect(found(answerTexts("invoke", answer))).toEqual(said);
}); // prettier-ignore

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

  test("has refusals, what was spoken, and what AWS's own tools gave; of thinking nothing", () => {
    const message = { content: null, refusal: "one", audio: { id: "a", transcript: "two" } };
    expect(found(answerTexts("chatComplete", { choices: [{ message }] }))).toEqual(["one", "two"]);
    const output = [
      { type: "reasoning", content: [{ type: "reasoning_text", text: "no" }], summary: [] },
      { type: "message", content: [{ type: "refusal", refusal: "one" }] },
      { type: "message", content: [{ type: "output_audio", data: "AA==", transcript: "two" }] },
    ];
    expect(found(answerTexts("createModelResponse", { output }))).toEqual(["one", "two"]);
    const toolResult = { toolUseId: "t", content: [{ text: "given" }] };
    const content_blocks = [
      { type: "toolResult", toolResult },
      { type: "text", text: "said" },
    ];
    const before = { choices: [{ index: 0, message: { content: "said", content_blocks } }] };
    const texts = answerTexts("chatComplete", before);
    expect(found(texts)).toEqual(["said", "given"]);
    const changes = texts.map(({ path, text }) => ({ path, text: `[${text}]` }));
    const written = replyTextWith(JSON.stringify(before), {
      type: "chatComplete",
      before,
      changes,
      results: undefined,
    });
    expect(JSON.parse(written)).toMatchObject({
      choices: [
        {
          message: {
            content: "[said]",
            content_blocks: [{ toolResult: { content: [{ text: "[given]" }] } }, { text: "[said]" }],
          },
        },
      ],
    });
  });

  test.each<[RequestType, JsonObject, JsonObject]>([
    [
      "chatComplete",
      { choices: [{ message: { content: "a" }, logprobs: { content: [{ token: "a" }] } }] },
      { choices: [{ message: { content: "b" }, logprobs: null }] },
    ],
    [
      "complete",
      { choices: [{ text: "a", logprobs: { tokens: ["a"] } }] },
      { choices: [{ text: "b", logprobs: null }] },
    ],
    [
      "createModelResponse",
      { output: [{ content: [{ type: "output_text", text: "a", logprobs: [{ token: "a" }] }] }] },
      { output: [{ content: [{ type: "output_text", text: "b", logprobs: [] }] }] },
    ],
  ])("of %s loses the tokens of a text that was changed", (type, before, after) => {
    const change = (text: string): unknown => {
      const changes = answerTexts(type, before).map(({ path }) => ({ path, text }));
      return JSON.parse(replyTextWith(JSON.stringify(before), { type, before, changes, results: undefined }));
    };
    expect(change("b")).toEqual(after);
    expect(change("a")).toEqual(before);
  });

  test("of Command R says its own words again where it cites for them", () => {
    const text = "Write to ann@example.com, it says.";
    const citations = [{ start: 9, end: 24, text: "ann@example.com", document_ids: ["doc_0"] }];
    expect(found(answerTexts("invoke", { text, citations }))).toEqual([text, "ann@example.com"]);
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
