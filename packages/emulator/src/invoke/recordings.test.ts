import { describe, expect, it } from "vitest";
import { newState } from "../generate/testing/shared-state.ts";
import { splitGeography } from "../model-list/geography.ts";
import { recordingsFolder, recordingsOf, regionOf, type RecordedCall } from "../validate/testing/recorded-calls.ts";
import { invoke, type InvokeOutcome } from "./invoke.ts";
import { keyPaths } from "./testing/key-paths.ts";

/** Recorded refusals that no rule can see in the request. */
const unseen: Record<string, string> = {
  "langchaingo.TestAmazonOutput.0.eeb2ea": "the account had no access to the model",
  "openinference.should-handle-mistral-pixtral-models.0.a2c271": "the account had no access to the model",
  "langchaingo.TestAnthropicNovaImage.0.08696f": "the account had no access to the model",
  "reqllm.amazon-bedrock.amazon-bedrock-basic.0.95ab5e": "the model was busy",
  "reqllm.anthropic-claude-instant-v1.basic.0.6761af": "the model was retired between recordings: it answered before",
  "rubyllm.chat-error-handling-with-bedrock-claude-3-5-haiku-raises-appropriate-auth-error.0.213626": "credentials",
  "oteljs.bedrock-invokemodelwithstreams-adds-cohere-command-r-model-attributes-to-span.0.eac3ec": "clock",
  "oteljs.bedrock-invokemodelwithstreams-adds-mistral-ai-model-attributes-to-span.0.50bb8d": "clock",
  "oteljs.bedrock-invokemodelwithstreams-adds-amazon-nova-model-attributes-to-span.0.9bf62b": "clock",
  "oteljs.bedrock-invokemodelwithstreams-adds-amazon-titan-model-attributes-to-span.0.8df07d": "clock",
};

/** Recorded answers that the request alone does not explain, or that no model of the emulator's gave. */
const others: Record<string, string> = {
  "ddpy.cohere-rerank-invoke.0.bfbe8c": "rerank is not served",
  "openllmetry.test-imported-model-completion-with-events-with-content.0.67bf70":
    "the container of a SageMaker endpoint reads the body",
  "oteljs.bedrock-invokemodel-adds-amazon-nova-model-attributes-to-span.0.4a812e": "the source wrote the answer itself",
  "oteljava.testinvokemodelmetallama.0.62fe0e": "offered on demand before",
  "otelpy.test-invoke-model-no-content-meta.llama.0.1b3c88": "offered on demand before",
  "otelpy.test-invoke-model-with-content-meta.llama.0.d6697c": "offered on demand before",
};

/** Texts that a source took out of its requests; how long they were follows from AWS's answers (the rest of the first has two bytes). */
const massive: Record<string, number> = {
  "rubyllm.chat-real-error-scenarios-bedrock-anthropic-claude-3-5-haiku-20241022-v1-0-handles-context.0.e8fad8": 10_000_000,
  "rubyllm.chat-real-error-scenarios-bedrock-claude-3-5-haiku-handles-context-length-exceeded-errors.0.62529c": 5_000_000,
};

const all = recordingsOf("InvokeModel", "InvokeModelWithResponseStream")
  .filter(
    ({ provenance, request, id }) =>
      provenance === "recorded" && request.body !== undefined && others[id] === undefined,
  )
  .map(withMassiveText);

function withMassiveText(call: RecordedCall): RecordedCall {
  const bytes = massive[call.id];
  if (bytes === undefined) return call;
  const text = JSON.stringify(call.request.body);
  const places = text.split("<MASSIVE_TEXT>").length - 1;
  let left = bytes;
  const body = text.replaceAll("<MASSIVE_TEXT>", () => {
    const size = Math.min(left, Math.ceil(bytes / places));
    left -= size;
    return "x".repeat(size);
  });
  return { ...call, request: { ...call.request, body: JSON.parse(body) } };
}

