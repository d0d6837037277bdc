/** AI Squared's page on its model connector: connectors stored, tried, called, and their answers mapped. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import data from "../../packages/gateway/src/connectors/data/samples.json" with { type: "json" };
import { filesUnder } from "../support/files-under.ts";
import { openHouse, type House } from "../support/house.ts";
import { callsOf, pairOf } from "../support/seen.ts";

const mine = pairOf("CONNECTOR");
const samples = data.samples.flatMap(({ model_ids: ids, ...sample }) => ids.map((id) => ({ id, ...sample })));
const nova = "amazon.nova-lite-v1:0";
const novaFormat = {
  inferenceConfig: { max_new_tokens: 100 },
  messages: [{ role: "user", content: [{ text: "hello" }] }],
};
const novaText = { name: "text", type: "string", path: "$.output.message.content[*].text" };

let house: House;
beforeAll(async () => {
  house = await openHouse({ emulator: { credentials: [pairOf("SERVER"), mine] } });
  await house.gateway.opened;
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

interface Answered {
  status: number;
  body: Record<string, never> & { error: { message: string; param: string | null } };
}

async function send(method: string, path: string, body?: unknown): Promise<Answered> {
  const reply = await fetch(`${house.gateway.url}/v1/connectors${path}`, {
    method,
    headers: { authorization: `Bearer ${house.key}`, "content-type": "application/json" },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await reply.text();
  return { status: reply.status, body: JSON.parse(text) as Answered["body"] };
}

const spec = (more: Record<string, unknown> = {}): Record<string, unknown> => ({
  access_key: mine.accessKeyId,
  secret_access_key: mine.secretAccessKey,
  region: "us-east-1",
  model_id: nova,
  request_format: JSON.stringify(novaFormat),
  ...more,
});

let made = 0;
/** A new connector; its slug. */
async function create(more: Record<string, unknown> = {}, specMore: Record<string, unknown> = {}): Promise<string> {
  const slug = `connector-${(made += 1)}`;
  const answer = await send("POST", "", { name: slug, slug, connection_spec: spec(specMore), ...more });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return slug;
}

const invoked = () => callsOf(house.emulator, "InvokeModel");
const bodySent = (): unknown => JSON.parse(invoked().at(-1)?.body.toString() ?? "null");

