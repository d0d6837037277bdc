/** Responses that are stored: what stands in the table, who may not be deceived about it, how long they stay, and what they cost to go on from. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { brotliDecompress } from "node:zlib";
import { sql } from "kysely";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Retention } from "../../packages/gateway/src/ledger/retention/retention.ts";
import { usualLogSettings, writeLogSettings } from "../../packages/gateway/src/ledger/content/log-settings.ts";
import { findEnd, itemsById, itemsUpTo, storeResponse } from "../../packages/gateway/src/responses/stored-responses.ts";
import { defaultProjectId } from "../../packages/gateway/src/store/migrations/people-and-projects.ts";
import { Store } from "../../packages/gateway/src/store/store.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { claude, nova } from "../support/asking.ts";
import { bodyOf, modelCalls } from "../support/seen.ts";
import { readEvents } from "../support/sse.ts";
import { canaries } from "../attacks/canaries.ts";
import { adminKey, onBothEngines, type Answered } from "./control.ts";

type Asked = OpenAI.Responses.ResponseCreateParamsNonStreaming;
const decompress = promisify(brotliDecompress);
const mostBytes = 40_000;

/** A webhook that rewrites what is asked, as its path says. */
const rewritten: Record<string, (input: object[]) => object[] | string> = {
  "/last": (input) => input.slice(-1),
  "/before": (input) => [{ role: "developer", content: "Be kind." }, ...input],
  "/window": (input) => [{ role: "developer", content: "Be kind." }, ...input.slice(-2)],
  "/text": () => "Two in other words",
};
const webhook = createServer((request, response) => {
  let text = "";
  request.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  request.on("end", () => {
    const { json } = (JSON.parse(text) as { request: { json: { input: object[] } } }).request;
    const input = rewritten[request.url ?? ""]?.(json.input);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ verdict: true, transformedData: { request: { json: { ...json, input } } } }));
  });
});
await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
const webhookOrigin = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}`;
afterAll(() => void webhook.close());

onBothEngines(
  (control) => {
    let openai: OpenAI;
    /** A second hand on the same database. */
    let store: Store;
    beforeAll(async () => {
      const { ask, baseUrl, location } = control();
      await ask("PUT", "/v1/logs/settings", { content: "all" });
      openai = new OpenAI({ baseURL: baseUrl, apiKey: adminKey, maxRetries: 0 });
      store = await Store.open(location);
      // A setting holds for calls that begin a moment after it.
      await until(async () => (await create({ input: "Good morning" })).store === true);
    }, 30_000);
    afterAll(() => store.close());
    beforeEach(() => control().emulator.clearRequests());

    const create = async (
      more: Partial<Asked>,
      headers: Record<string, string> = {},
    ): Promise<OpenAI.Responses.Response & { store?: boolean }> =>
      openai.responses.create({ model: nova, input: "Good morning", store: true, ...more }, { headers });
    const raw = (body: object, headers: Record<string, string> = {}): Promise<Answered<OpenAI.ErrorObject>> =>
      control().ask("POST", "/v1/responses", { model: nova, input: "Good morning", store: true, ...body }, headers);
    /** All that stands in the tables, as text. */
    const stored = async (): Promise<string> => {
      const rows = await store.read((db) => db.selectFrom("storedResponses").selectAll().execute());
      const pairs = await store.read((db) => db.selectFrom("storedResponsePairs").selectAll().execute());
      const contents = await Promise.all(rows.map(async ({ content }) => (await decompress(content)).toString()));
      return JSON.stringify([rows.map(({ content: _content, ...row }) => row), pairs, contents]);
    };
    const rowOf = (id: string) =>
      store.read((db) => db.selectFrom("storedResponses").selectAll().where("id", "=", id).executeTakeFirst());

    test("a row says whose it is, of which call, and where in its conversation it stands", async () => {
      const first = await create({ input: "One" });
      const { data, response } = await openai.responses
        .create({ model: nova, input: "Two", store: true, previous_response_id: first.id })
        .withResponse();
      expect(await rowOf(data.id)).toMatchObject({
        projectId: defaultProjectId,
        keyId: null,
        callId: response.headers.get("x-adit-request-id"),
        previousId: first.id,
        model: nova,
        turn: 2,
      });
    });

    test("a request of very many secrets is not stored, and says so: to look for all of them would hold up everybody", async () => {
      const withSecrets = (count: number): Partial<Asked> => {
        const examples = Array.from({ length: count }, (_, index) => ({ password: `hunter-${index}-hunter` }));
        const parameters = { type: "object", properties: {}, examples };
        return { tools: [{ type: "function", name: "sign_in", parameters, strict: false }] };
      };
      expect((await create(withSecrets(64))).store).toBe(true);
      const { store: isStored, id } = await create(withSecrets(65));
      expect([isStored, await rowOf(id)]).toEqual([false, undefined]);
      expect(await stored()).not.toContain("hunter");
    });

    test("a request with more pairs than are kept is not stored, and says so: it would not be found when it is to go", async () => {
      const withPairs = (count: number): Partial<Asked> => ({
        metadata: Object.fromEntries(Array.from({ length: count }, (_, index) => [`name-${index}`, "x"])),
      });
      expect((await create(withPairs(256))).store).toBe(true);
      const { store: isStored, id } = await create(withPairs(257));
      expect([isStored, await rowOf(id)]).toEqual([false, undefined]);
    });

    test("no credential stands in the tables: not what signs, not what is written, not what the model repeats", async () => {
      const secrets = canaries();
      const known = `${secrets.of("pasted")}`;
      const forms = [`adit_sk_${secrets.of("form")}`, `sk-${secrets.of("openai")}xx`];
      const more = {
        aws_access_key_id: control().emulator.credential.accessKeyId,
        aws_secret_access_key: control().emulator.credential.secretAccessKey,
        metadata: { api_key: secrets.of("metadata") },
        instructions: `Never say ${forms[0]}.`,
        input: [
          {
            role: "user",
            content: `My keys are ${forms.join(" and ")}, and ${known}, and ${control().emulator.credential.secretAccessKey}.`,
          },
          {
            type: "function_call",
            call_id: "call_1",
            name: "sign_in",
            arguments: JSON.stringify({ password: known }),
          },
          { type: "function_call_output", call_id: "call_1", output: `Welcome, ${known}` },
          { role: "user", content: `Repeat ${forms[1]} and ${known}` },
        ],
        tools: [{ type: "function", name: "sign_in", parameters: { type: "object" }, strict: false }],
        tool_choice: "none",
        // Where a secret is known by its name, it is known wherever it stands.
        client_secret: known,
      };
      const answer = await raw(more);
      expect(answer.status).toBe(200);
      expect(JSON.stringify(answer.body)).toContain(known);
      const text = await stored();
      secrets.expectNoneIn(text, "the stored responses");
      expect(text).not.toContain(control().emulator.credential.secretAccessKey);
      expect(text).not.toContain(adminKey);
      expect(text).toContain("[secret]");
    });

    test("what a guardrail takes out is not stored, and not sent a turn later", async () => {
      const redact = { "default.regexMatch": { rule: "\\d{4}-\\d{4}", redact: true } };
      const config = { input_guardrails: [redact], output_guardrails: [redact] };
      const headers = { "x-portkey-config": JSON.stringify(config) };
      for (const stream of [false, true]) {
        const body = { model: nova, input: "My number is 5555-1234.", store: true } as const;
        const first = stream
          ? await openai.responses.stream({ ...body, stream: true }, { headers }).finalResponse()
          : await openai.responses.create(body, { headers });
        expect(first.output_text).not.toContain("5555-1234");
        expect(JSON.stringify(await openai.responses.retrieve(first.id))).toContain("My number is");
        await create({ input: "And now?", previous_response_id: first.id });
        expect(JSON.stringify(bodyOf(modelCalls(control().emulator).at(-1)!))).toContain("My number is");
      }
      expect(await stored()).not.toContain("5555-1234");
      expect(
        modelCalls(control().emulator)
          .map(({ body }) => body.toString())
          .join("\n"),
      ).not.toContain("5555-1234");
    });

    test.each([
      ["/last", ["Two"]],
      ["/before", ["Be kind.", "Two"]],
      ["/window", ["Be kind.", "Two"]],
      ["/text", ["Two in other words"]],
    ])(
      "what a webhook makes of a conversation, %s, is stored once, and nothing of the request's own is lost",
      async (path, own) => {
        const first = await create({ input: "One" });
        const mutator = { "default.webhook": { webhookURL: `${webhookOrigin}${path}` } };
        const headers = { "x-portkey-config": JSON.stringify({ input_mutators: [mutator] }) };
        const second = await create({ input: "Two", previous_response_id: first.id }, headers);
        const { data } = await openai.responses.inputItems.list(second.id, { order: "asc" });
        const texts = data.map((item) => ("content" in item && Array.isArray(item.content) ? item.content : []));
        const said = texts.map(([part]) => (part !== undefined && "text" in part ? part.text : ""));
        expect(said).toEqual(["One", first.output_text, ...own]);
      },
    );

    test.each([false, true])(
      "what a guardrail takes out of an answer is not sent by a reference to it, where the cache has it as it was before (stream: %s)",
      async (stream) => {
        const rule = { "default.regexReplace": { rule: "heron", redactText: "[bird]" } };
        const asAiSdk = (config: object): Record<string, string> => ({
          "user-agent": "ai/6.0.0 ai-sdk/provider-utils/4.0.0",
          "x-portkey-config": JSON.stringify({ cache: { mode: "simple" }, ...config }),
        });
        const body = { model: nova, input: "The word is heron." };
        const outputOf = async (headers: Record<string, string>): Promise<OpenAI.Responses.ResponseOutputItem> => {
          const { output } = stream
            ? await openai.responses.stream(body, { headers }).finalResponse()
            : await openai.responses.create(body, { headers });
          return output[0]!;
        };
        expect(JSON.stringify(await outputOf(asAiSdk({})))).toContain("heron");
        for (const config of [{ output_guardrails: [rule] }, { output_mutators: [rule] }]) {
          const item = await outputOf(asAiSdk(config));
          expect(JSON.stringify(item)).toContain("[bird]");
          const reference = { type: "item_reference" as const, id: item.id ?? "" };
          const input = [reference, { role: "user" as const, content: "Which word?" }];
          await openai.responses.create({ model: nova, input }, { headers: asAiSdk(config) });
          const sent = JSON.stringify(bodyOf(modelCalls(control().emulator).at(-1)!));
          expect(sent).toContain("[bird]");
          expect(sent).not.toContain("heron");
        }
      },
    );

    test("a config that takes store out of the request is followed, whole and streamed", async () => {
      const headers = { "x-portkey-config": JSON.stringify({ drop_params: ["store"] }) };
      expect(await create({}, headers)).toMatchObject({ store: false });
      const body = { model: nova, input: "Good morning", store: true, stream: true } as const;
      const told: unknown[] = [];
      for await (const event of await openai.responses.create(body, { headers })) {
        if ("response" in event) told.push((event.response as { store?: boolean }).store);
      }
      expect(told).toEqual([false, false, false]);
    });

    test("a stored response is not the cache's: each is one of its own", async () => {
      const headers = { "x-portkey-config": JSON.stringify({ cache: { mode: "simple" } }) };
      const [one, other] = [await create({ input: "Cached" }, headers), await create({ input: "Cached" }, headers)];
      expect(other.id).not.toBe(one.id);
      expect((await openai.responses.retrieve(other.id)).id).toBe(other.id);
    });

    describe("where the store fails", () => {
      const broken = async (run: () => Promise<void>): Promise<void> => {
        await store.write(({ db }) => sql`alter table stored_responses rename to stored_elsewhere`.execute(db));
        try {
          await run();
        } finally {
          await store.write(({ db }) => sql`alter table stored_elsewhere rename to stored_responses`.execute(db));
        }
      };

      test("an answer that could not be stored is no success, and is not asked for again by the SDK itself", async () => {
        await broken(async () => {
          const { status, headers, body } = await raw({});
          expect([status, headers.get("x-should-retry")]).toEqual([503, "false"]);
          expect(body).toMatchObject({ error: { code: "store_unavailable" } });
          const patient = new OpenAI({ baseURL: control().baseUrl, apiKey: adminKey, maxRetries: 2 });
          control().emulator.clearRequests();
          const refused = patient.responses.create({ model: nova, input: "Good morning", store: true });
          await expect(refused).rejects.toThrow(/answered, but the response could not be stored/);
          expect(modelCalls(control().emulator)).toHaveLength(1);
        });
      });

      test("a stream fails at its end, with all that came, and never completes; the ledger says why", async () => {
        await broken(async () => {
          const response = await fetch(`${control().baseUrl}/responses`, {
            method: "POST",
            headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}` },
            body: JSON.stringify({ model: nova, input: "Good morning", store: true, stream: true }),
          });
          const id = response.headers.get("x-adit-request-id") ?? "";
          const events = (await readEvents(response)).map(({ data }) => JSON.parse(data) as Record<string, unknown>);
          expect(events.map(({ type }) => type)).not.toContain("response.completed");
          expect(events.slice(-2)).toMatchObject([
            {
              type: "response.failed",
              response: {
                status: "failed",
                store: false,
                error: { code: "store_unavailable" },
                output: [{ content: [{ text: expect.stringContaining("Good morning") as string }] }],
              },
            },
            { type: "error", code: "store_unavailable" },
          ]);
          expect(events.map((event) => event["sequence_number"])).toEqual(events.map((_event, index) => index));
          const log = (): Promise<Answered<{ error: string | null }>> => control().ask("GET", `/v1/logs/${id}`);
          await until(async () => (await log()).status === 200);
          expect((await log()).body).toMatchObject({ error: "store_unavailable", is_success: false });
          const reading = async (): Promise<void> => {
            const body = { model: nova, input: "Good morning", store: true, stream: true } as const;
            for await (const _event of await openai.responses.create(body)) continue;
          };
          await expect(reading()).rejects.toThrow(/could not be stored/);
        });
      });

      test("what is neither stored nor gone on from needs none of it", async () => {
        await broken(async () => {
          expect((await raw({ store: false })).status).toBe(200);
          expect((await raw({ store: undefined })).status).toBe(200);
        });
      });
    });

    test("a stream that breaks stores nothing", async () => {
      const before = await store.read((db) => db.selectFrom("storedResponses").select("id").execute());
      control().emulator.faultNext({ kind: "cut", frame: 3 });
      const ids: string[] = [];
      const reading = async (): Promise<void> => {
        const body = { model: nova, input: "Good morning", store: true, stream: true } as const;
        for await (const event of await openai.responses.create(body)) {
          if ("response" in event)
            ids.push(`${event.response.id} ${String((event.response as { store?: boolean }).store)}`);
        }
      };
      await expect(reading()).rejects.toThrow(/ended before/);
      expect(ids.at(-1)).toMatch(/ false$/);
      expect(await store.read((db) => db.selectFrom("storedResponses").select("id").execute())).toEqual(before);
    });

    test("an answer that was cut off by its limit is stored as what it is", async () => {
      const made = await create({ max_output_tokens: 1 });
      expect(made).toMatchObject({ status: "incomplete", store: true });
      expect(await openai.responses.retrieve(made.id)).toMatchObject({ status: "incomplete" });
    });

    test("budgets count the whole conversation", async () => {
      const { ask } = control();
      const key = { name: "limited", scopes: ["completions.write"] };
      const made = (await ask<{ id: string; key: string }>("POST", "/v1/api-keys/workspace/service", key)).body;
      const asLimited = { authorization: `Bearer ${made.key}` };
      const first = await create({ input: "word ".repeat(3_000) });
      const budget = { name: "small", scope: "gateway_key", scope_id: made.id, unit: "tokens", period: "total" };
      expect((await ask("POST", "/v1/budgets", { ...budget, amount: 5_000 })).status).toBe(200);
      const short = { input: "Hi", max_output_tokens: 10, store: false };
      const refusal = async () => raw({ ...short, previous_response_id: first.id }, asLimited);
      await until(async () => (await refusal()).status === 412);
      expect((await refusal()).body).toMatchObject({ error: { code: "budget_exhausted" } });
      expect((await raw(short, asLimited)).status).toBe(200);
    });

    test("a conversation has a longest size, and a longest row of turns", async () => {
      const first = await create({ input: "x".repeat(mostBytes / 2) });
      const second = await create({ input: "y", previous_response_id: first.id });
      const tooLong = await raw({ input: "z".repeat(mostBytes / 2), previous_response_id: second.id });
      expect([tooLong.status, tooLong.body]).toMatchObject([
        413,
        { error: { code: "request_too_large", param: "previous_response_id" } },
      ]);
      const short = await create({ input: "y" });
      await store.write(({ db }) =>
        db.updateTable("storedResponses").set({ turn: 1_000 }).where("id", "=", short.id).execute(),
      );
      const tooMany = await raw({ input: "z", previous_response_id: short.id });
      expect([tooMany.status, tooMany.body]).toMatchObject([400, { error: { param: "previous_response_id" } }]);
    });

    test("a conversation has any number of items", async () => {
      const owner = { projectId: defaultProjectId, keyId: undefined, callId: "req_1", model: nova, at: Date.now() };
      const items = Array.from({ length: 200_000 }, (_, index) => ({ role: "user", content: String(index) }));
      const answered = { type: "message", role: "assistant", content: "Heard" };
      let previous: Awaited<ReturnType<typeof findEnd>>;
      for (const [id, input] of [["resp_of_many", items] as const, ["resp_of_few", items.slice(0, 1)] as const]) {
        const response = { id, output: [answered] };
        await storeResponse(store, { ...owner, id, previous, pairs: [], response, input });
        previous = await findEnd(store, defaultProjectId, id);
      }
      const found = await itemsUpTo(store, defaultProjectId, { id: "resp_of_few", turn: 2 });
      expect(found).toHaveLength(items.length + 3);
      expect(found.slice(-3)).toEqual([answered, items[0], answered]);
    });

    test("what is referred to counts as often as it is, and beside what is gone on from", async () => {
      const first = await create({ input: "x".repeat(12_000) });
      const second = await create({ input: "y".repeat(12_000) });
      const idOf = ({ id }: { id: string }): string => id.replace(/^resp_(.*)$/, "msg_$1_in_0");
      const reference = { type: "item_reference" as const, id: idOf(first) };
      const referring = (count: number): object[] => Array.from({ length: count }, () => reference);
      expect((await raw({ input: referring(3) })).status).toBe(200);
      for (const asked of [{ input: referring(4) }, { input: referring(400) }]) {
        expect(await raw(asked)).toMatchObject({ status: 413, body: { error: { param: "input" } } });
      }
      expect(await raw({ input: referring(3), previous_response_id: first.id })).toMatchObject({
        status: 413,
        body: { error: { param: "previous_response_id" } },
      });
      // What is too long by then is not read on.
      const ids = [first, second].map(idOf);
      const found = await itemsById(store, defaultProjectId, { ids, mostBytes: 1_000 });
      expect([...found.keys()]).toEqual(ids.slice(0, 1));
      // An id of megabytes is nobody's, and is not looked through: it took 4 s.
      const startedAt = performance.now();
      expect((await itemsById(store, defaultProjectId, { ids: [`${"a_".repeat(5_000_000)}!`], mostBytes })).size).toBe(
        0,
      );
      expect(performance.now() - startedAt).toBeLessThan(1_000);
    });

    test("a conversation by references is as long as its items, however often they are stored", async () => {
      const input: OpenAI.Responses.ResponseInput = [];
      for (let turn = 0; turn < 12; turn += 1) {
        const asked = { role: "user" as const, content: `${turn} `.repeat(500) };
        const { id } = await create({ input: [...input, asked] });
        const stored = await openai.responses.inputItems.list(id, { limit: 100, order: "asc" });
        expect(stored.data.at(-1)).toMatchObject({ content: [{ text: asked.content }] });
        expect(stored.data.map(({ type }) => type)).toEqual(Array.from({ length: turn + 1 }, () => "message"));
        input.push({ type: "item_reference", id: id.replace(/^resp_(.*)$/, `msg_$1_in_${turn}`) });
      }
    });

    describe("deletion by metadata", () => {
      const remaining = async (ids: readonly string[]): Promise<number> => {
        const rows = await store.read((db) =>
          db.selectFrom("storedResponses").select("id").where("id", "in", ids).execute(),
        );
        return rows.length;
      };
      const removeWith = (metadata: object, more = ""): Promise<Answered> =>
        control().ask("DELETE", `/v1/logs?metadata=${encodeURIComponent(JSON.stringify(metadata))}${more}`);

      test("by the call's metadata and by the response's own; of several pairs, all must be there", async () => {
        const header = (metadata: object) => ({ "x-portkey-metadata": JSON.stringify(metadata) });
        const byCall = await create({}, header({ _user: "ada", team: "red" }));
        const byBody = await create({ metadata: { _user: "ada" } });
        const other = await create({ metadata: { _user: "eve" } });
        await removeWith({ _user: "ada", team: "red" });
        expect([await remaining([byCall.id]), await remaining([byBody.id, other.id])]).toEqual([0, 2]);
        const callIds = [(await rowOf(byBody.id))?.callId ?? "", (await rowOf(other.id))?.callId ?? ""];
        await removeWith({ _user: "ada" }, "&content_only=true");
        expect([await remaining([byBody.id]), await remaining([other.id])]).toEqual([0, 1]);
        const pairs = await store.read((db) =>
          db.selectFrom("storedResponsePairs").selectAll().where("responseId", "=", byBody.id).execute(),
        );
        expect(pairs).toEqual([]);
        const contents = await store.read((db) =>
          db
            .selectFrom("callContents")
            .select("callId")
            .where("callId", "in", callIds)
            .where("storedBytes", ">", 0)
            .execute(),
        );
        expect(contents).toEqual([{ callId: callIds[1] }]);
      });
    });

    test("retention: by time with content, and by size with it, the oldest first", async () => {
      await store.write(({ db }) => db.deleteFrom("storedResponses").execute());
      const dayMs = 86_400_000;
      const ids: string[] = [];
      for (const age of [0, 5, 40]) {
        const { id } = await create({ input: `Of ${age} days ago` });
        ids.push(id);
        const at = Date.now() - age * dayMs;
        await store.write(({ db }) =>
          db.updateTable("storedResponses").set({ at, storedBytes: 1_000 }).where("id", "=", id).execute(),
        );
      }
      // Content comes behind the answers, in their order.
      const last = await rowOf(ids.at(-1) ?? "");
      await until(async () => {
        const contents = store.read((db) =>
          db
            .selectFrom("callContents")
            .selectAll()
            .where("callId", "=", last?.callId ?? "")
            .execute(),
        );
        return (await contents).length > 0;
      });
      const run = async (settings: object): Promise<string[]> => {
        await writeLogSettings(store, defaultProjectId, { ...usualLogSettings, content: "all", ...settings });
        const retention = new Retention({ store, onFault: () => {} });
        await retention.run();
        await retention.close();
        return (
          await store.read((db) => db.selectFrom("storedResponses").select("id").orderBy("at", "desc").execute())
        ).map(({ id }) => id);
      };
      expect(await run({ contentDays: 365 })).toEqual(ids);
      expect(await run({})).toEqual(ids.slice(0, 2));
      await store.write(({ db }) => db.deleteFrom("callContents").execute());
      expect(await run({ mostContentBytes: 1_500 })).toEqual(ids.slice(0, 1));
      expect(await run({ contentDays: 365, recordDays: 0 })).toEqual([]);
      await run({});
    });

    test("a project that keeps less from now on is heeded also where that was not heard of", async () => {
      const contentOf = (callId: string | null) =>
        store.read((db) =>
          db
            .selectFrom("callContents")
            .select("at")
            .where("callId", "=", callId ?? "")
            .executeTakeFirst(),
        );
      await store.write(({ db }) => db.updateTable("logSettings").set({ content: "errors" }).execute());
      const { data, response } = await openai.responses
        .create({ model: nova, input: "Good morning", store: true })
        .withResponse();
      expect(data).toMatchObject({ store: false });
      const failed = await raw({ model: "nobody.knows-v1:0" });
      // One is written after the other.
      await until(async () => (await contentOf(failed.headers.get("x-adit-request-id"))) !== undefined);
      expect(await contentOf(response.headers.get("x-adit-request-id"))).toBeUndefined();
      await writeLogSettings(store, defaultProjectId, { ...usualLogSettings, content: "all" });
      await until(async () => (await create({ input: "Good morning" })).store === true);
    });

    test("Claude's signature survives the table byte for byte", async () => {
      const first = await create({ model: claude.sonnet45, input: "Think: 17 * 3?", reasoning: { effort: "low" } });
      expect(JSON.stringify(await openai.responses.retrieve(first.id))).toContain(
        (first.output[0] as OpenAI.Responses.ResponseReasoningItem).encrypted_content ?? "none",
      );
    });

    test("a project that goes takes its responses along", async () => {
      const { ask } = control();
      const { id } = (await ask<{ id: string }>("POST", "/v1/projects", { name: "Passing" })).body;
      await ask("PUT", `/v1/logs/settings?workspace_id=${id}`, { content: "all" });
      const key = { name: "k", scopes: ["completions.write"], workspace_id: id };
      const made = (await ask<{ id: string; key: string }>("POST", "/v1/api-keys/workspace/service", key)).body;
      const asOwn = { authorization: `Bearer ${made.key}` };
      let response = { id: "", store: false };
      await until(async () => (response = (await raw({}, asOwn)).body as unknown as typeof response).store);
      expect(await rowOf(response.id)).toMatchObject({ projectId: id, keyId: made.id });
      await ask("DELETE", `/v1/api-keys/${made.id}`);
      expect((await ask("DELETE", `/v1/projects/${id}`)).status).toBe(200);
      expect(await rowOf(response.id)).toBeUndefined();
    });
  },
  { ADIT_LOG_LEVEL: "silent", ADIT_MAX_BODY_BYTES: String(mostBytes), ADIT_CUSTOM_HOSTS: webhookOrigin },
);
