import { describe, expect, it } from "vitest";
import { AditError } from "../errors/adit-error.ts";
import { exchangesOf } from "../wire/testing/recordings.ts";
import { checkConverseRequest } from "./check-request.ts";
import type { ConverseRequest } from "./request.ts";
import { everyRequest } from "./testing/every-member.ts";
import { faultBy, type ServiceModel } from "./testing/service-model.ts";
import { dataFile } from "../wire/testing/data-checks.ts";

function refusalOf(body: unknown): AditError {
  try {
    checkConverseRequest(body);
  } catch (error) {
    if (AditError.isInstance(error)) {
      return error;
    }
    throw error;
  }
  throw new Error("It was taken.");
}

const user = (...content: unknown[]): unknown => ({ messages: [{ role: "user", content }] });
const bytes = "aGk=";

describe("checkConverseRequest", () => {
  it.each(everyRequest.map((request, index) => [index, request] as const))(
    "gives back the same object, unchanged: sample %i",
    (_index, request) => {
      const before = structuredClone(request);
      expect(checkConverseRequest(request)).toBe(request);
      expect(request).toEqual(before);
    },
  );

  it("keeps fields, blocks and members that it does not know", () => {
    const request = {
      futureField: { a: 1 },
      messages: [
        { role: "user", content: [{ futureBlock: { deep: [1] } }, { text: "hi", futureMember: 1 }], futureField: true },
      ],
      inferenceConfig: { maxTokens: 5, topK: "many" },
      toolConfig: { tools: [{ futureTool: {} }], toolChoice: { futureChoice: {} } },
    };
    const before = structuredClone(request);
    expect(checkConverseRequest(request)).toBe(request);
    expect(request).toEqual(before);
  });

  it("takes an empty request, empty messages and null for what may be absent", () => {
    expect(() => checkConverseRequest({})).not.toThrow();
    expect(() => checkConverseRequest({ messages: [] })).not.toThrow();
    expect(() =>
      checkConverseRequest({
        system: null,
        inferenceConfig: { maxTokens: null },
        messages: [{ role: "user", content: [{ text: "hi", image: null }] }],
      }),
    ).not.toThrow();
  });

  it.each<[string, unknown, string | undefined, string]>([
    ["an array", [], undefined, "The request must be an object, not an array."],
    ["nothing", undefined, undefined, "The request is missing: an object is expected."],
    ["text", "{}", undefined, 'The request must be an object, not "{}".'],
    ["messages of text", { messages: "hi" }, "messages", 'messages must be an array, not "hi".'],
    [
      "content of text",
      { messages: [{ role: "user", content: "hi" }] },
      "messages[0].content",
      'messages[0].content must be an array, not "hi".',
    ],
    [
      "a block of text",
      user({ text: "a" }, "hi"),
      "messages[0].content[1]",
      'messages[0].content[1] must be an object, not "hi".',
    ],
    ["a number as text", user({ text: 5 }), "messages[0].content[0].text", "must be a string, not 5"],
    [
      "an unknown role",
      { messages: [{ role: "tool", content: [] }] },
      "messages[0].role",
      'must be one of user, assistant, system, not "tool"',
    ],
    ["no role", { messages: [{ content: [] }] }, "messages[0].role", "is missing: one of user, assistant, system"],
    ["an empty block", user({}), "messages[0].content[0]", "must hold one of text, image, document"],
    [
      "two members",
      user({ text: "a", cachePoint: { type: "default" } }),
      "messages[0].content[0]",
      "must hold one member alone, and holds text and cachePoint",
    ],
    [
      "an unknown image format",
      user({ image: { format: "bmp", source: { bytes } } }),
      "messages[0].content[0].image.format",
      'must be one of png, jpeg, gif, webp, not "bmp"',
    ],
    [
      "no source",
      user({ image: { format: "png" } }),
      "messages[0].content[0].image.source",
      "is missing: an object is expected",
    ],
    [
      "bytes as bytes",
      user({ image: { format: "png", source: { bytes: new Uint8Array([1]) } } }),
      "messages[0].content[0].image.source.bytes",
      "must be a base64 string, not the bytes themselves",
    ],
    [
      "bytes that are not base64",
      user({ image: { format: "png", source: { bytes: "data:image/png;base64,aGk=" } } }),
      "messages[0].content[0].image.source.bytes",
      "is not base64",
    ],
    [
      "no bytes",
      user({ image: { format: "png", source: { bytes: "" } } }),
      "messages[0].content[0].image.source.bytes",
      "is empty",
    ],
    [
      "a bad place in S3",
      user({ video: { format: "mp4", source: { s3Location: { uri: "https://bucket/key" } } } }),
      "messages[0].content[0].video.source.s3Location.uri",
      "must be s3://BUCKET/KEY",
    ],
    [
      "a long document name",
      user({ document: { name: "a".repeat(201), source: { text: "a" } } }),
      "messages[0].content[0].document.name",
      "must have 1 to 200 characters",
    ],
    [
      "no input of a tool",
      user({ toolUse: { toolUseId: "a", name: "b" } }),
      "messages[0].content[0].toolUse.input",
      "is missing",
    ],
    [
      "the type that replies carry",
      user({ toolUse: { toolUseId: "a", name: "b", input: {}, type: "tool_use" } }),
      "messages[0].content[0].toolUse.type",
      "must be one of server_tool_use",
    ],
    [
      "a tool id with a space",
      user({ toolResult: { toolUseId: "a b", content: [] } }),
      "messages[0].content[0].toolResult.toolUseId",
      "must be 1 to 64 of the characters",
    ],
    [
      "a ttl of an hour in words",
      { system: [{ cachePoint: { type: "default", ttl: "1 hour" } }] },
      "system[0].cachePoint.ttl",
      "must be one of 5m, 1h",
    ],
    ["an empty system text", { system: [{ text: "" }] }, "system[0].text", "must have at least 1 characters"],
    ["maxTokens 0", { inferenceConfig: { maxTokens: 0 } }, "inferenceConfig.maxTokens", "must be at least 1"],
    ["maxTokens 1.5", { inferenceConfig: { maxTokens: 1.5 } }, "inferenceConfig.maxTokens", "a whole number, not 1.5"],
    ["a temperature of 1.1", { inferenceConfig: { temperature: 1.1 } }, "inferenceConfig.temperature", "at most 1"],
    [
      "a stop sequence as text",
      { inferenceConfig: { stopSequences: "END" } },
      "inferenceConfig.stopSequences",
      "must be an array",
    ],
    ["no tools", { toolConfig: { tools: [] } }, "toolConfig.tools", "must hold at least 1 items"],
    [
      "a schema as text",
      { toolConfig: { tools: [{ toolSpec: { name: "a", inputSchema: { json: "{}" } } }] } },
      "toolConfig.tools[0].toolSpec.inputSchema.json",
      "must be an object",
    ],
    ["a tool choice as text", { toolConfig: { tools: [{}], toolChoice: "auto" } }, "toolConfig.tools[0]", "is empty"],
    [
      "eleven paths",
      { additionalModelResponseFieldPaths: Array(11).fill("/a") },
      "additionalModelResponseFieldPaths",
      "must hold at most 10",
    ],
    ["a number in the metadata", { requestMetadata: { a: 1 } }, "requestMetadata.a", "must be a string, not 1"],
    ["empty metadata", { requestMetadata: {} }, "requestMetadata", "must hold 1 to 16 pairs, and holds 0"],
    ["an odd key", { requestMetadata: { "a b": "\u00e9" } }, 'requestMetadata["a b"]', "at most 256 of the characters"],
    ["an unknown tier", { serviceTier: { type: "cheap" } }, "serviceTier.type", "must be one of priority, default"],
    [
      "fields in a list",
      { additionalModelRequestFields: [] },
      "additionalModelRequestFields",
      "must be an object, not an array",
    ],
  ])("refuses %s", (_name, body, param, words) => {
    const error = refusalOf(body);
    expect(error).toMatchObject({ code: "invalid_request", status: 400 });
    expect(error.message).toContain(words);
    expect(error.param).toBe(param);
  });

  it("shows nothing of a long text", () => {
    expect(refusalOf({ serviceTier: { type: "hunter2".repeat(20) } }).message).not.toContain("hunter2");
  });

  it("looks at a large picture in passing", () => {
    const large = "A".repeat(30_000_000);
    const request = user({ image: { format: "png", source: { bytes: large } } });
    const before = performance.now();
    expect(checkConverseRequest(request)).toBe(request);
    expect(performance.now() - before).toBeLessThan(20_000);
  });
});