describe("a connector is kept", () => {
  test("S02 it is set up once, shown, listed, changed and taken away; then its name is a 404", async () => {
    const slug = await create({ output_schema: [novaText] });
    const shown = await send("GET", `/${slug}`);
    expect(shown).toMatchObject({
      status: 200,
      body: { slug, connection_spec: { model_id: nova, region: "us-east-1" } },
    });
    expect((await send("GET", "")).body).toMatchObject({ data: expect.arrayContaining([shown.body]) as unknown });
    const changed = await send("PUT", `/${slug}`, {
      name: "Renamed",
      connection_spec: { model_id: "amazon.nova-pro-v1:0" },
    });
    expect(changed.body).toMatchObject({
      name: "Renamed",
      connection_spec: { model_id: "amazon.nova-pro-v1:0", region: "us-east-1" },
    });
    await send("POST", `/${slug}/invoke`, {});
    expect(invoked().at(-1)?.path).toContain("amazon.nova-pro-v1%3A0");
    expect((await send("DELETE", `/${slug}`)).status).toBe(200);
    expect((await send("GET", `/${slug}`)).status).toBe(404);
    expect((await send("POST", `/${slug}/invoke`, {})).status).toBe(404);
  });

  test("S03 S05 its access key signs, in its region", async () => {
    const slug = await create({}, { region: "us-west-2" });
    expect((await send("POST", `/${slug}/invoke`, {})).status).toBe(200);
    const seen = invoked().at(-1);
    expect(seen?.verdict).toBe("sigv4 ok");
    expect(seen?.headers["authorization"]).toMatch(
      new RegExp(`Credential=${mine.accessKeyId}/\\d{8}/us-west-2/bedrock/`),
    );
  });

  test("S04 its secret is in no answer, log or file, and only the end of its access key id is shown", async () => {
    const slug = await create();
    const answers = [
      await send("GET", `/${slug}`),
      await send("GET", ""),
      await send("PUT", `/${slug}`, { name: "Other" }),
      await send("POST", `/${slug}/check_connection`),
      await send("POST", `/${slug}/read`, {}),
    ];
    expect(answers[0]?.body).toMatchObject({
      connection_spec: { access_key: expect.stringMatching(/^AKIA\.\.\..{4}$/) as unknown },
    });
    const files = await filesUnder(house.dataDir);
    const texts = [JSON.stringify(answers), JSON.stringify(house.logLines()), ...files.values()];
    for (const text of texts) expect(text.includes(mine.secretAccessKey)).toBe(false);
  });

  test("a secret that is replaced counts at once; a stranger's is refused in AWS's words", async () => {
    const slug = await create({}, { secret_access_key: "x".repeat(40) });
    expect(await send("POST", `/${slug}/invoke`, {})).toMatchObject({
      status: 403,
      body: { error: { code: "invalid_aws_credentials" } },
    });
    const { access_key, secret_access_key } = spec();
    await send("PUT", `/${slug}`, { connection_spec: { access_key, secret_access_key } });
    expect((await send("POST", `/${slug}/invoke`, {})).status).toBe(200);
  });

  test("S06 an inference profile is called in place of the model; an empty field is none", async () => {
    const arn = "arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.amazon.nova-lite-v1:0";
    const slug = await create({}, { inference_profile: arn });
    expect((await send("POST", `/${slug}/invoke`, {})).status).toBe(200);
    expect(invoked().at(-1)?.path).toBe(`/model/${encodeURIComponent(arn)}/invoke`);
    expect(invoked().at(-1)?.headers["authorization"]).toContain("/us-west-2/bedrock/");
    const without = await create({}, { inference_profile: "" });
    await send("POST", `/${without}/invoke`, {});
    expect(invoked().at(-1)?.path).toBe(`/model/${encodeURIComponent(nova)}/invoke`);
  });

  test("S07 the model's id is needed where no profile stands for it", async () => {
    const answer = await send("POST", "", { name: "none", connection_spec: spec({ model_id: " " }) });
    expect(answer).toMatchObject({ status: 400, body: { error: { param: "connection_spec.model_id" } } });
  });

  test("a virtual key in place of credential fields is not taken away with the connector", async () => {
    const other = await create();
    const shown = (await send("GET", `/${other}`)).body as unknown as { connection_spec: object };
    expect(shown.connection_spec).not.toHaveProperty("virtual_key");
    expect(await send("POST", "", { name: "both", connection_spec: spec({ virtual_key: "some" }) })).toMatchObject({
      status: 400,
      body: { error: { param: "connection_spec.virtual_key" } },
    });
  });

  test.each([
    [{ connection_spec: { ...spec(), secret_access_key: "" } }, "connection_spec.secret_access_key"],
    [{ connection_spec: { ...spec(), access_key: "A" } }, "connection_spec.access_key"],
    [{ connection_spec: spec({ region: "US East" }) }, "connection_spec.region"],
    [{ connection_spec: spec(), slug: "samples" }, "slug"],
    [{ connection_spec: spec({ request_format: '{"a": }' }) }, "connection_spec.request_format"],
    [{ connection_spec: spec({ request_formt: "{}" }) }, "connection_spec.request_formt"],
    [{ connection_spec: spec(), input_schema: [{ name: "a..b", value: 1 }] }, "input_schema[0].name"],
    [
      {
        connection_spec: spec(),
        input_schema: [
          { name: "a", value: 1 },
          { name: "b", type: "integer", value: 0.7 },
        ],
      },
      "input_schema[1].value",
    ],
    [
      { connection_spec: spec(), input_schema: [{ name: "a", type: "float", value: "{{x}}", default: "none" }] },
      "input_schema[0].default",
    ],
    [{ connection_spec: spec(), output_schema: [{ name: "a", path: "$[?(" }] }, "output_schema[0].path"],
  ])("a fault names its field, and nothing is saved: %#", async (more, param) => {
    const before = (await send("GET", "")).body as unknown as { data: unknown[] };
    const answer = await send("POST", "", { name: "faulty", ...more });
    expect([answer.status, answer.body.error.param]).toEqual([400, param]);
    expect((await send("GET", "")).body).toMatchObject({ data: before.data });
  });
});

