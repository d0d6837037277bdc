import { describe, expect, it } from "vitest";
import { validate } from "./validate.ts";

const user = { role: "user", content: [{ text: "Hi" }] };

function messageFor(body: unknown, stream = false): string | undefined {
  const verdict = validate({
    modelId: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    region: "us-east-1",
    body,
    stream,
  });
  return "refusal" in verdict ? `${verdict.refusal.errorType}: ${verdict.refusal.message}` : undefined;
}

function toolNamed(name: string) {
  return { toolSpec: { name, inputSchema: { json: { type: "object" } } } };
}

describe("constraints of the service model", () => {
  it("counts list items from 1, with `.member` (form recorded in public reports)", () => {
    const long = "x".repeat(65);
    expect(messageFor({ messages: [user], toolConfig: { tools: [toolNamed("fine"), toolNamed(long)] } })).toBe(
      `ValidationException: 1 validation error detected: Value '${long}' at 'toolConfig.tools.2.member.toolSpec.name' failed to satisfy constraint: Member must have length less than or equal to 64`,
    );
    expect(messageFor({ messages: [user], toolConfig: { tools: [toolNamed("a.b")] } })).toBe(
      "ValidationException: 1 validation error detected: Value 'a.b' at 'toolConfig.tools.1.member.toolSpec.name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_-]+",
    );
  });

  it("tells all broken constraints at once", () => {
    expect(messageFor({ messages: [user], inferenceConfig: { maxTokens: 0, temperature: 1.5, topP: -1 } })).toBe(
      "ValidationException: 3 validation errors detected: Value '0' at 'inferenceConfig.maxTokens' failed to satisfy constraint: Member must have value greater than or equal to 1; " +
        "Value '1.5' at 'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1; " +
        "Value '-1' at 'inferenceConfig.topP' failed to satisfy constraint: Member must have value greater than or equal to 0",
    );
  });

  it.each([
    [
      { messages: [{ role: "bogus", content: [{ text: "Hi" }] }] },
      "Value 'bogus' at 'messages.1.member.role' failed to satisfy constraint: Member must satisfy enum value set: [user, assistant, system]",
    ],
    [
      { messages: [{ content: [{ text: "Hi" }] }] },
      "Value null at 'messages.1.member.role' failed to satisfy constraint: Member must not be null",
    ],
    [
      { messages: [user], toolConfig: { tools: [] } },
      "Value at 'toolConfig.tools' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      { messages: [user], system: [{ text: "" }] },
      "Value '' at 'system.1.member.text' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      { messages: [user], requestMetadata: {} },
      "Value at 'requestMetadata' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      { messages: [user], inferenceConfig: { stopSequences: [""] } },
      "Value '' at 'inferenceConfig.stopSequences.1.member' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      { messages: [{ role: "user", content: [{ image: { source: { bytes: "aGk=" } } }] }] },
      "Value null at 'messages.1.member.content.1.member.image.format' failed to satisfy constraint: Member must not be null",
    ],
    [
      { messages: [{ role: "user", content: [null] }] },
      "Value null at 'messages.1.member.content.1.member' failed to satisfy constraint: Member must not be null",
    ],
  ])("refuses %j", (body, message) => {
    expect(messageFor(body)).toBe(`ValidationException: 1 validation error detected: ${message}`);
  });

  it("refuses characters that metadata may not hold", () => {
    expect(messageFor({ messages: [user], requestMetadata: { user: "é" } })).toContain(
      "Value at 'requestMetadata' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 256",
    );
  });

  it("refuses unions with no known member or several", () => {
    expect(messageFor({ messages: [{ role: "user", content: [{ zzz: 1 }] }] })).toContain(
      "The ContentBlock object at messages.0.content.0 must set exactly one of the following keys: text, image,",
    );
    expect(
      messageFor({ messages: [{ role: "user", content: [{ text: "a", cachePoint: { type: "default" } }] }] }),
    ).toContain("Found: text, cachePoint.");
  });

  it("passes over unknown members and nulls", () => {
    expect(messageFor({ messages: [user], system: null, foo: 1, inferenceConfig: { topK: 3, topP: null } })).toBe(
      undefined,
    );
  });

  it("knows streamProcessingMode on streams alone", () => {
    const body = {
      messages: [user],
      guardrailConfig: { guardrailIdentifier: "abc", guardrailVersion: "1", streamProcessingMode: "never" },
    };
    expect(messageFor(body)).toBe(undefined);
    expect(messageFor(body, true)).toContain("'guardrailConfig.streamProcessingMode'");
  });
});

describe("JSON of a wrong type", () => {
  it.each([
    [{ messages: "Hi" }, "STRING_VALUE can not be converted to a List"],
    [{ messages: [{ role: "user", content: "Hi" }] }, "STRING_VALUE can not be converted to a List"],
    [
      { messages: [{ role: "user", content: [{ text: { a: 1 } }] }] },
      "Start of structure or map found where not expected.",
    ],
    [{ messages: [user], inferenceConfig: [] }, "Start of list found where not expected."],
    [{ messages: [user], inferenceConfig: { maxTokens: "5" } }, "STRING_VALUE can not be converted to an Integer"],
    [{ messages: [user], inferenceConfig: { maxTokens: 1.5 } }, "DECIMAL_VALUE can not be converted to an Integer"],
    [{ messages: [user], system: [{ text: true }] }, "TRUE_VALUE can not be converted to a String"],
    [
      { messages: [{ role: "user", content: [{ image: { format: "png", source: { bytes: "%%%" } } }] }] },
      "Invalid base64 in a blob",
    ],
    ["text", "Start of structure expected."],
    [null, "Start of structure expected."],
  ])("%j", (body, message) => {
    expect(messageFor(body)).toBe(`SerializationException: ${message}`);
  });

  it("refuses nesting that no conversation has", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 5000; level += 1) deep = [deep];
    expect(messageFor({ messages: [user], additionalModelRequestFields: { deep } })).toContain("nested too deeply");
  });
});
