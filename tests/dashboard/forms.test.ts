/** What forms and pages make of what is kept: it reads well, and says what it said. */
import { expect, test } from "vitest";
import { eventsOf } from "../../packages/dashboard/src/api/server-events.ts";
import {
  changeOf,
  createBody,
  newTerms,
  termsOf,
} from "../../packages/dashboard/src/pages/connectors/connector-terms.ts";
import {
  indented,
  localMoment,
  momentIn,
  pairsIn,
  pairsText,
} from "../../packages/dashboard/src/controls/forms/form-text.ts";
import * as guardrailForm from "../../packages/dashboard/src/pages/guardrails/guardrail-terms.ts";
import { csvLine } from "../../packages/gateway/src/ledger/search/spreadsheet.ts";
import { csvOf } from "../../packages/dashboard/src/controls/csv.ts";
import { filterOf, queryOf, textOfPairs } from "../../packages/dashboard/src/pages/logs/log-query.ts";
import { partialsIn, variablesIn } from "../../packages/dashboard/src/pages/prompts/prompt-terms.ts";

test.each([
  {}, [], [[]], [{}], { a: {}, b: [] }, { a: [1, "two", null, true, { b: "x: {y}, [z]" }] }, "text", 5, null,
  { "quo\"te": "back\\slash \\\" \n é \u2028" },
])("as JSON.stringify indents: %j", (value) => {
  expect(indented(JSON.stringify(value))).toBe(JSON.stringify(value, undefined, 2));
  expect(indented(JSON.stringify(value, undefined, "\t"))).toBe(JSON.stringify(value, undefined, 2));
}); // prettier-ignore

test("numbers keep their digits, names that come twice stay, and escapes are read", () => {
  expect(indented('{"id":12345678901234567890,"a":1.0,"a":1e400,"t":"\\u00e9"}')).toBe(
    '{\n  "id": 12345678901234567890,\n  "a": 1.0,\n  "a": 1e400,\n  "t": "é"\n}',
  );
  expect(indented('{"a": 1')).toBe('{"a": 1');
});

test("a connector's values keep their types where another is changed, and nothing else is sent", () => {
  const values = [0.5, true, ["a"], { b: 1 }, "0.5", null];
  const input_schema = values.map((value, index) => ({ name: `x${index}`, value, value_type: "static" as const }));
  // A form has no field for what stands in where the caller's data has none.
  const standIns = [{ default: 1 }, { default: null }];
  const fields = input_schema.map((field, index) => ({ ...field, ...standIns[index] }));
  const made = { created_at: "2027-01-01T00:00:00Z", last_updated_at: "2027-01-01T00:00:00Z", workspace_id: "prj_1" };
  const connector = {
    object: "connector" as const,
    id: "con_1",
    name: "Typed",
    slug: "typed",
    connection_spec: { region: "us-east-1", model_id: "amazon.nova-lite-v1:0", request_format: '{"id":1e2}' },
    input_schema: fields,
    output_schema: [],
    ...made,
  };
  const terms = termsOf(connector);
  expect(changeOf(terms, connector)).toEqual({});
  const added = { name: "y", type: "", value: "new", isDynamic: false };
  const { input_schema: sent, ...others } = changeOf({ ...terms, inputs: [...terms.inputs, added] }, connector);
  expect(others).toEqual({});
  expect(sent?.map(({ type, value }) => [type, value])).toEqual([
    ["number", "0.5"],
    ["boolean", "true"],
    ["array", '["a"]'],
    ["object", '{"b":1}'],
    [undefined, "0.5"],
    [undefined, null],
    [undefined, "new"],
  ]);
  expect(sent?.flatMap((field) => ("default" in field ? [field.default] : []))).toEqual([1, null]);
});

test.each(["1,5", "30s", "soon"])(
  "a timeout of %s is refused: sent as a number it would take the timeout away",
  (timeoutSeconds) => {
    expect(() => createBody({ ...newTerms, name: "Slow", timeoutSeconds })).toThrow("It must be a number of seconds");
    expect(createBody({ ...newTerms, name: "Slow", timeoutSeconds: "1.5" }).request_timeout).toBe(1_500);
  },
);

test("a moment's field is not changed under who types its year, in zones whose clocks went by the sun", () => {
  const zone = process.env["TZ"];
  try {
    for (const name of ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"]) {
      process.env["TZ"] = name;
      for (const text of ["0002-06-01T10:30", "0020-06-01T10:30", "0202-06-01T10:30", "2026-06-01T10:30"]) {
        expect(localMoment(momentIn(text) ?? null), name).toBe(text);
      }
    }
  } finally {
    if (zone === undefined) delete process.env["TZ"];
    else process.env["TZ"] = zone;
  }
  expect(() => momentIn("275760-12-31T00:00")).toThrow("a year has four digits");
});

test.each([
  [{ team: "red", tier: "" }, "team=red\ntier="],
  [{ team: "a=b" }, "team=a=b"],
  [{ "a=b": "c" }, '{\n  "a=b": "c"\n}'],
  [{ note: "one\ntwo=3", team: "red" }, '{\n  "note": "one\\ntwo=3",\n  "team": "red"\n}'],
  [{ pad: " x " }, '{\n  "pad": " x "\n}'],
  [{ "{a": "b}" }, "{a=b}"],
])("pairs in a form are what they were where another is changed: %j", (pairs, text) => {
  expect(pairsText(pairs)).toBe(text);
  expect(pairsIn(text)).toEqual(pairs);
});

