/** Every check, by what Portkey's documents say of it: what passes, what fails, with which parameters. */
import type { JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import type { CheckContext, Judgement } from "../check.ts";
import { HookFault } from "../hook-fields.ts";
import { readHook } from "../read-hooks.ts";
import { checkContext } from "../testing/check-context.ts";

/** Judges texts by one check, written as in a config. */
async function judge(
  id: string,
  parameters: JsonObject,
  texts: string | string[],
  changes: Partial<CheckContext> = {},
): Promise<Judgement> {
  const { checks } = readHook({ checks: [{ id, parameters }] }, { id: "test", path: [] });
  return checks[0]!.ready.judge(typeof texts === "string" ? [texts] : texts, checkContext(changes));
}

const asking = (json: JsonObject): Partial<CheckContext> => ({
  request: { json, isStreaming: false, isChanged: false },
});
const look = { type: "function", function: { name: "look" } };
/** By Anthropic's `inline-tools-2026-09-15`. */
const addition = {
  type: "tool_addition",
  tool: { type: "tool_definition", definition: { name: "look", input_schema: {} } },
};

type Row = [check: string, parameters: JsonObject, text: string, verdict: boolean];

const schema = { type: "object", properties: { a: { type: "number" } }, required: ["a"] };
const $defs = { n: { type: "number" } };
const fenced = 'Here it is:\n```json\n{"a": 1}\n```\nDone.';
const code = "Look:\n```python\nprint(1)\n```\n";

test.each<Row>([
  ["regexMatch", { rule: "\\d{3}" }, "call 123", true],
  ["regexMatch", { rule: "\\d{3}" }, "call me", false],
  ["regexMatch", { rule: "\\d{3}", not: true }, "call 123", false],
  ["regexMatch", { rule: "\\d{3}", not: true }, "call me", true],
  ["sentenceCount", { minSentences: 1, maxSentences: 2 }, "One. Two!", true],
  ["sentenceCount", { minSentences: 1, maxSentences: 2 }, "One. Two! Three?", false],
  ["sentenceCount", { minSentences: 1, maxSentences: 2, not: true }, "One. Two! Three?", true],
  ["wordCount", { minWords: 2, maxWords: 3 }, " one  two\nthree ", true],
  ["wordCount", { minWords: 2, maxWords: 3 }, "one", false],
  ["wordCount", { maxWords: 3, not: true }, "one two three four", true],
  ["characterCount", { minCharacters: 1, maxCharacters: 5 }, "12345", true],
  ["characterCount", { minCharacters: 1, maxCharacters: 5 }, "123456", false],
  ["characterCount", { maxCharacters: 5, not: true }, "123456", true],
  ["jsonSchema", { schema }, fenced, true],
  ["jsonSchema", { schema }, 'It is {"a": 1} indeed', true],
  ["jsonSchema", { schema: JSON.stringify(schema) }, '{"a": 1}', true],
  ["jsonSchema", { schema }, '{"a": "one"}', false],
  ["jsonSchema", { schema }, "no JSON", false],
  ["jsonSchema", { schema, not: true }, '{"a": "one"}', true],
  ["jsonSchema", { schema: { ...schema, additionalProperties: false } }, '{"a": 1, "b": 2}', false],
  ["jsonSchema", { schema: { additionalProperties: false } }, '{"toString": 1}', false],
  ["jsonSchema", { schema: { properties: { a: { const: {} } } } }, '{"a": []}', false],
  ["jsonSchema", { schema: { properties: { a: { const: {} } } } }, '{"a": {}}', true],
  ["jsonSchema", { schema: { properties: { a: { enum: [1, []] } } } }, '{"a": {}}', false],
  ["jsonSchema", { schema: { properties: { a: { enum: [{ b: 1, c: 2 }] } } } }, '{"a": {"c": 2, "b": 1}}', true],
  ["jsonSchema", { schema: { properties: { a: { enum: ["x", "y"] }, b: { const: 1 } } } }, '{"c": "z"}', true],
  ["jsonSchema", { schema: { required: ["a"], properties: { a: { enum: ["x"] } } } }, '{"c": "z"}', false],
  ["jsonSchema", { schema: { properties: { a: { format: "date" } } } }, '{"a": "2024-02-30"}', false],
  ["jsonSchema", { schema: { properties: { a: { format: "date" } } } }, '{"a": "2024-02-29"}', true],
  ["jsonSchema", { schema: { properties: { a: { format: "date-time" } } } }, '{"a": "2024-02-29T25:00:00Z"}', false],
  [
    "jsonSchema",
    { schema: { properties: { a: { format: "date-time" } } } },
    '{"a": "2024-02-29t10:00:00.5+01:00"}',
    true,
  ],
  [
    "jsonSchema",
    { schema: { patternProperties: { "^x": {} }, additionalProperties: false } },
    '{"x": 1, "y": 2}',
    false,
  ],
  [
    "jsonSchema",
    { schema: { patternProperties: { "^x": true }, additionalProperties: true } },
    '{"x": 1, "y": 2}',
    true,
  ],
  ["jsonSchema", { schema: { patternProperties: { "^a": { $ref: "#/$defs/n" } }, $defs } }, '{"a": 1}', true],
  ["jsonSchema", { schema: { patternProperties: { "^a": { $ref: "#/$defs/n" } }, $defs } }, '{"a": "1"}', false],
  ["jsonSchema", { schema: { properties: { a: { $ref: "#/$defs/n", minimum: 5 } }, $defs } }, '{"a": 4}', false],
  ["jsonSchema", { schema: { properties: { a: { $ref: "#/$defs/n", minimum: 5 } }, $defs } }, '{"a": 5}', true],
  ["jsonSchema", { schema: { $ref: "#/$defs/a~1b%25", $defs: { "a/b%": { type: "array" } } } }, '{"a": 1}', false],
  ["jsonKeys", { keys: ["a", "b"], operator: "any" }, '{"a": 1}', true],
  ["jsonKeys", { keys: ["a", "b"], operator: "all" }, '{"a": 1}', false],
  ["jsonKeys", { keys: ["a", "b"], operator: "all" }, '```json\n{"a": 1, "b": 2}\n```', true],
  ["jsonKeys", { keys: ["a", "b"], operator: "none" }, '{"c": 1}', true],
  ["jsonKeys", { keys: ["a", "b"], operator: "none" }, '{"a": 1}', false],
  // Beside what is fenced as well: it must be nowhere.
  ["jsonKeys", { keys: ["a"] }, 'Of [0, 1) it is {"a": 1}.', true],
  ["jsonKeys", { keys: ["a"] }, 'Of [0, 1) and (1, 2] it is {"a": 1}.', true],
  ["jsonKeys", { keys: ["a"] }, 'Put it in {braces: "{" {"a": 1}', true],
  ["jsonKeys", { keys: ["b"], operator: "none" }, '{} { " {"b": 1}', false],
  ["jsonKeys", { keys: ["b"], operator: "none" }, `${"{} ".repeat(32)}{"b": 1}`, false],
  ["jsonKeys", { keys: ["b"], operator: "none" }, "{} ".repeat(32), true],
  ["jsonKeys", { keys: ["b"], operator: "none" }, `{"a": 1} ${"{ ".repeat(9)}{"b": 1}`, false],
  ["jsonKeys", { keys: ["b"], operator: "none" }, `{"a": 1} ${"[text](url) ".repeat(9)}[see {"b": 1}]`, false],
  ["jsonKeys", { keys: ["b"], operator: "none" }, `{"a": 1} ${"[text](url) ".repeat(99)}`, true],
  ["jsonKeys", { keys: ["b"] }, `${"[see {this}] ".repeat(20)}{"b": 1}`, true],
  ["jsonKeys", { keys: ["b"], operator: "none" }, '```json\n{"a": 1}\n```\nand {"b": 2}', false],
  ["jsonKeys", { keys: ["b"], operator: "any" }, '```json\n{"a": 1}\n```\nand {"b": 2}', false],
  ["jsonSchema", { schema, not: true }, '```json\n{"b": 1}\n```\nand {"a": 1}', false],
  ["contains", { words: ["cat", "dog"], operator: "any" }, "a cat", true],
  ["contains", { words: ["cat", "dog"], operator: "all" }, "a cat", false],
  ["contains", { words: ["cat", "dog"], operator: "all" }, "a cat and a dog", true],
  ["contains", { words: ["cat", "dog"], operator: "none" }, "a bird", true],
  ["contains", { words: ["cat", "dog"], operator: "none" }, "a cat", false],
  ["contains", { words: ["caf\u00e9"], operator: "none" }, "a cafe\u0301", false],
  ["contains", { words: ["cafe\u0301"], operator: "none" }, "a caf\u00e9", false],
  ["contains", { words: ["\u200b"], operator: "none" }, "a caf\u00e9", true],
  ["regexMatch", { rule: "caf\u00e9", not: true }, "a cafe\u0301", false],
  ["containsCode", { format: "Python" }, code, true],
  ["containsCode", { format: "SQL" }, code, false],
  ["containsCode", { format: "Python", not: true }, code, false],
  ["containsCode", { format: "Haskell", not: true }, "```haskell\nmain\n```", false],
  ["containsCode", { format: "Python", not: true }, "1. So:\n\n    ```python\n    x\n    ```", false],
  ["containsCode", { format: "Python", not: true }, "- ```py\r\n  x\r\n  ```\r\n", false],
  ["containsCode", { format: "Python", not: true }, "> ~~~ python\n> x\n> ~~~", false],
  ["containsCode", { format: "Python", not: true }, "Here: ```python\nx\n```", false],
  ["containsCode", { format: "Python", not: true }, "````{.python}\nx\n```\n````", false],
  ["containsCode", { format: "Python", not: true }, "Cut off:\n```python\nprint(", false],
  ["containsCode", { format: "Python", not: true }, "````md\n```\n````\nA ```python``` word", true],
  ["containsCode", { format: "SQL" }, "```python\nx\n```\nand\n```sql title=x\ny\n```", true],
  ["containsCode", { format: "Python", not: true }, "```\nx\n``` and ```python\ny\n```", false],
  ["containsCode", { format: "Python", not: true }, "```sql\nx\n``````python\ny", true],
  ["alluppercase", {}, "ALL OF IT 1", true],
  ["alluppercase", {}, "Not all", false],
  ["alluppercase", { not: true }, "Not all", true],
  ["alllowercase", {}, "all of it 1", true],
  ["alllowercase", {}, "Not all", false],
  ["alllowercase", { not: true }, "Not all", true],
  ["endsWith", { suffix: "end" }, "the end", true],
  ["endsWith", { suffix: "end" }, "the end.", true],
  ["endsWith", { suffix: "end" }, "the end is near", false],
  ["endsWith", { suffix: "end", not: true }, "the end is near", true],
  ["notNull", {}, "something", true],
  ["notNull", {}, "  ", false],
  ["notNull", { not: true }, "  ", true],
])("default.%s %j on %j: %s", async (check, parameters, text, verdict) => {
  expect(await judge(`default.${check}`, parameters, text)).toMatchObject({ verdict });
  // Without its prefix it is one of default.
  expect(await judge(check, parameters, text)).toMatchObject({ verdict });
});

test.each([false, true])("jsonSchema builds nothing of millions of values, and passes none: not %s", async (not) => {
  const many = `[${"{},".repeat(700_000)}0]`;
  const { verdict, data } = await judge("jsonSchema", { schema: { type: "array" }, not }, many);
  expect([verdict, data?.explanation]).toEqual([false, "The text holds more pieces of JSON than are looked at."]);
});

test.each(["`".repeat(400_000), "```a ".repeat(80_000), " ".repeat(400_000)])(
  "containsCode is quick on a line of nothing else",
  async (line) => {
    expect(await judge("containsCode", { format: "Python" }, `${line}!`)).toMatchObject({ verdict: false });
  },
);

test.each<[string, JsonObject, string, RegExp]>([
  ["wordCount", {}, "ab ".repeat(5_000_000), /^The text has 5000000 words/],
  ["containsCode", { format: "SQL" }, "a line without code\n".repeat(3_000_000), /no block of code in SQL/],
])("%s makes no list of the millions of pieces that a text may have", async (check, parameters, text, explanation) => {
  const { heapUsed } = process.memoryUsage();
  const { data } = await judge(check, parameters, text);
  // The text itself is put together here: 60 MB of it.
  expect(process.memoryUsage().heapUsed - heapUsed).toBeLessThan(120_000_000);
  expect(data).toMatchObject({ explanation: expect.stringMatching(explanation) });
});

describe("containsCode knows the languages of Portkey's list", () => {
  const formats =
    "SQL Python TypeScript JavaScript Java C# C++ C Ruby PHP Swift Kotlin Go Rust Scala R Perl Shell HTML CSS XML JSON YAML Markdown Dockerfile";
  test.each(formats.split(" "))("%s", async (format) => {
    const text = `\`\`\`${format.toLowerCase()}\nx\n\`\`\``;
    expect(await judge("containsCode", { format }, text)).toMatchObject({ verdict: true });
    expect(await judge("containsCode", { format }, "no code")).toMatchObject({ verdict: false });
  });
});

describe("what a check takes out", () => {
  test("a pattern that must match is held against all texts together: one that does lets no other pass with it", async () => {
    const parameters = { rule: "^[a-z ]+$" };
    expect(await judge("regexMatch", parameters, ["", "all small"])).toMatchObject({ verdict: true });
    expect(await judge("regexMatch", parameters, ["all small", "AND 4 more"])).toMatchObject({ verdict: false });
    expect(await judge("regexMatch", { rule: "ticket \\d+" }, ["Of ticket 7", "I ask"])).toMatchObject({
      verdict: true,
    });
    // What must not be there is looked for in each: at its own beginning too.
    expect(await judge("regexMatch", { ...parameters, not: true }, ["all small", "AND"])).toMatchObject({
      verdict: false,
    });
  });

  test("regexMatch with redact, and a replacement", async () => {
    const found = await judge("regexMatch", { rule: "\\d{3}-\\d{4}", redact: true }, "call 555-1234 or 555-9876");
    expect(found).toMatchObject({ verdict: true, texts: ["call [REDACTED] or [REDACTED]"] });
    const named = await judge("regexMatch", { rule: "\\d+", redact: true, replacement: "#" }, "1 and 22");
    expect(named.texts).toEqual(["# and #"]);
  });

  test.each([
    // The dash makes the text one that is looked through once more, as plainly written.
    ["Acme", "Acme Corp", "Acme \u2013 and Ac\u200bme", "Acme Corp \u2013 and Acme Corp"],
    ["[A-Z]{5,}", "[REDACTED]", "SECRET \u2013 SE\u200bCRET", "[REDACTED] \u2013 [REDACTED]"],
    // As written it ends at the mark, plainly behind it: what overlaps is one.
    ["ab+", "#", "\u2013ab\u200bb ab", "\u2013# #"],
    ["b*", "-", "\u2013ab", "-\u2013-a--"],
  ])(
    "%s is replaced by %s once, also where the text is looked through twice",
    async (rule, redactText, text, changed) => {
      expect((await judge("regexReplace", { rule, redactText }, text)).texts).toEqual([changed]);
    },
  );

  test("regexReplace, and as a failure", async () => {
    const parameters = { rule: "secret", redactText: "[X]" };
    expect(await judge("regexReplace", parameters, "a secret")).toMatchObject({ verdict: true, texts: ["a [X]"] });
    expect(await judge("regexReplace", parameters, "none")).not.toHaveProperty("texts");
    const failing = await judge("regexReplace", { ...parameters, failOnDetection: true }, "a secret");
    expect(failing).toMatchObject({ verdict: false, texts: ["a [X]"] });
  });

  test.each([
    ["/secret/i", "A SecrET and a secret", "A # and a #"],
    ["/^b$/gm", "a\nb\r\nab\nb", "a\n#\r\nab\n#"],
    ["/a.c/s", "a\nc abc", "# #"],
    ["/usr/lib", "in /usr/lib and lib", "in # and lib"],
  ])("regexReplace reads %s as Portkey does, and replaces all", async (rule, text, changed) => {
    expect((await judge("regexReplace", { rule, redactText: "#" }, text)).texts).toEqual([changed]);
  });

  test("a long replacement is read once, whatever marks of groups it has", () => {
    const read = (redactText: string): unknown =>
      readHook({ checks: [{ id: "regexReplace", parameters: { rule: "(b)", redactText } }] }, { id: "test", path: [] });
    // Each of these begins a name that nothing ends: read to the text's end for each, these would be 10^13 steps.
    expect(read("$<".repeat(4_000_000))).toBeDefined();
    expect(() => read(`${"$<".repeat(4_000_000)}$1`)).toThrow("names the group $1");
  });

  test("a replacement is text, not a pattern of JavaScript's", async () => {
    const found = await judge("regexReplace", { rule: "b", redactText: "$&$1" }, "abc");
    expect(found.texts).toEqual(["a$&$1c"]);
    // JavaScript has no such group either.
    for (const rule of ["\\(?b", "[(]?b", "(?:b)", "(b)"]) {
      const price = await judge("regexReplace", { rule, redactText: "$5.$<n>$$1" }, "abc");
      expect(price.texts, rule).toEqual(["a$5.$<n>$$1c"]);
    }
  });
});

describe("what is asked of whom", () => {
  const about = (model: string, metadata: Record<string, string> = {}) => ({
    provider: "bedrock",
    model,
    modelAsked: `@slug/${model}`,
    metadata,
  });

  test.each<[string, JsonObject, Partial<CheckContext>, boolean]>([
    ["modelWhitelist", { models: ["a", "b"] }, about("a"), true],
    ["modelWhitelist", { models: ["a", "b"] }, about("c"), false],
    ["modelWhitelist", { models: ["@slug/c"] }, about("c"), true],
    ["modelwhitelist", { models: ["a", "b"], not: true }, about("a"), false],
    ["modelwhitelist", { models: ["a", "b"], not: true }, about("c"), true],
    ...["us.amazon.nova-lite-v1:0", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"].flatMap(
      (model): [string, JsonObject, Partial<CheckContext>, boolean][] => [
        ["modelWhitelist", { models: ["amazon.nova-lite-v1:0"], not: true }, about(model), false],
        ["modelWhitelist", { models: ["eu.amazon.nova-lite-v1:0"], not: true }, about(model), true],
        ["modelWhitelist", { models: ["amazon.nova-lite-v1:0"] }, about(model), false],
        ["modelRules", { rules: { defaults: ["amazon.nova-lite-v1:0"] }, not: true }, about(model), false],
      ],
    ),
    ...[
      "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0",
      // AWS serves it by profiles alone: that of the region's geography stands in for it.
      "anthropic.claude-haiku-4-5-20251001-v1:0",
    ].flatMap((model): [string, JsonObject, Partial<CheckContext>, boolean][] => {
      const listing = (profile: string): JsonObject => ({ models: [profile], not: true });
      return [
        ["modelWhitelist", listing("us.anthropic.claude-haiku-4-5-20251001-v1:0"), about(model), false],
        ["modelWhitelist", listing("global.anthropic.claude-haiku-4-5-20251001-v1:0"), about(model), true],
        ["modelWhitelist", listing("us.amazon.nova-lite-v1:0"), about(model), true],
      ];
    }),
    ["modelRules", { rules: { defaults: ["a"], metadata: { team: { x: ["b"] } } } }, about("a"), true],
    ["modelRules", { rules: { defaults: ["a"], metadata: { team: { x: ["b"] } } } }, about("a", { team: "x" }), false],
    ["modelRules", { rules: { defaults: ["a"], metadata: { team: { x: ["b"] } } } }, about("b", { team: "x" }), true],
    ["modelRules", { rules: { defaults: ["a"] }, not: true }, about("a"), false],
    ["requiredMetadataKeys", { metadataKeys: ["a", "b"], operator: "all" }, about("m", { a: "1", b: "2" }), true],
    ["requiredMetadataKeys", { metadataKeys: ["a", "b"], operator: "all" }, about("m", { a: "1" }), false],
    ["requiredMetadataKeys", { metadataKeys: ["a", "b"], operator: "any" }, about("m", { a: "1" }), true],
    ["requiredMetadataKeys", { metadataKeys: ["a", "b"], operator: "none" }, about("m", { a: "1" }), false],
    ["requiredMetadataKeys", { metadataKeys: ["a"] }, about("m", {}), false],
    [
      "requiredMetadataPairs",
      { metadataPairs: { a: "1", b: "2" }, operator: "all" },
      about("m", { a: "1", b: "2" }),
      true,
    ],
    [
      "requiredMetadataPairs",
      { metadataPairs: { a: "1", b: "2" }, operator: "all" },
      about("m", { a: "1", b: "3" }),
      false,
    ],
    ["requiredMetadataPairs", { metadataPairs: { a: "1", b: "2" }, operator: "any" }, about("m", { a: "1" }), true],
    ["requiredMetadataPairs", { metadataPairs: { a: "1" }, operator: "none" }, about("m", { a: "1" }), false],
    ["requiredMetadataPairs", { metadataPairs: { a: "ell" }, matchType: "contains" }, about("m", { a: "hello" }), true],
    [
      "requiredMetadataPairs",
      { metadataPairs: { a: ["h", "x"] }, matchType: "containsAll" },
      about("m", { a: "hello" }),
      false,
    ],
    ["requiredMetadataPairs", { metadataPairs: { a: "^h.*o$" }, matchType: "regex" }, about("m", { a: "hello" }), true],
    ["requiredMetadataPairs", { metadataPairs: { a: "^x" }, matchType: "regex" }, about("m", { a: "hello" }), false],
    ["allowedRequestTypes", { allowedTypes: ["chatComplete"] }, {}, true],
    ["allowedRequestTypes", { allowedTypes: "embed, complete" }, {}, false],
    ["allowedRequestTypes", { blockedTypes: ["chatComplete"] }, {}, false],
    ["allowedRequestTypes", { blockedTypes: ["embed"] }, {}, true],
    ["allowedRequestTypes", {}, { metadata: { supported_endpoints: "embed" } }, false],
    ["allowedRequestTypes", {}, { metadata: { blocked_endpoints: "chatComplete" } }, false],
    ["allowedRequestTypes", {}, {}, true],
    ["requestParametersCheck", {}, asking({ tools: [{ type: "mcp" }] }), true],
    ["requestParametersCheck", { tools: { allowedTypes: ["function"] } }, asking({ tools: [look] }), true],
    [
      "requestParametersCheck",
      { tools: { allowedTypes: ["function"] } },
      asking({ tools: [look, { type: "mcp" }] }),
      false,
    ],
    ["requestParametersCheck", { tools: { blockedTypes: ["mcp"] } }, asking({ tools: [{ type: "mcp" }] }), false],
    ["requestParametersCheck", { tools: { blockedFunctionNames: ["look"] } }, asking({ tools: [look] }), false],
    [
      "requestParametersCheck",
      { tools: { blockedFunctionNames: ["look"] } },
      asking({ functions: [{ name: "look" }] }),
      false,
    ],
    [
      "requestParametersCheck",
      { tools: { blockedFunctionNames: ["look"] } },
      asking({ tools: [{ name: "look" }] }),
      false,
    ],
    [
      "requestParametersCheck",
      { tools: { blockedFunctionNames: ["look"] } },
      asking({ toolConfig: { tools: [{ cachePoint: { type: "default" } }, { toolSpec: { name: "look" } }] } }),
      false,
    ],
    ["requestParametersCheck", { tools: { allowedFunctionNames: ["find"] } }, asking({ tools: [look] }), false],
    [
      "requestParametersCheck",
      { tools: { allowedFunctionNames: ["find"] } },
      asking({ tools: [{ type: "mcp" }] }),
      true,
    ],
    // A namespace of Responses: the model gets the tools that are in it.
    ...(
      [
        [{ blockedFunctionNames: ["look"] }, false],
        [{ allowedFunctionNames: ["look"] }, true],
        [{ blockedTypes: ["custom"] }, false],
        [{ allowedTypes: ["function", "custom"] }, false],
      ] as [JsonObject, boolean][]
    ).map(([tools, verdict]): [string, JsonObject, Partial<CheckContext>, boolean] => [
      "requestParametersCheck",
      { tools },
      asking({ tools: [{ type: "namespace", name: "shell", tools: [{ type: "custom", name: "look" }] }] }),
      verdict,
    ]),
    // Portkey's form of Anthropic's own tools: the model gets the type that stands as the name.
    ...(
      [
        [{ blockedTypes: ["computer_20250124"] }, false],
        [{ blockedFunctionNames: ["computer"] }, false],
        [{ allowedTypes: ["computer_20250124", "computer"], allowedFunctionNames: ["computer"] }, true],
      ] as [JsonObject, boolean][]
    ).map(([tools, verdict]): [string, JsonObject, Partial<CheckContext>, boolean] => [
      "requestParametersCheck",
      { tools },
      asking({ tools: [{ type: "computer", computer: { name: "computer_20250124" } }] }),
      verdict,
    ]),
    [
      "requestParametersCheck",
      { tools: { allowedTypes: ["function"], allowedFunctionNames: ["report_20250124"] } },
      asking({ tools: [{ type: "function", function: { name: "report_20250124" } }] }),
      true,
    ],
    // Each of these reaches the model as the tool "look" by some dialect, whatever else it says.
    ...[
      { tools: [{ toolSpec: { name: "look" } }] },
      { tools: [{ type: "function", name: "look", function: { name: "find" } }] },
      { tools: [{ name: "look", input_schema: {}, function: { name: "find" } }] },
      { tools: [{ type: "bash_20250124", name: "find", bash_20250124: { name: "look" } }] },
      { tools: [{ type: "namespace", name: "look", input_schema: {} }] },
      { tools: [{ type: "namespace", tools: [], function: { name: "look" } }] },
      { tools: [{ cachePoint: { type: "default" }, name: "look" }] },
      { toolConfig: { tools: [{ cachePoint: { type: "default" }, toolSpec: { name: "look" } }] } },
      { additionalModelRequestFields: { tools: [{ type: "bash_20250124", name: "look" }] } },
      { additional_model_request_fields: { tools: [{ name: "look", input_schema: {} }] } },
      // In the midst of a conversation.
      { input: [{ type: "additional_tools", role: "developer", tools: [{ type: "function", name: "look" }] }] },
      { input: [{ type: "tool_search_output", tools: [{ type: "namespace", tools: [{ name: "look" }] }] }] },
      { messages: [{ role: "system", content: [addition] }] },
      { messages: [{ role: "assistant", content: [{ type: "compaction", tool_changes: [addition] }] }] },
    ].flatMap((body: JsonObject) =>
      [{ blockedFunctionNames: ["look"] }, { allowedFunctionNames: ["find", "shell"] }].map(
        (tools): [string, JsonObject, Partial<CheckContext>, boolean] => [
          "requestParametersCheck",
          { tools },
          asking(body),
          false,
        ],
      ),
    ),
    ...(
      [
        [{ blockedTypes: ["function"] }, { toolSpec: { name: "look" } }, false],
        [{ blockedTypes: ["systemTool"] }, { systemTool: { name: "nova_grounding" } }, false],
        [{ allowedTypes: ["web_search"] }, { type: "web_search", function: { name: "look" } }, false],
        [{ allowedTypes: ["web_search"] }, { type: "web_search", name: "look", input_schema: {} }, false],
        [{ allowedTypes: ["custom"] }, { type: "custom", name: "look", input_schema: {} }, true],
        [{ blockedTypes: ["function"] }, { cachePoint: { type: "default" } }, true],
      ] as [JsonObject, JsonObject, boolean][]
    ).map(([tools, tool, verdict]): [string, JsonObject, Partial<CheckContext>, boolean] => [
      "requestParametersCheck",
      { tools },
      asking({ tools: [tool] }),
      verdict,
    ]),
    ["requestParametersCheck", { params: { blockedKeys: ["logit_bias"] } }, asking({ logit_bias: {} }), false],
    [
      "requestParametersCheck",
      { params: { allowedKeys: ["model", "messages"] } },
      asking({ model: "m", messages: [] }),
      true,
    ],
    [
      "requestParametersCheck",
      { params: { allowedKeys: ["model", "messages"] } },
      asking({ model: "m", stream: false }),
      false,
    ],
    [
      "requestParametersCheck",
      { params: { values: { stream: { blockedValues: [true] } } } },
      asking({ stream: true }),
      false,
    ],
    [
      "requestParametersCheck",
      { params: { values: { stream: { blockedValues: [true] } } } },
      asking({ stream: false }),
      true,
    ],
    [
      "requestParametersCheck",
      { params: { values: { model: { allowedValues: ["a", "b"] } } } },
      asking({ model: "c" }),
      false,
    ],
    ["requestParametersCheck", { params: { values: { model: { allowedValues: ["a", "b"] } } } }, asking({}), true],
    [
      "requestParametersCheck",
      { params: { values: { response_format: { allowedValues: [{ type: "text" }] } } } },
      asking({ response_format: { type: "json_object" } }),
      false,
    ],
  ])("default.%s %j", async (check, parameters, changes, verdict) => {
    expect(await judge(`default.${check}`, parameters, "text", changes)).toMatchObject({ verdict });
  });

  test.each(["all", "none"])("a value that is too long for its pattern is not let through: %s", async (operator) => {
    const metadataPairs = { _user: "^[a-z.]+@acme\\.com$" };
    const metadata = { _user: "a".repeat(60_000) };
    const pairs = { metadataPairs, matchType: "regex", operator };
    const judgement = await judge("requiredMetadataPairs", pairs, "text", { metadata });
    expect(judgement).toMatchObject({ verdict: false });
    expect(judgement).not.toHaveProperty("error");
  });

  test("names of a prototype are no metadata", async () => {
    expect(await judge("requiredMetadataKeys", { metadataKeys: ["constructor"] }, "x")).toMatchObject({
      verdict: false,
    });
    expect(await judge("modelRules", { rules: { metadata: { toString: { x: ["m"] } } } }, "x")).toHaveProperty("error");
  });
});

test("a body of very many fields is counted whole and told of in few words", async () => {
  const allowedKeys = Array.from({ length: 1_000 }, (_, index) => `allowed${index}`);
  const body = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`field${index}`.padEnd(80, "x"), 1]));
  const { data } = await judge("requestParametersCheck", { params: { allowedKeys } }, "x", asking(body));
  expect(data).toHaveProperty("explanation", "100000 of what the request asks for is not allowed.");
  expect(data).toHaveProperty("faults.length", 20);
  expect(JSON.stringify(data).length).toBeLessThan(4_000);
});