describe("what AWS accepted", () => {
  it.each(["Converse", "ConverseStream"])("passes: every request of %s in the fixtures and recordings", (operation) => {
    const accepted = exchangesOf(operation)
      .filter((recording) => recording.response.status === 200)
      // Some sources keep the reply alone, or a request that was cut.
      .filter(({ flags }) => flags?.["response_only"] !== true && flags?.["request_malformed_in_source"] !== true)
      .map(bodyOf);
    expect(accepted.length).toBeGreaterThan(20);
    for (const body of accepted) {
      const before = structuredClone(body);
      expect(checkConverseRequest(body)).toBe(body);
      expect(body).toEqual(before);
    }
  });
});

const model = dataFile("aws.bedrock-runtime.service-2.json") as ServiceModel | undefined;

describe.skipIf(model === undefined)("AWS's service model (run where ADIT_DATA_CHECKS is found)", () => {
  const recorded = ["Converse", "ConverseStream"].flatMap((operation) =>
    exchangesOf(operation)
      .filter(({ flags }) => flags?.["request_malformed_in_source"] !== true)
      .map(bodyOf),
  );
  const small = everyRequest.flatMap(blockByBlock);

  it("finds nothing in the samples", () => {
    for (const sample of [...everyRequest, ...small]) {
      expect(verdicts(model, sample)).toEqual({ model: undefined, check: undefined });
    }
  });

  it("agrees on all recorded requests, those that AWS refused too", () => {
    for (const body of recorded) {
      const { model: fault, check } = verdicts(model, body);
      expect({ body, taken: check === undefined }).toEqual({ body, taken: fault === undefined });
    }
  });

  it("agrees on every value of every enumeration, wherever one stands", () => {
    const enumerations = Object.values(model?.shapes ?? {}).flatMap((shape) => (shape.enum ? [shape.enum] : []));
    let taken = 0;
    for (const sample of small) {
      for (const path of placesOf(sample, [])) {
        const current = String(valueAt(sample, path));
        for (const value of new Set(enumerations.filter((values) => values.includes(current)).flat())) {
          const { model: fault, check } = verdicts(model, replaced(sample, path, value));
          expect({ path, value, taken: check === undefined }).toEqual({ path, value, taken: fault === undefined });
          taken += check === undefined ? 1 : 0;
        }
      }
    }
    expect(taken).toBeGreaterThan(80);
  });

  it("agrees wherever one value is replaced by another", () => {
    let refused = 0;
    let taken = 0;
    for (const sample of small) {
      for (const { whole, name } of mutants(sample)) {
        const { model: fault, check } = verdicts(model, whole);
        const verdict = (found: string | undefined): string => `${name}: ${found === undefined ? "taken" : "refused"}`;
        expect(verdict(check)).toBe(verdict(fault));
        refused += fault === undefined ? 0 : 1;
        taken += fault === undefined ? 1 : 0;
      }
    }
    expect(refused).toBeGreaterThan(5_000);
    expect(taken).toBeGreaterThan(500);
  }, 120_000);
});