test.each(["\n", "\r\n"])("events are told apart by lines that end in %j, however they are cut", async (end) => {
  const text = [": a word", "event: stage", "data: one", "data: two", "", "data: three", "", ""].join(end);
  for (let size = 1; size <= text.length; size += 1) {
    const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
      text.slice(at * size, (at + 1) * size),
    );
    const events = [];
    for await (const event of eventsOf(ReadableStream.from(pieces.map((piece) => new TextEncoder().encode(piece))))) {
      events.push(event);
    }
    expect(events).toEqual([
      { event: "stage", data: "one\ntwo" },
      { event: "message", data: "three" },
    ]);
  }
});

test("each check of a guardrail keeps what the form does not show of it, also beside others of its kind", () => {
  const check = (rule: string, beside: object) => ({
    id: "default.regexMatch",
    parameters: { rule, not: true },
    ...beside,
  });
  const checks = [
    check("a", { name: "First", failOnError: true, on_stream: "report" }),
    check("b", { scope: "all", is_enabled: false }),
    check("c", {}),
  ];
  const guardrail = { name: "Three", checks, actions: { deny: true, on_fail: { feedback: { value: -5 } } } };
  const terms = guardrailForm.termsOf(guardrail);
  expect(guardrailForm.bodyOf(terms, guardrail)).toEqual(guardrail);
  const fewer = { ...terms, checks: terms.checks.slice(1) };
  expect(guardrailForm.bodyOf(fewer, guardrail).checks).toEqual(checks.slice(1));
});

test.each([
  ["{{größe}} {{名前}} {{ first name }} {{{raw}}} {{&kept}}", ["größe", "名前", "first name", "raw", "kept"]],
  ['[{"role":"user","content":"{{gr\\u00f6\\u00dfe}}"}]', ["größe"]],
  ["{{>pp-tone}} {{> pp-tone@2 }} {{>>which}} {{! not this }} {{/list}} {{.}}", ["which"]],
  ["{{#list}}{{x}}{{/list}} {{^none}}-{{/none}} {{user.name}} {{user}}", ["list*", "x", "none*", "user*"]],
])("a template asks for its variables in whatever letters: %s", (template, wanted) => {
  expect(variablesIn(template).map(({ name, isShaped }) => `${name}${isShaped ? "*" : ""}`)).toEqual(wanted);
});

test("blanks behind an open tag, and tags that nobody closes, are read through once", () => {
  expect(variablesIn(`{{${" ".repeat(100_000)}x {{y}`)).toEqual([]);
  expect(variablesIn("{{a ".repeat(100_000))).toEqual([]);
  expect(variablesIn(`{{${" ".repeat(100_000)}x}} {{{y}}}`).map(({ name }) => name)).toEqual(["x", "y"]);
});

test("a template names its partials", () => {
  expect(partialsIn("{{>pp-tone}} {{ > pp-tone@2 }} {{>>which}} {{thing}}")).toEqual(["pp-tone", "pp-tone@2"]);
});

test.each([
  ["=1+1", "'=1+1"],
  ["  @SUM(A1)", "'  @SUM(A1)"],
  ["＝1", "'＝1"],
  ["red;=HYPERLINK(1)", "red;'=HYPERLINK(1)"],
  ['red\t"+1', 'red\t\'""+1'],
  ["red; blue-green", "red; blue-green"],
])("a figure's name is no formula in a spreadsheet, whatever an import splits at: %j", (name, wanted) => {
  expect(csvOf(["user", "cost"], [[name, -1]])).toBe(`"user","cost"\r\n"${wanted}","-1"\r\n`);
});

test("a page's export writes a text as the gateway's exports do: the rule for formulas stands in both, since a page imports no gateway", () => {
  const beginnings = ["=", "+", "-", "@", "\t=", "\r", " =", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20", "'", '"=', "a"];
  const middles = ["", ";=1", "\t+1", "\n@x", '\r\n"-2', "; \uFF1D1", ",=1", 'x;" =3'];
  for (const text of beginnings.flatMap((beginning) => middles.map((middle) => `${beginning}b${middle}`))) {
    const ofPage = csvOf([text], []).slice(0, -2);
    const ofGateway = csvLine([text]).slice(0, -2);
    // Who need not quote may.
    expect(ofPage).toBe(ofGateway.startsWith('"') ? ofGateway : `"${ofGateway}"`);
  }
});

test.each([
  [{ team: "red" }, "team=red"],
  [{ team: "red", tier: "gold" }, "team=red,tier=gold"],
  [{ team: "a=b" }, "team=a=b"],
  [{ team: "red, blue" }, '{"team":"red, blue"}'],
  [{ "a=b": "c" }, '{"a=b":"c"}'],
  [{ team: " red" }, '{"team":" red"}'],
  [{ "{team": "red" }, "{team=red"],
])("pairs of metadata are asked for as they are: %j", (pairs, text) => {
  expect(textOfPairs(pairs)).toBe(text);
  expect(JSON.parse(queryOf({ metadata: text }, "prj_1").metadata ?? "")).toEqual(pairs);
  const view = new URLSearchParams({ metadata: JSON.stringify(pairs) }).toString();
  expect(filterOf(view)).toEqual({ filter: { metadata: text }, unknown: [] });
});