describe("samples", () => {
  test("S12 there are 33 models of seven makers, and the answer of the API has them", async () => {
    expect(new Set(samples.map(({ id }) => id)).size).toBe(33);
    expect(new Set(samples.map(({ maker }) => maker)).size).toBe(7);
    expect((await send("GET", "/samples")).body).toMatchObject({ data: data.samples });
  });

  test.each(samples)(
    "S08 S09 $id: its sample is what a connector sends",
    async ({ id, request_format, response_format }) => {
      const formats = { request_format: JSON.stringify(request_format), response_format };
      const slug = await create({}, { model_id: id, ...formats });
      const shown = (await send("GET", `/${slug}`)).body;
      expect(shown).toMatchObject({ connection_spec: { request_format: formats.request_format } });
      const checked = await send("POST", `/${slug}/check_connection`);
      expect(checked.body).toEqual({
        type: "connection_status",
        connection_status: { status: "succeeded", message: null },
      });
      // Some are served by a profile alone, which AWS says, and which is called then.
      expect(invoked().filter(({ status }) => status === 200)).toHaveLength(1);
      expect([bodySent(), invoked().at(-1)?.status]).toEqual([request_format, 200]);
    },
  );

  test("S08 a connector without a request format sends its model's sample", async () => {
    const slug = await create({}, { request_format: "" });
    expect((await send("POST", `/${slug}/invoke`, {})).status).toBe(200);
    expect(bodySent()).toEqual(samples.find(({ id }) => id === nova)?.request_format);
  });

  test("S13 each field of the form says where to find what it takes", async () => {
    const { body } = await send("GET", "/spec");
    const properties = (
      body as never as {
        connector_spec: { connection_specification: { properties: Record<string, Record<string, unknown>> } };
      }
    ).connector_spec.connection_specification.properties;
    expect(Object.keys(properties)).toEqual(
      expect.arrayContaining([
        "access_key",
        "secret_access_key",
        "region",
        "inference_profile",
        "model_id",
        "request_format",
        "response_format",
      ]),
    );
    expect(properties["secret_access_key"]).toMatchObject({ multiwoven_secret: true });
    expect(properties["request_format"]).toMatchObject({ "x-request-format": true, type: "string" });
    expect(properties["response_format"]).toMatchObject({ "x-response-format": true });
    expect(properties["inference_profile"]?.["description"]).toMatch(/Cross-region inference/);
    expect(properties["model_id"]?.["description"]).toMatch(/Model catalog/);
    expect(Object.values(properties).map(({ order }) => order)).toEqual(
      Object.keys(properties).map((_, index) => index),
    );
  });
});

