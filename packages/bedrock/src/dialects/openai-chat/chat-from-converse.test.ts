import { describe, expect, it } from "vitest";
import type { ConverseRequest } from "../../converse/request.ts";
import { chatFromConverseRequest } from "./chat-from-converse.ts";

const chatOf = (request: ConverseRequest): unknown => chatFromConverseRequest(request, "gpt-4o").request;

describe("a request of Converse as chat completions", () => {
  it("uses OpenAI's own fields wherever they say the same", () => {
    const { request, notCarried } = chatFromConverseRequest(
      {
        system: [{ text: "Be brief." }],
        messages: [
          { role: "user", content: [{ text: "weather?" }] },
          {
            role: "assistant",
            content: [{ text: "Looking." }, { toolUse: { toolUseId: "a", name: "f", input: { city: "Rome" } } }],
          },
          {
            role: "user",
            content: [
              { toolResult: { toolUseId: "a", content: [{ text: "hot" }], status: "error" } },
              { text: "and?" },
            ],
          },
        ],
        inferenceConfig: { maxTokens: 9, temperature: 0.1, topP: 0.2, stopSequences: ["x"] },
        toolConfig: {
          tools: [
            { toolSpec: { name: "f", description: "d", inputSchema: { json: { type: "object" } }, strict: true } },
          ],
          toolChoice: { any: {} },
        },
        outputConfig: {
          textFormat: { type: "json_schema", structure: { jsonSchema: { schema: '{"type":"object"}', name: "n" } } },
        },
        serviceTier: { type: "flex" },
        requestMetadata: { team: "a" },
      },
      "gpt-4o",
    );
    expect(request).toEqual({
      model: "gpt-4o",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "weather?" },
        {
          role: "assistant",
          content: "Looking.",
          tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: '{"city":"Rome"}' } }],
        },
        { role: "tool", tool_call_id: "a", content: "hot", status: "error" },
        { role: "user", content: "and?" },
      ],
      max_tokens: 9,
      temperature: 0.1,
      top_p: 0.2,
      stop: ["x"],
      tools: [
        { type: "function", function: { name: "f", description: "d", parameters: { type: "object" }, strict: true } },
      ],
      tool_choice: "required",
      response_format: { type: "json_schema", json_schema: { schema: { type: "object" }, name: "n" } },
      service_tier: "flex",
      metadata: { team: "a" },
    });
    expect(notCarried).toEqual([]);
  });

  it("media are data URLs and files", () => {
    const content = [
      { image: { format: "png" as const, source: { bytes: "iVBORw0KGgo=" } } },
      { document: { format: "pdf" as const, name: "Terms", source: { bytes: "JVBERi0=" } } },
      { audio: { format: "wav" as const, source: { bytes: "UklGRgAA" } } },
      { text: "see" },
    ];
    expect(chatOf({ messages: [{ role: "user", content }] })).toEqual({
      model: "gpt-4o",
      messages: [
        {
          role: "user",
          content: [
            { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } },
            { type: "file", file: { filename: "Terms.pdf", file_data: "data:application/pdf;base64,JVBERi0=" } },
            { type: "input_audio", input_audio: { data: "UklGRgAA", format: "wav" } },
            { type: "text", text: "see" },
          ],
        },
      ],
    });
  });

  it("what OpenAI has no form for stays in AWS's shape, in its place", () => {
    const blocks = [
      { guardContent: { text: { text: "g" } } },
      { searchResult: { source: "s", title: "t", content: [{ text: "c" }] } },
      { document: { name: "d", source: { text: "x" }, citations: { enabled: true } } },
    ];
    expect(chatOf({ messages: [{ role: "user", content: [...blocks, { text: "q" }] }] })).toMatchObject({
      messages: [{ role: "user", content: [...blocks, { type: "text", text: "q" }] }],
    });
  });

  it("names turns of one role, which are one on the way back", () => {
    const messages = [
      { role: "user" as const, content: [{ text: "a" }] },
      { role: "user" as const, content: [{ text: "b" }] },
    ];
    expect(chatFromConverseRequest({ messages }, "m").notCarried).toEqual(["messages[1].role"]);
  });

  it("names members that it does not know", () => {
    const request = {
      messages: [{ role: "user", content: [{ text: "a" }] }],
      novelty: 1,
    } as unknown as ConverseRequest;
    expect(chatFromConverseRequest(request, "m").notCarried).toEqual(["novelty"]);
  });

  it("keeps a schema's string where writing its JSON would change it", () => {
    const outputConfig = {
      textFormat: { type: "json_schema" as const, structure: { jsonSchema: { schema: '{"type": "object"}' } } },
    };
    expect(chatOf({ messages: [], outputConfig })).toEqual({ model: "gpt-4o", messages: [], outputConfig });
  });
});