describe("addPrefix", () => {
  const withMessages = (...messages: JsonObject[]) => ({
    request: { json: { messages }, isStreaming: false, isChanged: false },
  });
  const user = { role: "user", content: "Hi" };

  test.each<[string, JsonObject, Partial<CheckContext>, JsonObject]>([
    ["to the user's message", { prefix: "A " }, withMessages(user), { messages: [{ role: "user", content: "A Hi" }] }],
    [
      "to a system message that is not there",
      { prefix: "A", applyToRole: "system" },
      withMessages(user),
      { messages: [{ role: "system", content: "A" }, user] },
    ],
    [
      "as a message of its own",
      { prefix: "A", addToExisting: false },
      withMessages(user),
      { messages: [{ role: "user", content: "A" }, user] },
    ],
    [
      "to parts",
      { prefix: "A" },
      withMessages({ role: "user", content: [{ type: "text", text: "Hi" }] }),
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "A" },
              { type: "text", text: "Hi" },
            ],
          },
        ],
      },
    ],
    [
      "to a prompt",
      { prefix: "A " },
      { requestType: "complete", request: { json: { prompt: "Hi" }, isStreaming: false, isChanged: false } },
      { prompt: "A Hi" },
    ],
    [
      "to each of several prompts, beside which all stays",
      { prefix: "A " },
      { requestType: "complete", ...asking({ prompt: ["Hi", "Ho", 7], max_tokens: 5 }) },
      { prompt: ["A Hi", "A Ho", 7], max_tokens: 5 },
    ],
    [
      "to a message of Anthropic's",
      { prefix: "A " },
      { requestType: "messages", ...withMessages(user) },
      { messages: [{ role: "user", content: "A Hi" }] },
    ],
    [
      "to the system prompt of a message of Anthropic's",
      { prefix: "A", applyToRole: "system" },
      { requestType: "messages", ...asking({ system: [{ type: "text", text: "B" }], messages: [user] }) },
      {
        system: [
          { type: "text", text: "A" },
          { type: "text", text: "B" },
        ],
        messages: [user],
      },
    ],
    [
      "to the input of Responses",
      { prefix: "A " },
      { requestType: "createModelResponse", ...asking({ input: "Hi" }) },
      { input: [{ role: "user", content: "A Hi" }] },
    ],
    [
      "to the instructions of Responses",
      { prefix: "A ", applyToRole: "system" },
      { requestType: "createModelResponse", ...asking({ input: "Hi", instructions: "B" }) },
      { input: "Hi", instructions: "A B" },
    ],
    [
      "to a message of Converse, where none follows one of its own role",
      { prefix: "A", addToExisting: false },
      { requestType: "converse", ...withMessages({ role: "user", content: [{ text: "Hi" }] }) },
      { messages: [{ role: "user", content: [{ text: "A" }, { text: "Hi" }] }] },
    ],
    [
      "to the system prompt that Converse has not got",
      { prefix: "A", applyToRole: "system" },
      { requestType: "converse", ...withMessages({ role: "user", content: [{ text: "Hi" }] }) },
      { system: [{ text: "A" }], messages: [{ role: "user", content: [{ text: "Hi" }] }] },
    ],
    [
      "to Claude's messages in InvokeModel",
      { prefix: "A", applyToRole: "system" },
      { requestType: "invoke", ...asking({ anthropic_version: "bedrock-2023-05-31", messages: [user] }) },
      { anthropic_version: "bedrock-2023-05-31", system: "A", messages: [user] },
    ],
    [
      "to Nova's messages in InvokeModel",
      { prefix: "A" },
      { requestType: "invoke", ...withMessages({ role: "user", content: [{ text: "Hi" }] }) },
      { messages: [{ role: "user", content: [{ text: "A" }, { text: "Hi" }] }] },
    ],
    [
      "to Titan's text in InvokeModel",
      { prefix: "A " },
      { requestType: "invoke", ...asking({ inputText: "Hi" }) },
      { inputText: "A Hi" },
    ],
  ])("%s", async (_name, parameters, changes, request) => {
    expect(await judge("addPrefix", parameters, "Hi", changes)).toEqual({ verdict: true, data: null, request });
  });

  test("not where there is something already, and not to answers", async () => {
    const untouched = await judge("addPrefix", { prefix: "A", onlyIfEmpty: true }, "Hi", withMessages(user));
    expect(untouched).toEqual({ verdict: true, data: null });
    expect(await judge("addPrefix", { prefix: "A" }, "Hi", { phase: "after" })).toEqual({ verdict: true, data: null });
  });
});