describe("calls", () => {
  test("S09 S10 the model's own JSON goes as it is, to its last digit, and its answer comes as it is", async () => {
    const slug = await create();
    const body =
      '{ "messages": [{"role":"user","content":[{"text":"hello"}]}],\n "inferenceConfig": {"temperature": 0.50, "max_new_tokens": 1e2} }';
    const reply = await house.post(`/v1/connectors/${slug}/invoke`, `{"body": ${body}}`);
    expect(invoked()[0]?.body.toString()).toBe(body);
    expect(reply.headers.get("x-amzn-bedrock-input-token-count")).toMatch(/^\d+$/);
    expect(reply.headers.get("x-adit-route")).toBe("invoke");
    const text = await reply.text();
    const read = await send("POST", `/${slug}/read`, `{"body": ${body}}`);
    expect(read.body).toEqual([
      { type: "record", record: { data: JSON.parse(text) as unknown, emitted_at: expect.any(Number) as unknown } },
    ]);
  });

  test("the call is logged and counted as every other", async () => {
    const slug = await create();
    await send("POST", `/${slug}/invoke`, {});
    expect(house.logLines().at(-1)).toMatchObject({
      dialect: "connector",
      route: "invoke",
      model: nova,
      credential: expect.stringContaining("virtual key") as unknown,
      attempts: 1,
      usage: { inputTokens: expect.any(Number) as unknown },
    });
  });

  test("a throttled call is tried again, and a refusal is a real status in both forms", async () => {
    const slug = await create();
    house.emulator.faultNext({ kind: "refuse", type: "ThrottlingException" });
    expect((await send("POST", `/${slug}/invoke`, {})).status).toBe(200);
    house.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException" });
    expect(await send("POST", `/${slug}/invoke`, {})).toMatchObject({
      status: 403,
      body: { error: { code: "access_denied" } },
    });
    house.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException" });
    expect(await send("POST", `/${slug}/read`, {})).toMatchObject({
      status: 403,
      body: [{ type: "log", log: { level: "error", name: "AWS:BEDROCK MODEL:RUN_MODEL:EXCEPTION" } }],
    });
  });

  test("a stream brings the model's chunks, in order, and says when it ends", async () => {
    const slug = await create();
    const reply = await house.post(`/v1/connectors/${slug}/invoke`, { stream: true });
    expect(reply.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const events = (await reply.text())
      .trim()
      .split("\n\n")
      .map((event) => event.replace(/^data: /, ""));
    expect(events.at(-1)).toBe("[DONE]");
    const chunks = events
      .slice(0, -1)
      .map((text) => JSON.parse(text) as { contentBlockDelta?: { delta: { text: string } } });
    const whole = (await send("POST", `/${slug}/invoke`, { output_schema: [novaText] })).body as never as {
      output: { text: string };
    };
    expect(chunks.map(({ contentBlockDelta }) => contentBlockDelta?.delta.text ?? "").join("")).toBe(whole.output.text);
    expect(chunks.at(-1)).toHaveProperty("amazon-bedrock-invocationMetrics");
  });

  test("a stream maps nothing: the connector's mapping is named as left out, one in the call is refused, and read has no stream", async () => {
    const slug = await create({ output_schema: [novaText] });
    const reply = await house.post(`/v1/connectors/${slug}/invoke`, { stream: true });
    expect([reply.status, reply.headers.get("x-adit-dropped")]).toEqual([200, "output_schema"]);
    await reply.text();
    const whole = await house.post(`/v1/connectors/${slug}/invoke`, {});
    expect(whole.headers.get("x-adit-dropped")).toBeNull();
    await whole.text();
    for (const [path, body, param] of [
      ["invoke", { stream: true, output_schema: [novaText] }, "output_schema"],
      ["read", { stream: true }, "stream"],
    ] as const) {
      const refused = await house.post(`/v1/connectors/${slug}/${path}`, body);
      expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining(param)]);
    }
  });

  test("a stream that is cut ends in an error, and not in [DONE]", async () => {
    const slug = await create();
    house.emulator.faultNext({ kind: "exception", frame: 2 });
    const text = await (await house.post(`/v1/connectors/${slug}/invoke`, { stream: true })).text();
    expect(text).toContain("event: error");
    expect(text).not.toContain("[DONE]");
  });

  test("S11 A4 Mistral's template is put around a plain prompt once, also behind an application profile", async () => {
    const mistral = "mistral.mistral-7b-instruct-v0:2";
    const profile = `arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/emu-${mistral}`;
    // The profile's model counts, and not what stands beside it.
    const slug = await create({}, { model_id: nova, inference_profile: profile });
    for (const prompt of ["hello", "<s>[INST] hello [/INST]"]) {
      const reply = await house.post(`/v1/connectors/${slug}/invoke`, { body: { prompt, max_tokens: 10 } });
      expect(bodySent()).toEqual({ prompt: "<s>[INST] hello [/INST]", max_tokens: 10 });
      expect(reply.headers.get("x-adit-dropped")).toBe(prompt === "hello" ? "prompt" : null);
    }
  });
});

describe("values in the request format", () => {
  test("A5 a harvest config gives the exact payload: floats, nested values and templates, each with its type", async () => {
    const input_schema = [
      {
        name: "messages.0.content.0.text",
        type: "string",
        value: "Summarise {{doc.title}} ({{doc.year}})",
        value_type: "dynamic",
      },
      { name: "inferenceConfig.temperature", type: "number", value: "0.7", value_type: "static" },
      { name: "inferenceConfig.topP", type: "Float", value: "top_p", value_type: "dynamic" },
      { name: "inferenceConfig.max_new_tokens", type: "Integer", value: "limit", value_type: "dynamic", default: 50 },
      { name: "inferenceConfig.stopSequences", type: "array", value: "stops", value_type: "dynamic" },
    ];
    const slug = await create({ input_schema });
    const data = { doc: { title: "A", year: 1999 }, top_p: 0.25, stops: ["END"] };
    expect((await send("POST", `/${slug}/invoke`, { data })).status).toBe(200);
    expect(bodySent()).toEqual({
      inferenceConfig: { max_new_tokens: 50, temperature: 0.7, topP: 0.25, stopSequences: ["END"] },
      messages: [{ role: "user", content: [{ text: "Summarise A (1999)" }] }],
    });
    await send("POST", `/${slug}/invoke`, {
      data,
      values: { "inferenceConfig.temperature": 0.1, "messages[0].content[0].text": "Hi" },
    });
    expect(bodySent()).toMatchObject({
      inferenceConfig: { temperature: 0.1 },
      messages: [{ content: [{ text: "Hi" }] }],
    });
  });

  test.each([
    [{}, "data"],
    [{ data: { text: "a", limit: 1.5 } }, "input_schema[1].value"],
    [{ data: { text: "a", limit: 1 }, values: { "messages.7.content": "b" } }, "values.messages.7.content"],
    [{ body: {}, data: {} }, "body"],
    [{ vales: {} }, "vales"],
    ['{"data":{"text":"a","limit":9007199254740993}}', "data.limit"],
    ['{"data":{"text":"a","limit":1},"values":{"a":1e999}}', "values.a"],
  ])("what does not fit is refused by name before anything is sent: %j", async (request, param) => {
    const slug = await create({
      input_schema: [
        { name: "messages.0.content.0.text", value: "text", value_type: "dynamic" },
        { name: "inferenceConfig.max_new_tokens", type: "integer", value: "limit", value_type: "dynamic" },
      ],
    });
    const answer = await send("POST", `/${slug}/invoke`, request);
    expect([answer.status, answer.body.error.param]).toEqual([400, param]);
    expect(house.emulator.requests).toEqual([]);
  });
});

