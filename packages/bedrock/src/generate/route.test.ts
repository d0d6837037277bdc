/** ReqLLM's table of routes row by row and column by column, with what is better here. */
import { describe, expect, it, test } from "vitest";
import { factsOfModel } from "../models/facts-of-model.ts";
import { chooseRoute, type RouteQuestion } from "./route.ts";

const ids = {
  anthropic: "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
  "gpt-oss": "openai.gpt-oss-120b-1:0",
  meta: "us.meta.llama3-2-3b-instruct-v1:0",
  cohere: "cohere.command-r-plus-v1:0",
  mistral: "mistral.mistral-large-2402-v1:0",
  amazon: "us.amazon.nova-lite-v1:0",
  ai21: "ai21.jamba-1-5-mini-v1:0",
  deepseek: "us.deepseek.r1-v1:0",
  "an unknown provider": "acme.model-v1:0",
  "an ARN of Claude":
    "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
  "an opaque ARN": "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123",
} as const;

const plain = { useConverse: undefined, hasTools: false, wantsObject: false, hasToolSearch: false };
const ask = (id: string, more: Partial<RouteQuestion> = {}): string =>
  chooseRoute({ model: factsOfModel(id), ...plain, ...more }).route;

describe("R12 the table", () => {
  const invoked = ["anthropic", "gpt-oss", "meta"];

  it.each(Object.entries(ids))("plain: %s", (name, id) => {
    expect(ask(id)).toBe(invoked.includes(name) ? "invoke" : "converse");
  });

  it.each(Object.entries(ids))("with tools: %s goes by Converse", (_name, id) => {
    expect(ask(id, { hasTools: true })).toBe("converse");
  });

  // ReqLLM forces a tool under InvokeModel on Claude, and has no way for gpt-oss and Llama.
  it.each(Object.entries(ids))("an object by a schema: %s goes by Converse, which carries every means", (_name, id) => {
    expect(ask(id, { wantsObject: true })).toBe("converse");
  });

  it.each(Object.entries(ids))(
    "stop sequences that Converse refuses: %s goes by InvokeModel, with tools too",
    (_name, id) => {
      const choice = chooseRoute({ model: factsOfModel(id), ...plain, hasTools: true, hasRefusedStops: true });
      expect(choice).toEqual({ route: "invoke", isFree: true });
    },
  );

  it("Claude's tool search goes by InvokeModel, with other tools too", () => {
    expect(ask(ids.anthropic, { hasToolSearch: true, hasTools: true })).toBe("invoke");
    expect(chooseRoute({ model: factsOfModel(ids.anthropic), ...plain, hasToolSearch: true }).isFree).toBe(false);
  });
});

test.each(Object.entries(ids))("R12 the caller's word stands for %s, whatever else is asked", (_name, id) => {
  for (const more of [plain, { hasTools: true }, { wantsObject: true }, { hasToolSearch: true }]) {
    const choices = [true, false].map((useConverse) =>
      chooseRoute({ model: factsOfModel(id), ...plain, ...more, useConverse }),
    );
    expect(choices).toEqual([
      { route: "converse", isFree: false },
      { route: "invoke", isFree: false },
    ]);
  }
});

test.each(["us", "eu", "apac", "jp", "au", "global", "us-gov"])(
  "the prefix %s. does not change the route",
  (prefix) => {
    expect(ask(`${prefix}.anthropic.claude-sonnet-4-5-20250929-v1:0`)).toBe("invoke");
    expect(ask(`${prefix}.amazon.nova-lite-v1:0`)).toBe("converse");
  },
);