describe("a list of what must not be asked, and an application inference profile", () => {
  const model = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123";
  const toolsThatTell = (behind: string | undefined) => ({
    ...checkContext().tools,
    modelBehind: () => Promise.resolve(behind),
  });
  const judged = (behind: string | undefined, parameters: JsonObject = { not: true }) =>
    judge("modelWhitelist", { models: ["amazon.nova-lite-v1:0"], ...parameters }, "", {
      model,
      modelAsked: model,
      tools: toolsThatTell(behind),
    });

  test.each([
    ["amazon.nova-lite-v1:0", false],
    ["eu.amazon.nova-lite-v1:0", false],
    ["arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0", false],
    ["us.amazon.nova-micro-v1:0", true],
  ])("behind it is %s", async (behind, verdict) => {
    expect(await judged(behind)).toMatchObject({ verdict, data: {} });
  });

  test("where AWS does not say, it cannot be judged", async () => {
    expect(await judged(undefined)).toMatchObject({ verdict: false, error: expect.stringContaining("AWS") as string });
  });

  test("what is allowed is allowed by its name alone", async () => {
    expect(await judged("amazon.nova-lite-v1:0", {})).toMatchObject({ verdict: false, data: {} });
  });
});

describe("validUrls", () => {
  const asked: string[] = [];
  const tools = {
    ...checkContext().tools,
    lookUp: (host: string) => (
      asked.push(host),
      host === "gone.example" ? Promise.reject(new Error("no")) : Promise.resolve()
    ),
    reach: (url: string) => (
      asked.push(url),
      url.includes("gone") ? Promise.reject(new Error("no")) : Promise.resolve()
    ),
  };

  test.each<[JsonObject, string, boolean]>([
    [{ onlyDNS: true }, "See https://here.example/a.", true],
    [{ onlyDNS: true }, "See https://here.example and https://gone.example", false],
    [{ onlyDNS: true, not: true }, "See https://gone.example", true],
    [{}, "See https://here.example/x?y=1", true],
    [{}, "See https://here.example/gone", false],
    [{}, "No address", false],
    [{ not: true }, "No address", false],
    [{}, "See http://here.example/gone and https://here.example:8443/gone", true],
    [{}, "See http://gone.example/", false],
  ])("%j on %j", async (parameters, text, verdict) => {
    expect(await judge("validUrls", parameters, text, { tools })).toMatchObject({ verdict });
  });

  test("where no address may be fetched it cannot judge, and says so", async () => {
    const without = { tools: { ...tools, reach: undefined } };
    await expect(judge("validUrls", {}, "See https://here.example", without)).rejects.toThrow("onlyDNS");
    expect(await judge("validUrls", {}, "No address", without)).toMatchObject({ verdict: false });
    expect(await judge("validUrls", { onlyDNS: true }, "https://here.example", without)).toMatchObject({
      verdict: true,
    });
  });

  test("a text with very many is not asked about", async () => {
    asked.length = 0;
    const text = Array.from({ length: 50 }, (_, index) => `https://h${index}.example`).join(" ");
    expect(await judge("validUrls", {}, text, { tools })).toMatchObject({ verdict: false });
    expect(asked).toEqual([]);
  });

  test("nor are the ends of its many looked at, which are all signs", { timeout: 10_000 }, async () => {
    const signs = ",".repeat(2_000);
    const text = Array.from({ length: 20_000 }, (_, index) => `https://h${index}${signs}x`).join(" ");
    const explanation = "The text has more than 20 addresses.";
    expect(await judge("validUrls", {}, text, { tools })).toMatchObject({ verdict: false, data: { explanation } });
  });
});