/** The request without its messages, and one request for each block of them. */
function blockByBlock(request: ConverseRequest): ConverseRequest[] {
  const { messages = [], ...rest } = request;
  return [
    rest,
    ...messages.flatMap(({ role, content }) => content.map((block) => ({ messages: [{ role, content: [block] }] }))),
  ];
}

function bodyOf(recording: object): unknown {
  const { request } = recording as { request?: { body?: unknown } };
  // The recordings hold the size and hash of media in place of its bytes.
  return JSON.parse(JSON.stringify(request?.body ?? {}), (_key, value: unknown) =>
    typeof value === "string" && value.startsWith("<media removed") ? bytes : value,
  );
}

function verdicts(
  model: ServiceModel | undefined,
  body: unknown,
): { model: string | undefined; check: string | undefined } {
  let check: string | undefined;
  try {
    checkConverseRequest(body);
  } catch (error) {
    check = (error as Error).message;
  }
  return { model: model === undefined ? undefined : faultBy(model, body), check };
}

/** What stands in for each value: every JSON type, empty ones, and lengths at the bounds that the model speaks of. */
const standIns: readonly unknown[] = [
  null,
  true,
  0,
  1,
  -1,
  1.5,
  2 ** 31,
  "",
  "a",
  "a b",
  "\u00e9",
  "x".repeat(16),
  "x".repeat(17),
  "x".repeat(64),
  "x".repeat(65),
  "x".repeat(128),
  "x".repeat(129),
  "x".repeat(200),
  "x".repeat(201),
  "x".repeat(256),
  "x".repeat(257),
  "x".repeat(2049),
  [],
  ["a"],
  Array.from({ length: 11 }, () => "a"),
  {},
  { text: "a" },
  { text: "a", cachePoint: { type: "default" } },
  { unknownToAll: 1 },
];

/** The sample with one value at a time replaced or left out. */
function mutants(sample: unknown): { whole: unknown; name: string }[] {
  return placesOf(sample, []).flatMap((path) => [
    ...standIns.map((standIn, index) => ({
      whole: replaced(sample, path, standIn),
      name: `${path.join(".")} #${index}`,
    })),
    { whole: replaced(sample, path, undefined), name: `${path.join(".")} left out` },
  ]);
}

function placesOf(value: unknown, path: string[]): string[][] {
  // Documents are the caller's own; long conversations repeat themselves.
  if (path.length > 12 || ["json", "input", "additionalModelRequestFields"].includes(path.at(-1) ?? "")) {
    return [path];
  }
  const inner =
    typeof value === "object" && value !== null
      ? Object.entries(value)
          .slice(0, 16)
          .flatMap(([name, member]) => placesOf(member, [...path, name]))
      : [];
  return path.length === 0 ? inner : [path, ...inner];
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, step) => (inner as Record<string, unknown>)[step], value);
}

function replaced(value: unknown, path: readonly string[], by: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) {
    return by;
  }
  if (Array.isArray(value)) {
    return value.map((member, index) => (String(index) === step ? (replaced(member, rest, by) ?? null) : member));
  }
  const record = value as Record<string, unknown>;
  return { ...record, [step]: replaced(record[step], rest, by) };
}
