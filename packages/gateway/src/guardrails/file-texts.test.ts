/** Text files in base64 and in data URLs: read as text in every dialect, and written back as they stood. */
import type { JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import type { RequestType } from "./check.ts";
import { requestTexts } from "./request-texts.ts";
import { withTexts } from "./placed-text.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const url = (text: string, type = "text/plain"): string => `data:${type};base64,${base64(text)}`;

/** The place of a file in a request of each dialect, and how it is written there. */
const places: [string, RequestType, (written: string) => JsonObject, (text: string) => string][] = [
  ["chat: file_data", "chatComplete", (file_data) => chat({ type: "file", file: { filename: "a.csv", file_data } }), base64],
  ["chat: file_data as a URL", "chatComplete", (file_data) => chat({ type: "file", file: { file_data } }), url],
  ["chat: file_url", "chatComplete", (file_url) => chat({ type: "file", file: { file_url } }), (text) => url(text, "application/json")],
  ["chat: image_url", "chatComplete", (address) => chat({ type: "image_url", image_url: { url: address } }), url],
  ["chat: image_url alone", "chatComplete", (image_url) => chat({ type: "image_url", image_url }), (text) => url(text, "application/yaml")],
  ["chat: input_audio", "chatComplete", (data) => chat({ type: "input_audio", input_audio: { data, format: "wav" } }), url],
  ["chat: a tool's result", "chatComplete", (file_data) => ({ messages: [{ role: "tool", tool_call_id: "t", content: [{ type: "file", file: { file_data } }] }] }), base64],
  ["responses: file_data", "createModelResponse", (file_data) => responses({ type: "input_file", filename: "a.md", file_data }), (text) => url(text, "text/markdown")],
  ["responses: file_url", "createModelResponse", (file_url) => responses({ type: "input_file", file_url }), url],
  ["responses: image_url", "createModelResponse", (image_url) => responses({ type: "input_image", image_url }), url],
  ["responses: a tool's result", "createModelResponse", (file_data) => ({ input: [{ type: "function_call_output", call_id: "c", output: [{ type: "input_file", file_data }] }] }), base64],
  ["responses: a prompt's variable", "createModelResponse", (file_data) => ({ prompt: { id: "p", variables: { a: { type: "input_file", file_data } } }, input: [] }), base64],
  ["messages: document", "messages", (data) => messages(claudeDocument(data)), base64],
  ["messages: image", "messages", (data) => messages({ type: "image", source: { type: "base64", media_type: "text/html", data } }), base64],
  ["messages: document at an address", "messages", (address) => messages({ type: "document", source: { type: "url", url: address } }), url],
  ["messages: a tool's result", "messages", (data) => messages({ type: "tool_result", tool_use_id: "t", content: [claudeDocument(data)] }), base64],
  ["converse: bytes", "converse", (bytes) => messages({ document: { name: "a", format: "html", source: { bytes } } }), base64],
  ["converse: a tool's result", "converse", (bytes) => messages({ toolResult: { toolUseId: "t", content: [{ document: { name: "a", format: "txt", source: { bytes } } }] } }), base64],
  ["converse: among the model's own fields", "converse", (data) => ({ additionalModelRequestFields: messages(claudeDocument(data)) }), base64],
  ["invoke: Claude's document", "invoke", (data) => messages(claudeDocument(data)), base64],
  ["invoke: Nova's document", "invoke", (bytes) => messages({ document: { name: "a", format: "md", source: { bytes } } }), base64],
]; // prettier-ignore

function chat(part: JsonObject): JsonObject {
  return { messages: [{ role: "user", content: [{ type: "text", text: "Read." }, part] }] };
}
function responses(part: JsonObject): JsonObject {
  return { input: [{ role: "user", content: [part] }] };
}
function messages(block: JsonObject): JsonObject {
  return { messages: [{ role: "user", content: [block] }] };
}
function claudeDocument(data: string): JsonObject {
  return { type: "document", source: { type: "base64", media_type: "text/plain", data } };
}

const document = (bytes: string | Buffer, format: string): JsonObject =>
  messages({ document: { name: "a", format, source: { bytes: Buffer.from(bytes).toString("base64") } } });

describe.each(places)("%s", (_name, type, bodyOf, written) => {
  test("its text is judged, and goes back in the same form", () => {
    const text = "Ann, ann@example.com\nMüller, 💶 5";
    const body = bodyOf(written(text));
    const placed = requestTexts(type, body, "last").filter((each) => each.text === text);
    expect(placed).toHaveLength(1);
    const masked = "Ann, [EMAIL_ADDRESS]\nMüller, 💶 5";
    expect(withTexts(body, placed.map((each) => ({ ...each, text: masked })))).toEqual(bodyOf(written(masked))); // prettier-ignore
  });
});

describe("a file", () => {
  const read = (data: string, more: JsonObject = {}): string[] =>
    requestTexts("chatComplete", { messages: [{ role: "user", content: [{ type: "file", file: { file_data: data, ...more } }] }] }, "last").map(({ text }) => text); // prettier-ignore

  test("is read however its base64 is written", () => {
    const text = "???>>> ~~~ ann@example.com";
    const plain = base64(text);
    for (const form of [
      plain.replace(/=+$/, ""),
      plain.replaceAll("+", "-").replaceAll("/", "_"),
      plain.replace(/.{8}/g, "$&\r\n"),
      `DATA:TEXT/PLAIN;charset=utf-8;BASE64,${plain}`,
      `data:;base64,${plain.replaceAll("=", "%3D").replaceAll("+", "%2B")}`,
      `data:application/octet-stream;base64,${plain}`,
      `data:text/csv,${encodeURIComponent(text)}`,
    ]) {
      expect(read(form)).toEqual([text]);
    }
  });

  test("is text however it is called, and whatever it begins with", () => {
    for (const type of ["application/pdf", "application/x-sh", "application/msword"]) {
      expect(read(url("ann@example.com", type))).toEqual(["ann@example.com"]);
    }
    // Of a video or a sound of no known kind the bytes tell what is sent.
    for (const type of ["video/x-notes", "audio/x-notes"]) {
      expect(read(url("ann@example.com", type))).toEqual(["ann@example.com"]);
      expect(read(base64("ann@example.com"), { mime_type: type })).toEqual(["ann@example.com"]);
    }
    for (const format of ["txt", "csv", "md", "html"]) {
      for (const start of ["%PDF-1.7\n", "GIF89a", "PK\u0003\u0004"]) {
        const texts = requestTexts("converse", document(`${start} ann@example.com`, format), "last");
        expect(texts.map(({ text }) => text)).toContain(`${start} ann@example.com`);
      }
    }
  });

  test("that is none of text is not read: images, PDF, Office's", () => {
    const png = Buffer.from("89504e470d0a1a0a0000000d49484452", "hex").toString("base64");
    const zip = Buffer.from("504b0304140000000800aabbccdd", "hex").toString("base64");
    expect(read(png)).toEqual([]);
    expect(read(base64("%PDF-1.7\n1 0 obj"))).toEqual([]);
    expect(read(zip, { filename: "a.docx" })).toEqual(["a.docx"]);
    expect(read(`data:image/png;base64,${png}`)).toEqual([]);
    const source = { bytes: Buffer.from("d0cf11e0a1b11ae1ff", "hex").toString("base64") };
    expect(requestTexts("converse", messages({ document: { name: "a", format: "doc", source } }), "last")).toHaveLength(
      1,
    );
  });

  test.each([
    ["in another encoding", Buffer.from("Müller, ann@example.com", "latin1")],
    ["in UTF-16", Buffer.from("ann@example.com", "utf16le")],
    ["in UTF-16 with a mark of its order", Buffer.from("\ufeffann@example.com", "utf16le")],
  ])("%s is refused, as what no guardrail can see into", (_name, bytes) => {
    const fault = expect.objectContaining({ code: "unsupported_parameter", param: "messages[0].content[0].document.source.bytes" }); // prettier-ignore
    expect(() => requestTexts("converse", document(bytes, "csv"), "last")).toThrow(fault);
    expect(() => read(bytes.toString("base64"), { filename: "a.txt" })).toThrow("no guardrail can read");
  });

  test("that is no base64 is refused likewise", () => {
    for (const data of ["YW5uQ!!", "data:text/plain;base64,YW5u?", "data:text/plain,%E0%A4%A"]) {
      expect(() => read(data, { filename: "a.txt" })).toThrow("no guardrail can read");
    }
  });

  test("as text stands as it is, also where it looks like an address", () => {
    const source = { type: "text", media_type: "text/plain", data: "data:,ann@example.com" };
    const texts = requestTexts("messages", messages({ type: "document", source }), "last");
    expect(texts).toEqual([{ path: ["messages", 0, "content", 0, "source", "data"], text: "data:,ann@example.com" }]);
  });
});

test("whole numbers are judged, negative ones and those that no double holds too, and fractions are not", () => {
  const input = { a: -4_111_111_111_111_111, b: 12_345_678_901_234_567_000, c: 1.5, d: 999_999, e: -999_999 };
  const found = requestTexts("converse", messages({ toolUse: { toolUseId: "t", name: "f", input } }), "last");
  expect(found.map(({ text }) => text)).toEqual(["-4111111111111111", "12345678901234567000"]);
});