test("a check that is not served says so", () => {
  for (const id of ["default.jwt", "portkey.gibberish", "default.nothing", "__proto__", "constructor"]) {
    expect(() => readHook({ checks: [{ id }] }, { id: "x", path: [] }), id).toThrow(HookFault);
  }
});

test.each<[check: string, parameters: JsonObject, words: string]>([
  ["regexReplace", { rule: "/a/u" }, "flag u"],
  ["regexReplace", { rule: "/a/gg" }, "twice"],
  ["regexReplace", { rule: "(\\d{4})-\\d{4}", redactText: "$1-****" }, "names the group $1"],
  ["regexReplace", { rule: "/[(](a)/i", redactText: "$15" }, "group $15"],
  ["regexMatch", { rule: "(?<area>\\d+) \\d+", redact: true, replacement: "$<area> x" }, "names the group $<area>"],
  ["allowedRequestTypes", { blockedTypes: ["chatcomplete"] }, 'mean "chatComplete"'],
  ["allowedRequestTypes", { allowedTypes: "chatComplete, responses" }, "responses"],
  ["modelWhitelist", { models: [] }, "no model"],
  ["modelRules", { rules: { defaults: [] } }, "no model"],
  ["requiredMetadataPairs", { metadataPairs: {} }, "no pair"],
])("what %s could only pass over is refused: %j", (id, parameters, words) => {
  expect(() => readHook({ checks: [{ id, parameters }] }, { id: "x", path: [] })).toThrow(words);
});

