import {
  ApplyGuardrailCommand,
  ConverseCommand,
  InvokeGuardrailChecksCommand,
  type ApplyGuardrailCommandInput,
} from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { converse } from "../generate/converse.ts";
import { newState } from "../generate/testing/shared-state.ts";
import { startEmulator, type Emulator } from "../index.ts";
import { keyPaths } from "../invoke/testing/key-paths.ts";
import { failureOf, runtimeClient } from "../testing/clients.ts";
import { recordingsOf, type RecordedCall } from "../validate/testing/recorded-calls.ts";
import { serviceShapes } from "../validate/testing/service-model.ts";
import { applyGuardrail, applyGuardrailShape } from "./apply.ts";
import { guardrailChecks, guardrailChecksShape } from "./checks.ts";

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator();
});

afterAll(async () => {
  await emulator.close();
});

const apply = (text: string, more: Partial<ApplyGuardrailCommandInput> = {}) =>
  runtimeClient(emulator).send(
    new ApplyGuardrailCommand({
      guardrailIdentifier: "abc123",
      guardrailVersion: "DRAFT",
      source: "INPUT",
      content: [{ text: { text } }],
      ...more,
    }),
  );

describe("ApplyGuardrail, by AWS's own client", () => {
  it("lets plain words pass", async () => {
    const answer = await apply("Hello");
    expect(answer).toMatchObject({ action: "NONE", outputs: [], usage: { topicPolicyUnits: 1 } });
    expect(answer.guardrailCoverage?.textCharacters).toEqual({ guarded: 5, total: 5 });
  });

  it.each([
    ["TRIP_GUARDRAIL", { topicPolicy: { topics: [{ name: "Emulator", type: "DENY", action: "BLOCKED" }] } }],
    [
      "TRIP_CONTENT_FILTER",
      { contentPolicy: { filters: [{ type: "VIOLENCE", confidence: "HIGH", action: "BLOCKED" }] } },
    ],
    ["TRIP_WORD_FILTER", { wordPolicy: { customWords: [{ match: "TRIP_WORD_FILTER", action: "BLOCKED" }] } }],
  ])("blocks %s", async (word, assessment) => {
    const answer = await apply(`Please ${word}`);
    expect(answer).toMatchObject({
      action: "GUARDRAIL_INTERVENED",
      actionReason: "Guardrail blocked.",
      outputs: [{ text: "Guardrail blocked the input." }],
      assessments: [assessment],
    });
    const output = await apply(`Please ${word}`, { source: "OUTPUT" });
    expect(output.outputs).toEqual([{ text: "Guardrail blocked the output." }]);
  });

  it("masks e-mail addresses", async () => {
    const answer = await apply("Write to ada@example.com or bob@example.org.");
    expect(answer.outputs).toEqual([{ text: "Write to {EMAIL} or {EMAIL}." }]);
    expect(answer.assessments?.[0]?.sensitiveInformationPolicy?.piiEntities?.map(({ match }) => match)).toEqual([
      "ada@example.com",
      "bob@example.org",
    ]);
  });

  it("gives what is masked back in the form of the request, block by block", async () => {
    const content = ["Write to ada@example.com.", "Good morning"].map((text) => ({ text: { text } }));
    expect((await apply("", { content })).outputs).toEqual([{ text: "Write to {EMAIL}." }, { text: "Good morning" }]);
  });

  it.each([
    [{ guardrailIdentifier: "missing" }, "ResourceNotFoundException", 404, /^The guardrail identifier or version/],
    [
      { guardrailIdentifier: "NO SUCH" },
      "ValidationException",
      400,
      /at 'guardrailIdentifier' failed to satisfy constraint/,
    ],
    [{ guardrailVersion: "0" }, "ValidationException", 400, /at 'guardrailVersion' failed to satisfy constraint/],
    [{ source: "SIDEWAYS" as never }, "ValidationException", 400, /enum value set: \[INPUT, OUTPUT\]/],
    [{ content: [] }, "ValidationException", 400, /content field is empty/],
    [
      { content: [{ text: { text: null as never } }] },
      "ValidationException",
      400,
      /content.1.member.text.text' failed.*not be null/,
    ],
  ])("refuses %j", async (input, name, status, words) => {
    const failure = await failureOf(apply("x", input));
    expect(failure).toMatchObject({ name, $metadata: { httpStatusCode: status } });
    expect(failure.message).toMatch(words);
  });
});

