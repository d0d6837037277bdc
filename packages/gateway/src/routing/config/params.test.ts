import { expect, test } from "vitest";
import type { JsonObject } from "@adit/bedrock";
import { laidOver, layParams, pathsOfRules, withParams } from "./params.ts";

const none = { defaults: undefined, overrides: undefined, drops: undefined };
const spend = (): void => {};
const body = { model: "m", seed: 1, stop: null, messages: [{ role: "user", name: "x" }], stream: true };

function laid(rules: object, asked: JsonObject = body, pathname = "/v1/chat/completions") {
  const { overrideParams, droppedParams } = layParams({ ...none, ...rules }, asked, {
    path: "config",
    pathname,
    spend,
  });
  return { body: withParams(asked, overrideParams), dropped: droppedParams };
}

test("defaults only fill what is absent, or null", () => {
  expect(laid({ defaults: { seed: 9, stop: ["x"], top_p: 0.5 } })).toEqual({
    body: { ...body, stop: ["x"], top_p: 0.5 },
    dropped: [],
  });
});

test("overrides come after the defaults, drops after both", () => {
  expect(
    laid({ defaults: { top_p: 0.5, user: "d" }, overrides: { top_p: 0.7, seed: 2 }, drops: ["seed", "user"] }),
  ).toEqual({
    body: { model: "m", stop: null, messages: body.messages, stream: true, top_p: 0.7 },
    dropped: ["seed", "user"],
  });
});

test("drops reach into objects and lists; the body of the caller stays as it was", () => {
  const result = laid({ drops: ["messages[*].name", "none", "messages[4].name"] });
  expect(result).toEqual({ body: { ...body, messages: [{ role: "user" }] }, dropped: ["messages[*].name"] });
  expect(body.messages[0]).toHaveProperty("name");
});

test("a value that an override set can be dropped from too", () => {
  const result = laid({ overrides: { extra: { a: 1, b: 2 } }, drops: ["extra.a"] });
  expect(result.body).toMatchObject({ extra: { b: 2 } });
});

test("a hundred paths into one member leave the caller's and the config's own as they were", () => {
  const extra = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`m${index}`, index]));
  const own = { a: { b: 1, c: 2 } };
  const drops = [...Array.from({ length: 98 }, (_, index) => `extra.m${index}`), "own.a.b", "own.a.none"];
  const result = laid({ overrides: { own }, drops }, { ...body, extra });
  expect(Object.keys(result.body["extra"] as object)[0]).toBe("m98");
  expect(result.body["own"]).toEqual({ a: { c: 2 } });
  expect(result.dropped).toEqual(drops.slice(0, -1));
  expect([Object.keys(extra).length, own.a.b]).toEqual([100, 1]);
});

test("a member that was taken out whole is not there to take more out of", () => {
  expect(laid({ drops: ["messages[0].name", "messages", "messages[0].role"] })).toEqual({
    body: { model: "m", seed: 1, stop: null, stream: true },
    dropped: ["messages[0].name", "messages"],
  });
});

test("stream is the caller's own, and there is no request without a model: such rules are named", () => {
  const result = laid({
    defaults: { stream: false },
    overrides: { stream: false },
    drops: ["seed", "stream", "model"],
  });
  expect(result.body).toMatchObject({ stream: true, model: "m" });
  expect(result.dropped).toEqual([
    "config.default_params.stream",
    "config.override_params.stream",
    "seed",
    "config.drop_params[1]",
    "config.drop_params[2]",
  ]);
});