test.each<[place: (string | number)[], schema: JsonObject]>([
  [["properties", "a", "$ref"], { properties: { a: { $ref: "#/$defs/b" } }, $defs: { a: true } }],
  [["items", "$ref"], { items: { $ref: "#/$defs/a~1b%25/0" }, $defs: { "a/b%": [5] } }],
  // Longer than anybody reads: it is not the whole.
  [["items", "$ref"], { items: { $ref: `#/${"a".repeat(10_000)}` } }],
  [["type"], { type: "objekt" }],
  [["type"], { type: { pattern: "x" } }],
  [["required"], { required: "name" }],
  [["enum"], { enum: "a" }],
  [["properties", "a", "minLength"], { properties: { a: { minLength: "5" } } }],
  [["allOf", 0, "maximum"], { allOf: [{ maximum: "5" }] }],
  [["additionalProperties"], { additionalProperties: "no" }],
])("a schema is not taken that is out of form at %j", (place, given) => {
  const checks = [{ id: "jsonSchema", parameters: { schema: given } }];
  const path = expect.arrayContaining(["schema", ...place]) as unknown;
  expect(() => readHook({ checks }, { id: "x", path: [] })).toThrow(expect.objectContaining({ path }));
});

test("what Bedrock's guardrail blocks is no redaction, however much it masks before that", async () => {
  const masked = Array.from({ length: 150 }, () => ({ type: "EMAIL", action: "ANONYMIZED" }));
  const assessment = {
    sensitiveInformationPolicy: { piiEntities: masked, regexes: [{ name: "id", action: "BLOCKED" }] },
  };
  const answer = { action: "GUARDRAIL_INTERVENED", assessments: [assessment], outputs: [{ text: "Blocked." }] };
  const { tools } = checkContext();
  const parameters = { guardrailId: "gr1", guardrailVersion: "1", redact: true };
  const judgement = await judge("bedrock.guard", parameters, "text", {
    tools: { ...tools, bedrock: () => Promise.resolve(answer) },
  });
  expect(judgement).toMatchObject({ verdict: false });
  expect(judgement.data?.["findings"]).toHaveLength(100);
});