/** Recorded twice: AWS's checker tells the two types in either order. */
function inOneOrder(message: string | undefined): string[] | undefined {
  return message?.split(/(?=#\/)|, please/).toSorted();
}

function outcomeOf(call: RecordedCall): InvokeOutcome {
  const { headers = {}, body } = call.request;
  return invoke(
    {
      modelId: call.model_id,
      region: regionOf(call),
      account: "123456789012",
      headers,
      body: Buffer.from(JSON.stringify(body)),
      stream: call.operation === "InvokeModelWithResponseStream",
    },
    newState(),
  );
}

/** Names that are the caller's or the answer's own: arguments of tools, what a policy found, numbers of a vector. */
function isFree(path: string): boolean {
  return /(\.input\.|\.arguments\.|toolUse\.input\.|(topic|word|content|sensitiveInformation)Policy|embedding|\.tokens)/.test(
    path,
  );
}

const accepted = all.filter(({ response }) => response.status === 200);
const refused = all.filter(({ response, id }) => response.status !== 200 && unseen[id] === undefined);

/** Answers that their sources wrote themselves. */
const mocked: Record<string, string> = {
  "oteljs.bedrock-invokemodel-adds-cohere-command-model-attributes-to-span.0.4f03b6": "lower-case reasons, no ids",
  "oteljs.bedrock-invokemodel-adds-cohere-command-r-model-attributes-to-span.0.bc4a55": "lower-case reasons, no ids",
};

function hasGuardrail(headers: Record<string, string> = {}): boolean {
  return headers["x-amzn-bedrock-guardrailidentifier"] !== undefined;
}

/** The JSON bodies of an answer: one, or the chunks of a stream. */
function recordedBodies({ response }: RecordedCall): object[] {
  if (response.events === undefined) return [response.body_json ?? {}];
  return response.events.flatMap(({ chunk }) => (chunk === undefined ? [] : [chunk]));
}

function emulatedBodies(call: RecordedCall): object[] {
  const outcome = outcomeOf(call);
  return "refusal" in outcome ? [] : outcome.bodies.filter((body) => typeof body === "object");
}

/** Key paths of every body, each under its kind. */
function pathsIn(bodies: readonly object[]): string[] {
  return bodies.flatMap((body) => keyPaths(body, isFree).map((path) => `${kindOf(body)} ${path}`));
}

function recordedPaths(call: RecordedCall): string[] {
  return pathsIn(recordedBodies(call));
}

function emulatedPaths(call: RecordedCall): string[] {
  return pathsIn(emulatedBodies(call));
}

/** What a chunk is: Claude's type, Nova's member, Cohere's event; a whole body is just that. */
function kindOf(body: object): string {
  const { type, event_type: event } = body as { type?: unknown; event_type?: unknown };
  if (typeof type === "string") return type;
  if (typeof event === "string") return event;
  return Object.keys(body).find((name) => /^(message|contentBlock)(Start|Stop|Delta)$|^metadata$/.test(name)) ?? "";
}

const plainCalls = accepted.filter(({ id, request }) => mocked[id] === undefined && !hasGuardrail(request.headers));

/** What any recording of the family shows: a model may call a tool that its own recordings do not. */
const families = groupsOf(plainCalls, familyOf);
const pathsOfFamilies = mapValues(families, (calls) => new Set(calls.flatMap(recordedPaths)));
const stepsOfFamilies = mapValues(families, (calls) => calls.flatMap((call) => pairs(kindsOf(recordedBodies(call)))));

function familyOf({ operation, model_id: id }: RecordedCall): string {
  const { baseId } = splitGeography(id.replace(/^arn:.*\//, ""));
  return `${operation} ${baseId.split(/[.-]/).slice(0, 2).join(".")}`;
}

function mapValues<T, U>(map: ReadonlyMap<string, T>, change: (value: T) => U): Map<string, U> {
  return new Map([...map].map(([name, value]) => [name, change(value)]));
}

/** A path of the model's own recordings; of content, of the family's. */
function isKnown(path: string, recorded: readonly Set<string>[], family: ReadonlySet<string>): boolean {
  return recorded.some((paths) => paths.has(path)) || (isOfContent(path) && family.has(path));
}

/** Parts that depend on what the model chose to say. */
function isOfContent(path: string): boolean {
  return /content\[|content_block|delta|contentBlock|tool_calls|stop_reason/.test(path);
}

function kindsOf(bodies: readonly object[]): string[] {
  return bodies.map(kindOf);
}

function groupsOf<T>(items: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(nameOf(item), [...(groups.get(nameOf(item)) ?? []), item]);
  return groups;
}

/** Neighbours in a list, with its beginning and its end. */
function pairs(kinds: readonly string[]): string[] {
  return ["begin", ...kinds].map((kind, index) => `${kind} > ${kinds[index] ?? "end"}`);
}

describe("InvokeModel against recorded traffic", () => {
  it.skipIf(recordingsFolder() === undefined)("has recorded traffic to judge by", () => {
    expect(accepted.length).toBeGreaterThan(280);
    expect(refused.length).toBeGreaterThan(5);
  });

  it.each(accepted.map((call) => [call.id, call] as const))("accepts what AWS accepted: %s", (_id, call) => {
    const outcome = outcomeOf(call);
    expect("refusal" in outcome ? outcome.refusal.message : undefined).toBeUndefined();
  });

  it.each(refused.map((call) => [call.id, call] as const))(
    "refuses what AWS refused, in its words: %s",
    (_id, call) => {
      const outcome = outcomeOf(call);
      const refusal = "refusal" in outcome ? outcome.refusal : undefined;
      expect(inOneOrder(refusal?.message)).toEqual(inOneOrder(call.response.body_json?.message));
      expect(refusal?.status).toBe(call.response.status);
      expect(refusal?.errorType).toBe(call.response.headers["x-amzn-errortype"]?.split(":")[0]);
    },
  );

  const groups = groupsOf(plainCalls, (call) => `${call.operation} ${splitGeography(call.model_id).baseId}`);

  it.each([...groups])("answers in the recorded shape: %s", (_name, calls) => {
    const recorded = calls.map((call) => new Set(recordedPaths(call)));
    const everywhere = [...(recorded[0] ?? [])].filter((path) => recorded.every((paths) => paths.has(path)));
    for (const call of calls) {
      const emulated = new Set(emulatedPaths(call));
      expect(
        [...emulated].filter((path) => !isKnown(path, recorded, pathsOfFamilies.get(familyOf(call)) ?? new Set())),
      ).toEqual([]);
      expect(everywhere.filter((path) => !emulated.has(path) && !isOfContent(path))).toEqual([]);
    }
  });

  it.each([...groups].filter(([name]) => name.startsWith("InvokeModelWith")))(
    "streams kinds of chunks in the recorded order: %s",
    (_name, calls) => {
      for (const call of calls) {
        const steps = pairs(kindsOf(emulatedBodies(call)));
        const known = new Set(stepsOfFamilies.get(familyOf(call)));
        expect(steps.filter((step) => !known.has(step))).toEqual([]);
      }
    },
  );

  const guarded = accepted.filter(({ request }) => hasGuardrail(request.headers));
  const guardedPaths = new Set(guarded.flatMap((call) => guardrailPaths(recordedBodies(call))));

  it.each(guarded.map((call) => [call.id, call] as const))("tells a guardrail's work as recorded: %s", (_id, call) => {
    const emulated = emulatedBodies(triggered(call)).map(withGuardrailId);
    const recorded = recordedBodies(call).map(withGuardrailId);
    const last = (bodies: object[]) => bodies.at(-1) as Record<string, unknown>;
    expect(last(emulated)["amazon-bedrock-guardrailAction"]).toBe(last(recorded)["amazon-bedrock-guardrailAction"]);
    expect(last(emulated)["amazon-bedrock-trace"]).toBeDefined();
    expect("amazon-bedrock-invocationMetrics" in last(emulated)).toBe(
      "amazon-bedrock-invocationMetrics" in last(recorded),
    );
    expect(guardrailPaths(emulated).filter((path) => !guardedPaths.has(path))).toEqual([]);
  });
});

/** The same call with words in it that the emulator's guardrails find what the recorded guardrail found. */
function triggered(call: RecordedCall): RecordedCall {
  const text = JSON.stringify(call.response);
  const word = text.includes("Guardrail blocked.")
    ? "TRIP_GUARDRAIL"
    : text.includes("ANONYMIZED")
      ? "ada@example.com"
      : "";
  const body = JSON.stringify(call.request.body).replaceAll(/"(inputText|prompt|text|content)":"/g, `$&${word} `);
  return { ...call, request: { ...call.request, body: JSON.parse(body) as unknown } };
}

/** What a guardrail adds to bodies; of input and output it tells the same things. */
function guardrailPaths(bodies: readonly object[]): string[] {
  return bodies
    .flatMap((body) => keyPaths(withGuardrailId(body), isFree))
    .filter((path) => path.startsWith("amazon-bedrock-guardrail") || path.startsWith("amazon-bedrock-trace"))
    .map((path) => path.replace(/\.(input|outputs\[\])\.ID/, ".ID"));
}

/** Traces stand under the guardrail's id, which is its owner's. */
function withGuardrailId(body: object): object {
  return JSON.parse(
    JSON.stringify(body).replaceAll(/"(guardrail1234|5zwrmdlsra2e|v9kpg6yrwhs2)":/g, '"ID":'),
  ) as object;
}