describe("InvokeGuardrailChecks, by AWS's own client", () => {
  const check = (text: string, checks: object) =>
    runtimeClient(emulator).send(
      new InvokeGuardrailChecksCommand({ messages: [{ role: "user", content: [{ text }] }], checks }),
    );

  it("scores what it was asked for, and nothing else", async () => {
    const checks = {
      contentFilter: { categories: [{ category: "HATE" }, { category: "SEXUAL" }] },
      promptAttack: { categories: [{ category: "JAILBREAK" }] },
    };
    const answer = await check("TRIP_CONTENT_FILTER", checks);
    expect(answer.results).toEqual({
      contentFilter: {
        results: [
          { category: "HATE", severityScore: 1 },
          { category: "SEXUAL", severityScore: 0 },
        ],
      },
      promptAttack: { results: [{ category: "JAILBREAK", severityScore: 0 }] },
    });
    expect(answer.usage).toEqual({ contentFilter: { textUnits: 1 }, promptAttack: { textUnits: 1 } });
    expect((await check("TRIP_GUARDRAIL", checks)).results?.promptAttack?.results?.[0]?.severityScore).toBe(1);
  });

  it("finds e-mail addresses by their place", async () => {
    const text = "Mail ada@example.com";
    const found = await check(text, { sensitiveInformation: { entities: [{ type: "EMAIL" }] } });
    const [entry] = found.results!.sensitiveInformation!.results!;
    expect(text.slice(entry!.beginOffset, entry!.endOffset)).toBe("ada@example.com");
    const others = await check(text, { sensitiveInformation: { entities: [{ type: "PHONE" }] } });
    expect(others.results?.sensitiveInformation).toEqual({ results: [], truncated: false });
  });

  it.each([
    [{}, /At least one check/],
    [{ contentFilter: { categories: [] } }, /checks.contentFilter.categories' failed.*greater than or equal to 1/],
    [{ promptAttack: { categories: [{ category: "SPELLS" }] } }, /enum value set: \[JAILBREAK, PROMPT_INJECTION/],
  ])("refuses %j", async (checks, words) => {
    expect((await failureOf(check("x", checks))).message).toMatch(words);
  });
});

describe("a guardrail in Converse", () => {
  it("masks what the model repeats, and says so", async () => {
    const answer = await runtimeClient(emulator).send(
      new ConverseCommand({
        modelId: "amazon.nova-lite-v1:0",
        messages: [{ role: "user", content: [{ text: "I am ada@example.com" }] }],
        guardrailConfig: { guardrailIdentifier: "abc123", guardrailVersion: "1", trace: "enabled" },
      }),
    );
    expect(answer.stopReason).toBe("guardrail_intervened");
    expect(answer.output?.message?.content?.[0]?.text).toContain("I am {EMAIL}");
    expect(answer.trace?.guardrail).toMatchObject({
      actionReason: "Guardrail masked.",
      modelOutput: [expect.stringContaining("ada@example.com")],
    });
  });
});

describe("what a guardrail looks at in Converse", () => {
  const trip = { text: "TRIP_GUARDRAIL" };
  const marked = (text: string, ...qualifiers: string[]) => ({ guardContent: { text: { text, qualifiers } } });
  const converseWith = (body: object) => {
    const guardrailConfig = { guardrailIdentifier: "abc123", guardrailVersion: "1", trace: "enabled" };
    const place = { modelId: "amazon.nova-lite-v1:0", region: "us-east-1", account: "123456789012" };
    const outcome = converse({ ...place, body: { ...body, guardrailConfig }, stream: false }, newState());
    if (outcome.kind === "refusal") throw new Error(outcome.message);
    return outcome.response;
  };
  const user = (...content: object[]) => ({ role: "user", content });
  const hi = { text: "Hi" };
  const later = [{ role: "assistant", content: [hi] }, user(hi)];

  it.each<[string, object, boolean]>([
    ["the last message", { messages: [user(trip)] }, true],
    ["an earlier message", { messages: [user(trip), ...later] }, true],
    ["what is marked", { messages: [user(hi, marked("TRIP_GUARDRAIL", "guard_content"))] }, true],
    ["nothing beside what is marked", { messages: [user(trip, marked("fine"))] }, false],
    ["no source and no query", { messages: [user(marked("TRIP_GUARDRAIL", "grounding_source"), hi)] }, false],
    ["no system prompt", { system: [trip], messages: [user(hi)] }, false],
    ["what is marked in it", { system: [marked("TRIP_GUARDRAIL")], messages: [user(hi)] }, true],
  ])("%s", (_what, body, isBlocked) => {
    const stopReason = isBlocked ? "guardrail_intervened" : "end_turn";
    expect(converseWith(body)).toMatchObject({ stopReason });
  });

  it.each(
    recordingsOf("Converse").flatMap((call): [string, RecordedCall, object][] => {
      const told = JSON.stringify(call.response.body_json).match(/"inputAssessment".*?"textCharacters":(\{.*?\})/)?.[1];
      return told === undefined ? [] : [[call.id, call, JSON.parse(told) as object]];
    }),
  )("counts the characters of %s as recorded", (_id, call, textCharacters) => {
    const { messages, system } = call.request.body as { messages: object[]; system?: object[] };
    const seen = JSON.stringify(converseWith({ messages, ...(system && { system }) }));
    expect(JSON.parse(/"inputAssessment".*?"textCharacters":(\{.*?\})/.exec(seen)?.[1] ?? "{}")).toEqual(
      textCharacters,
    );
  });
});

describe("shapes", () => {
  const shapes = serviceShapes("bedrock-runtime");

  /** Members of a structure that are in the body. */
  const membersOf = (name: string) =>
    Object.entries(shapes?.[name]?.members ?? {}).flatMap(([member, { location }]) =>
      location === undefined ? [member] : [],
    );

  it.skipIf(shapes === undefined)("have the members of AWS's service model", () => {
    const own = (shape: typeof applyGuardrailShape) => (shape.kind === "structure" ? Object.keys(shape.members) : []);
    expect(own(applyGuardrailShape).toSorted()).toEqual(membersOf("ApplyGuardrailRequest").toSorted());
    expect(own(guardrailChecksShape).toSorted()).toEqual(membersOf("InvokeGuardrailChecksRequest").toSorted());
    const checks = guardrailChecks({
      messages: [{ role: "user", content: [{ text: "x" }] }],
      checks: { contentFilter: { categories: [{ category: "HATE" }] } },
    });
    expect("response" in checks && Object.keys(checks.response).toSorted()).toEqual(
      membersOf("InvokeGuardrailChecksResponse").toSorted(),
    );
  });

  it.each(recordingsOf("ApplyGuardrail").map((call): [string, RecordedCall] => [call.id, call]))(
    "of %s are the recorded ones",
    (_id, call) => {
      // The recorded text holds an e-mail address and a denied topic; the emulator denies its own topic.
      const body = JSON.parse(
        JSON.stringify(call.request.body).replace("stock", "TRIP_GUARDRAIL TRIP_CONTENT_FILTER"),
      ) as object;
      const place = { identifier: "abc123", version: "1", region: "us-east-1", account: "123456789012" };
      const outcome = applyGuardrail(place, body);
      if ("refusal" in outcome) throw new Error(outcome.refusal.message);
      const paths = (value: unknown) => new Set(keyPaths(value).map((path) => path.replaceAll(/\[\w*\]/g, "[]")));
      const [own, recorded] = [paths(outcome.response), paths(call.response.body_json)];
      const isPolicyOfItsOwn = (path: string) => path.includes("sensitiveInformationPolicy.regexes");
      expect([...own].filter((path) => !recorded.has(path) && !isPolicyOfItsOwn(path))).toEqual([]);
      expect([...recorded].filter((path) => !own.has(path) && !isPolicyOfItsOwn(path))).toEqual([]);
    },
  );
});