test.each([
  ["none", []],
  ["fewer", [{ text: "My mail is {EMAIL}" }]],
  ["more", [{ text: "a" }, { text: "b" }, { text: "c" }]],
  ["others", [{ text: "a" }, { image: "b" }]],
])("of what Bedrock's guardrail masks none is let through where it gives %s back", async (_name, outputs) => {
  const assessment = { sensitiveInformationPolicy: { piiEntities: [{ type: "EMAIL", action: "ANONYMIZED" }] } };
  const answer = { action: "GUARDRAIL_INTERVENED", assessments: [assessment], outputs };
  const { tools } = checkContext();
  const parameters = { guardrailId: "gr1", guardrailVersion: "1", redact: true };
  const texts = ["My mail is ann@example.com", "", "and another"];
  const judgement = await judge("bedrock.guard", parameters, texts, {
    tools: { ...tools, bedrock: () => Promise.resolve(answer) },
  });
  expect(judgement).toMatchObject({ verdict: false, texts: ["[REDACTED]", "", "[REDACTED]"] });
});

test.each<[string, JsonObject]>([
  ["no results", {}],
  ["results of another check", { contentFilter: { results: [] } }],
  ["no list of them", { promptAttack: {} }],
  ["no score", { promptAttack: { results: [{ category: "JAILBREAK", severityScore: "0.9" }] } }],
])("an answer of Bedrock's checks with %s has judged nothing", async (_name, results) => {
  const judged = (answer: JsonObject) =>
    judge("bedrock.guardrailChecks", { promptAttack: ["JAILBREAK"], sensitiveInformation: ["EMAIL"] }, "text", {
      tools: { ...checkContext().tools, bedrock: () => Promise.resolve(answer) },
    });
  await expect(judged({ results })).rejects.toThrow("AWS answered without");
  const scored = { promptAttack: { results: [{ category: "JAILBREAK", severityScore: 0.9 }] } };
  expect(await judged({ results: scored })).toMatchObject({ verdict: false });
});