describe("the output schema", () => {
  test("A6 JSONPath finds values in nested arrays; what is not there is null, and named", async () => {
    const output_schema = [
      novaText,
      { name: "texts", path: "$.output.message.content[?@.text].text" },
      { name: "tokens", type: "integer", path: "$.usage.outputTokens" },
      { name: "tool", type: "string", path: "$.output.message.content[0].toolUse.name" },
    ];
    const slug = await create({ output_schema });
    const { body } = await send("POST", `/${slug}/invoke`, {});
    const {
      output,
      data: native,
      output_faults,
    } = body as never as Record<string, never> & {
      data: { output: { message: { content: { text: string }[] } }; usage: { outputTokens: number } };
    };
    const texts = native.output.message.content.map(({ text }) => text);
    expect(output).toEqual({ text: texts.join(""), texts, tokens: native.usage.outputTokens, tool: null });
    expect(output_faults).toMatchObject([{ name: "tool" }]);
    const read = (await send("POST", `/${slug}/read`, {})).body as never as {
      type: string;
      record: { data: unknown };
    }[];
    expect([read[0]?.record.data, read[1]?.type]).toEqual([output, "log"]);
  });

  test("discover says what read gives", async () => {
    const slug = await create({ output_schema: [novaText] });
    expect((await send("GET", `/${slug}/discover`)).body).toMatchObject({
      type: "catalog",
      catalog: { streams: [{ name: slug, json_schema: { properties: { text: { type: ["string", "null"] } } } }] },
    });
  });
});

describe("a connection is tried", () => {
  const check = (more: Record<string, unknown>) =>
    send("POST", "/check_connection", { type: "source", name: "AwsBedrockModel", connection_spec: spec(more) });

  test("A7 a good one succeeds, by one call", async () => {
    expect(await check({})).toMatchObject({
      status: 200,
      body: { connection_status: { status: "succeeded", message: null } },
    });
    expect(invoked()).toHaveLength(1);
  });

  test.each([
    ["a bad secret", { secret_access_key: "x".repeat(40) }, "signature"],
    ["an access key that AWS does not know", { access_key: "AKIA0000000000NOBODY" }, "credential"],
    ["a region without the model", { region: "eu-west-1", model_id: `us.${nova}` }, "model_not_in_region"],
    ["a body that the model does not take", { request_format: '{"prompt":1}' }, "request"],
  ])("A7 %s: failed, with its cause", async (_name, more, cause) => {
    const { status, body } = await check(more);
    expect([status, body]).toMatchObject([200, { connection_status: { status: "failed", cause } }]);
    expect((body as never as { connection_status: { remedy: string } }).connection_status.remedy).not.toBe("");
  });

  test.each([
    ["a request format that is no JSON", { request_format: "{" }, "request_format"],
    ["half a key pair", { secret_access_key: "" }, "credential"],
    ["a region that is none", { region: "US East (N. Virginia)" }, "connection_spec"],
  ])("A7 %s: failed before anything is sent", async (_name, more, cause) => {
    expect((await check(more)).body).toMatchObject({ connection_status: { status: "failed", cause } });
    expect(house.emulator.requests).toEqual([]);
  });
});