test("a name such as __proto__ stays a plain name", () => {
  const overrides = JSON.parse('{"__proto__": {"polluted": true}}') as object;
  const result = laid({ overrides });
  expect(JSON.stringify(result.body)).toContain('"__proto__":{"polluted":true}');
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test("without rules there is nothing to lay over", () => {
  expect(layParams(none, body, { path: "config", pathname: "/v1/chat/completions", spend })).toEqual({
    overrideParams: {},
    droppedParams: [],
  });
});

test("all rules have a path, for a body that passes through untouched", () => {
  expect(pathsOfRules({ defaults: { a: 1 }, overrides: { b: 2 }, drops: ["c"] }, "config.targets[0]")).toEqual([
    "config.targets[0].default_params.a",
    "config.targets[0].override_params.b",
    "config.targets[0].drop_params[0]",
  ]);
});

test.each([
  ["/v1/chat/completions", "max_tokens", { max_completion_tokens: 900 }, { max_tokens: 5 }],
  ["/v1/chat/completions", "max_completion_tokens", { max_tokens: 900 }, { max_completion_tokens: 5 }],
  ["/v1/prompts/pp-welcome/completions", "max_tokens", { max_completion_tokens: 900 }, { max_tokens: 5 }],
  ["/v1/chat/completions", "max_output_tokens", { max_tokens: 900 }, { max_completion_tokens: 5 }],
  ["/v1/responses", "max_tokens", { max_output_tokens: 900 }, { max_output_tokens: 5 }],
  ["/v1/responses/", "max_tokens", { max_output_tokens: 900 }, { max_output_tokens: 5 }],
  ["/v1/responses", "max_completion_tokens", {}, { max_output_tokens: 5 }],
  ["/v1/messages", "max_completion_tokens", { max_tokens: 900 }, { max_tokens: 5 }],
  ["/v1/completions", "max_output_tokens", { max_tokens: 900 }, { max_tokens: 5 }],
])("at %s a limit of tokens holds under whichever name: %s over %j", (pathname, name, asked, sent) => {
  expect(laid({ overrides: { [name]: 5 } }, asked, pathname).body).toEqual(sent);
  // A default fills in only where the caller says nothing, by any name.
  const filled = Object.keys(asked).length === 0 ? sent : asked;
  expect(laid({ defaults: { [name]: 5 } }, asked, pathname).body).toEqual(filled);
});

test("an override replaces the other spelling of what it sets, of a default too; what is only taken away replaces nothing", () => {
  const guardrail = { guardrailIdentifier: "ours" };
  expect(
    laid({ overrides: { guardrailConfig: guardrail } }, { guardrail_config: { guardrailIdentifier: "theirs" } }).body,
  ).toEqual({ guardrailConfig: guardrail });
  expect(laid({ defaults: { max_completion_tokens: 9 }, overrides: { max_tokens: 5 } }, {}).body).toEqual({
    max_tokens: 5,
  });
  const overrides = { max_tokens: 5, max_completion_tokens: undefined };
  expect(laid({ overrides }, { max_completion_tokens: 900 }).body).toEqual({ max_tokens: 5 });
});

test("what is laid over members takes their place under their other names, whoever names them first", () => {
  const nearest = laidOver(laidOver({ max_tokens: 90, top_p: 1 }, { max_completion_tokens: 50 }), { max_tokens: 5 });
  expect(nearest).toEqual({ top_p: 1, max_tokens: 5 });
  expect(laid({ overrides: nearest }, {}).body).toEqual(nearest);
});

const chat = "/v1/chat/completions";
const thinks = { type: "enabled", budget_tokens: 9000 };

test.each<[string, object, JsonObject, object]>([
  [chat, { reasoning_effort: "low" }, { thinking: thinks }, { reasoning_effort: "low" }],
  [chat, { reasoning: { effort: "low" } }, { reasoning_effort: "high" }, { reasoning_effort: "low" }],
  [chat, { thinking: { type: "disabled" } }, { reasoning_effort: "high" }, { thinking: { type: "disabled" } }],
  [
    chat,
    { thinking: { type: "adaptive" } },
    { thinking: thinks, reasoning_effort: "high" },
    { thinking: { type: "adaptive" }, reasoning_effort: "high" },
  ],
  [
    chat,
    { reasoning_effort: "low" },
    { additionalModelRequestFields: { thinking: thinks, output_config: { effort: "max" }, top_k: 5 } },
    { additionalModelRequestFields: { top_k: 5 }, reasoning_effort: "low" },
  ],
  [chat, { thinking: { type: "disabled" } }, { additional_model_request_fields: { reasoning_config: thinks } }, { thinking: { type: "disabled" } }], // prettier-ignore
  [
    "/v1/responses",
    { reasoning_effort: "none" },
    { reasoning: { effort: "high", summary: "auto" } },
    { reasoning: { effort: "none", summary: "auto" } },
  ],
  ["/v1/responses", { reasoning_effort: "low" }, { thinking: thinks }, { reasoning: { effort: "low" } }],
  [
    "/v1/messages",
    { reasoning_effort: "low" },
    { thinking: thinks, output_config: { effort: "max", format: { type: "json_schema" } } },
    { thinking: { type: "adaptive" }, output_config: { effort: "low", format: { type: "json_schema" } } },
  ],
  ["/v1/messages", { output_config: { effort: "low" } }, { thinking: thinks }, { thinking: { type: "adaptive" }, output_config: { effort: "low" } }], // prettier-ignore
  ["/v1/messages", { reasoning_effort: "low" }, {}, { output_config: { effort: "low" } }],
  ["/v1/messages", { reasoning_effort: "none" }, { thinking: thinks, output_config: { effort: "max" } }, { thinking: { type: "disabled" } }], // prettier-ignore
])("at %s %j holds over what %j says of reasoning by another name", (pathname, overrides, asked, sent) => {
  expect(laid({ overrides }, asked, pathname).body).toEqual(sent);
});

test("a default of reasoning gives way to what the caller says of it by another name", () => {
  expect(laid({ defaults: { thinking: thinks } }, { reasoning_effort: "none" }).body).toEqual({
    reasoning_effort: "none",
  });
  expect(laid({ defaults: { reasoning_effort: "low" } }, {}, "/v1/responses").body).toEqual({
    reasoning: { effort: "low" },
  });
  expect(laid({ defaults: { reasoning_effort: "low" } }, { reasoning: { effort: "high" } }, "/v1/responses").body).toEqual({ reasoning: { effort: "high" } }); // prettier-ignore
  // Anthropic's effort does not say whether to think.
  const asked = { output_config: { effort: "low" } };
  expect(laid({ defaults: { thinking: thinks } }, asked, "/v1/messages").body).toEqual({ ...asked, thinking: thinks });
});

test("a target's word on reasoning stands in place of its parents', by whichever name", () => {
  expect(laidOver({ thinking: thinks, seed: 1 }, { reasoning_effort: "low" })).toEqual({
    seed: 1,
    reasoning_effort: "low",
  });
  expect(laidOver({ reasoning: { effort: "high" } }, { reasoning_effort: "low" })).toEqual({ reasoning_effort: "low" });
});