test.each([
  ['{"card": 4111111111111111, "of": "Ann"}', '{"card": "[X]", "of": "Ann"}'],
  ['{"card":-4111111111111111}', '{"card":"[X]"}'],
  ["[4111111111111111,5555555555554444 , 1]", '["[X]","[X]" , 1]'],
  ['Here: {"card" : 4111111111111111}', 'Here: {"card" : "[X]"}'],
  ['{"card": "4111111111111111"}', '{"card": "[X]"}'],
  ['{"card": "no. 4111111111111111, of Ann"}', '{"card": "no. [X], of Ann"}'],
  // Within a text of JSON further quotes would end it.
  ['{"note": "of 5, 4111111111111111, 6", "n": 1}', '{"note": "of 5, [X], 6", "n": 1}'],
  ['{"note": "\\"see [4111111111111111]"}', '{"note": "\\"see [[X]]"}'],
  [String.raw`{"a": "{\"card\":4111111111111111}"}`, String.raw`{"a": "{\"card\":[X]}"}`],
  ['{"a": "\\\\", "card":4111111111111111}', '{"a": "\\\\", "card":"[X]"}'],
  [String.raw`{"a\\\\": 4111111111111111}`, String.raw`{"a\\\\": "[X]"}`],
  // A piece of a stream begins wherever the one before ended.
  ['end of a note", "card": 4111111111111111, "n": 1}', 'end of a note", "card": "[X]", "n": 1}'],
  ['{"note": ": 4111111111111111, or so"}', '{"note": ": [X], or so"}'],
  ['[12, ": 4111111111111111, or so"]', '[12, ": [X], or so"]'],
  ['{"Card:": 4111111111111111}', '{"Card:": "[X]"}'],
  ['A 5" pipe:\n{"card": 4111111111111111}', 'A 5" pipe:\n{"card": "[X]"}'],
  ["My card: 4111111111111111, thanks", "My card: [X], thanks"],
  ["Of Ann, 4111111111111111, and Bob", "Of Ann, [X], and Bob"],
])("a name in the place of a bare number of JSON has quotes: %s", async (text, changed) => {
  const rule = "\\d{16}";
  const written = async (id: string, parameters: JsonObject): Promise<string | undefined> =>
    (await judge(id, parameters, text)).texts?.[0];
  expect(await written("pii", { redact: true })).toBe(changed.replaceAll("[X]", "[CREDIT_CARD]"));
  expect(await written("regexMatch", { rule, redact: true })).toBe(changed.replaceAll("[X]", "[REDACTED]"));
  expect(await written("regexReplace", { rule, redactText: "X" })).toBe(changed.replaceAll("[X]", "X"));
});

