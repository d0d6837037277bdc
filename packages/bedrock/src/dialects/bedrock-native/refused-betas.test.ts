import { Buffer } from "node:buffer";
import { expect, it } from "vitest";
import { withoutRefusedBetas } from "./refused-betas.ts";

const claude = { family: "anthropic", betas: ["known-1", "known-2"] } as const;

it("takes the refused flag out and leaves every other byte", () => {
  const body = Buffer.from(
    '{ "max_tokens": 10.0, "anthropic_beta" : ["known-1", "new-9"],\n"big": 90071992547409931 }',
  );
  const { body: sent, dropped, given } = withoutRefusedBetas(body, "invoke", claude);
  expect(sent.toString()).toBe('{ "max_tokens": 10.0, "anthropic_beta" : ["known-1"],\n"big": 90071992547409931 }');
  expect(dropped).toEqual(["anthropic_beta.new-9"]);
  expect(given).toEqual(["known-1", "new-9"]);
});

it("where the model's flags are not known, takes those out that no model takes, and those that it refused before", () => {
  const unknown = { family: "anthropic" } as const;
  const asked: string[][] = [];
  const refusedBefore = (flags: ReadonlySet<string>): ReadonlySet<string> => {
    asked.push([...flags]);
    return new Set(["new-9"]);
  };
  const body = Buffer.from('{"anthropic_beta":["new-8","oauth-2025-04-20","new-9"]}');
  const result = withoutRefusedBetas(body, "invoke", unknown, refusedBefore);
  expect(result.body.toString()).toBe('{"anthropic_beta":["new-8"]}');
  expect(result.dropped).toEqual(["anthropic_beta.oauth-2025-04-20", "anthropic_beta.new-9"]);
  expect(asked).toEqual([["new-8", "new-9"]]);
});

it("takes no longer for many flags than their reading", () => {
  const flags = Array.from({ length: 100_000 }, (_, index) => `new-${index}`);
  const body = Buffer.from(JSON.stringify({ anthropic_beta: [...flags, "new-0"] }));
  const before = performance.now();
  const { body: sent, dropped } = withoutRefusedBetas(body, "invoke", claude);
  // A tenth of a second; flag against flag it was eleven.
  expect(performance.now() - before).toBeLessThan(6_000);
  expect(sent.toString()).toBe('{"anthropic_beta":[]}');
  expect(dropped).toEqual(flags.map((flag) => `anthropic_beta.${flag}`));
});

it("finds Converse's flags among its additional fields", () => {
  const body = Buffer.from('{"additionalModelRequestFields":{"anthropic_beta":["new-9"]},"messages":[]}');
  const { body: sent, dropped } = withoutRefusedBetas(body, "converse", claude);
  expect(sent.toString()).toBe('{"additionalModelRequestFields":{"anthropic_beta":[]},"messages":[]}');
  expect(dropped).toEqual(["additionalModelRequestFields.anthropic_beta.new-9"]);
});

it.each([
  ["only known flags", '{"anthropic_beta":["known-2"]}', claude],
  ["the words in a text", '{"messages":["\\"anthropic_beta\\": [\\"x\\"]"]}', claude],
  ["another place", '{"metadata":{"anthropic_beta":["new-9"]}}', claude],
  ["no JSON", '{"anthropic_beta":["new-9"]', claude],
  ["a model whose flags are not known", '{"anthropic_beta":["new-9"]}', { family: "anthropic" } as const],
  ["another family", '{"anthropic_beta":["new-9"]}', { family: "nova", betas: [] } as const],
])("gives the same bytes for %s", (_name, text, model) => {
  const body = Buffer.from(text);
  const result = withoutRefusedBetas(body, "invoke", model);
  expect(result.body).toBe(body);
  expect(result.dropped).toEqual([]);
});