test("a number in the place of one needs no quotes", async () => {
  const parameters = { rule: "\\d{16}", redactText: "0" };
  expect(await judge("regexReplace", parameters, '{"a": 4111111111111111}')).toMatchObject({ texts: ['{"a": 0}'] });
});

test("blanks before a long list are not read again for each number that is taken out of it", async () => {
  const count = 10_000;
  const blanks = " ".repeat(2_000_000);
  const begun = performance.now();
  for (const [id, parameters, words] of [
    ["pii", { redact: true }, "[CREDIT_CARD]"],
    ["regexReplace", { rule: "4111111111111111", redactText: "X" }, "X"],
  ] as [string, JsonObject, string][]) {
    const { texts } = await judge(id, parameters, `${blanks}${"4111111111111111,".repeat(count)}`);
    expect(texts?.[0]?.trimStart() === `${words},`.repeat(count), id).toBe(true);
  }
  // Without a bound on the blanks it took minutes.
  expect(performance.now() - begun).toBeLessThan(15_000);
});

test("nothing that a check tells quotes the text", async () => {
  const secret = "CANARYtext";
  for (const [id, parameters] of [
    ["regexMatch", { rule: "CANARY\\w+", not: true }],
    ["contains", { words: [secret], operator: "none" }],
    ["endsWith", { suffix: secret, not: true }],
    ["jsonKeys", { keys: [secret], operator: "none" }],
    ["pii", { not: true }],
  ] as [string, JsonObject][]) {
    const { data } = await judge(id, parameters, `{"${secret}": "a@b.example"} ${secret}`);
    expect(JSON.stringify(data), id).not.toMatch(/CANARY|a@b/);
  }
});

test("replacements that would fill the memory are not made, and nothing of the texts is let through", async () => {
  const long = "x".repeat(100_000);
  const replace = (texts: string[]) => judge("regexReplace", { rule: ".", redactText: long }, texts);
  expect((await replace(["a".repeat(100)])).texts?.map(({ length }) => length)).toEqual([10_000_000]);
  expect(await replace(["a".repeat(1_000), "b"])).toMatchObject({ verdict: false, texts: [long, long] });
  const many = await replace(Array.from({ length: 1_000 }, () => "a"));
  expect([many.verdict, new Set(many.texts)]).toEqual([false, new Set(["[REDACTED]"])]);
});
