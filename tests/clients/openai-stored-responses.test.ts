/**
 * `openai` and `@ai-sdk/openai`, unmodified: responses that are stored, gone on from, retrieved, listed and deleted, and items that are
 * referred to; by two tenants, on both engines.
 */
import { hash } from "node:crypto";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, stepCountIs, streamText } from "ai";
import OpenAI from "openai";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { adminKey, onBothEngines } from "../control/control.ts";
import { weatherTool } from "../support/ai-sdk.ts";
import { claude, nova } from "../support/asking.ts";
import { bodyOf, callsOf, modelCalls } from "../support/seen.ts";

type Asked = OpenAI.Responses.ResponseCreateParamsNonStreaming;
type Answer = OpenAI.Responses.Response;

const weather: OpenAI.Responses.FunctionTool = {
  type: "function",
  name: "get_weather",
  description: "The weather of a city.",
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
  strict: false,
};

const notFound = { status: 400, code: "previous_response_not_found", param: "previous_response_id" };

onBothEngines(
  (control) => {
    let ours: OpenAI;
    let theirs: OpenAI;
    let keptNothing: OpenAI;
    /** Of a project without settings. */
    let unsaid: OpenAI;
    let unsaidId: string;

    const clientOf = async (project: string, content?: string): Promise<OpenAI> => {
      const { ask, baseUrl } = control();
      const { id } = (await ask<{ id: string }>("POST", "/v1/projects", { name: project })).body;
      if (content === undefined) unsaidId = id;
      else await ask("PUT", `/v1/logs/settings?workspace_id=${id}`, { content });
      const key = { name: project, scopes: ["completions.write"], workspace_id: id };
      const made = (await ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", key)).body.key;
      return new OpenAI({ baseURL: baseUrl, apiKey: made, maxRetries: 0 });
    };
    beforeAll(async () => {
      ours = await clientOf("Ours", "all");
      theirs = await clientOf("Theirs", "all");
      keptNothing = await clientOf("Nothing", "none");
      unsaid = await clientOf("Unsaid");
      // A setting holds for calls that begin a moment after it.
      await new Promise((resolve) => setTimeout(resolve, 300));
    }, 30_000);
    beforeEach(() => control().emulator.clearRequests());

    const sentMessages = (): unknown => bodyOf(modelCalls(control().emulator).at(-1)!).messages;

    /** Whole, and streamed by the client's own assembly of events. */
    const sends: [how: string, send: (body: Asked) => Promise<Answer>][] = [
      ["whole", (body) => ours.responses.create(body)],
      ["streamed", (body) => ours.responses.stream({ ...body, stream: true }).finalResponse()],
    ];

    describe.each(sends)("%s", (_how, send) => {
      test("a response that is stored says so, and is there as it was answered", async () => {
        const metadata = { topic: "mornings" };
        const made = await send({
          model: nova,
          input: "Good morning",
          store: true,
          instructions: "Be kind.",
          metadata,
        });
        expect(made).toMatchObject({ store: true, status: "completed", previous_response_id: null });
        const { output_parsed: _parsed, ...asAnswered } = { output_parsed: undefined, ...made };
        const found = await ours.responses.retrieve(made.id);
        const plain = (value: object): unknown =>
          JSON.parse(JSON.stringify(value, (name, one: unknown) => (name === "parsed" ? undefined : one)));
        expect(plain(found)).toEqual(plain(asAnswered));
        expect(found).toMatchObject({ instructions: "Be kind.", metadata, model: nova });
      });

      test("it is gone on from: all turns in their order, without the earlier instructions", async () => {
        const first = await send({ model: nova, input: "My name is Ada.", store: true, instructions: "Be kind." });
        const second = await send({
          model: nova,
          input: [{ role: "user", content: "I live in Turin." }],
          previous_response_id: first.id,
          store: true,
        });
        expect(second).toMatchObject({ previous_response_id: first.id, instructions: null });
        const asked = { model: nova, input: "Who am I?" };
        const tokens = async (more: object): Promise<number> =>
          (await ours.responses.inputTokens.count({ ...asked, ...more })).input_tokens;
        expect(await tokens({ previous_response_id: second.id })).toBeGreaterThan((await tokens({})) + 20);
        const third = await send({ ...asked, previous_response_id: second.id });
        expect(third).toMatchObject({ previous_response_id: second.id, store: false });
        expect(sentMessages()).toEqual([
          { role: "user", content: [{ text: "My name is Ada." }] },
          { role: "assistant", content: [{ text: first.output_text }] },
          { role: "user", content: [{ text: "I live in Turin." }] },
          { role: "assistant", content: [{ text: second.output_text }] },
          { role: "user", content: [{ text: "Who am I?" }] },
        ]);
        expect(bodyOf(modelCalls(control().emulator).at(-1)!).system).toBeUndefined();
        await expect(ours.responses.retrieve(third.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
      });

      test("a loop of tools needs the outputs alone", async () => {
        const asked: Asked = { model: claude.sonnet45, input: "The weather in Turin?", tools: [weather], store: true };
        const first = await send(asked);
        const call = first.output.find((item) => item.type === "function_call");
        const second = await send({
          ...asked,
          previous_response_id: first.id,
          input: [{ type: "function_call_output", call_id: call!.call_id, output: "18 degrees" }],
        });
        expect(second.output_text).toContain("18 degrees");
        expect(sentMessages()).toMatchObject([
          { role: "user", content: [{ text: "The weather in Turin?" }] },
          { role: "assistant", content: [{}, { toolUse: { toolUseId: call!.call_id, name: "get_weather" } }] },
          {
            role: "user",
            content: [{ toolResult: { toolUseId: call!.call_id, content: [{ text: "18 degrees" }] } }],
          },
        ]);
      });

      test("Claude gets its reasoning back byte for byte, another family none of it, and that is told", async () => {
        const first = await send({
          model: claude.sonnet45,
          input: "Think: what is 17 * 3?",
          reasoning: { effort: "low" },
          store: true,
        });
        expect(first.output[0]?.type).toBe("reasoning");
        await send({
          model: claude.sonnet45,
          input: "And times 2?",
          reasoning: { effort: "low" },
          previous_response_id: first.id,
        });
        const reasoning = first.output[0] as OpenAI.Responses.ResponseReasoningItem;
        const sealed = Buffer.from(reasoning.encrypted_content!.replace(/^adit-reasoning-1\./, ""), "base64url");
        const messages = sentMessages() as { content: object[] }[];
        expect(messages[1]?.content[0]).toEqual({ reasoningContent: JSON.parse(sealed.toString()) as object });
        const { data, response } = await ours.responses
          .create({ model: nova, input: "And times 3?", previous_response_id: first.id })
          .withResponse();
        expect(response.headers.get("x-adit-dropped")).toBe("previous_response_id[1]");
        expect(data.output_text).toContain("And times 3?");
        expect(JSON.stringify(sentMessages())).not.toContain("reasoningContent");
      });
    });

    test("a stream says what is so at each of its ends", async () => {
      const first = await ours.responses.create({ model: nova, input: "Good morning", store: true });
      const told: unknown[] = [];
      const stream = await ours.responses.create({
        model: nova,
        input: "And now?",
        previous_response_id: first.id,
        store: true,
        stream: true,
      });
      const numbers: number[] = [];
      for await (const event of stream) {
        numbers.push(event.sequence_number);
        if ("response" in event) {
          const { store, previous_response_id: previous } = event.response as Answer & { store?: boolean };
          told.push([event.type, store, previous]);
        }
      }
      expect(told).toEqual([
        ["response.created", true, first.id],
        ["response.in_progress", true, first.id],
        ["response.completed", true, first.id],
      ]);
      expect(numbers).toEqual(numbers.map((_number, index) => index));
    });

    test("without an input of its own a response goes on from the outputs alone, and has none of its own", async () => {
      const first = await ours.responses.create({ model: nova, input: "One", store: true });
      // Claude takes an answer of its own for a beginning.
      const asked = { model: claude.sonnet4, previous_response_id: first.id, store: true } as Asked;
      const second = await ours.responses.create(asked);
      await ours.responses.create({ model: nova, input: "Three", previous_response_id: second.id });
      expect(sentMessages()).toEqual([
        { role: "user", content: [{ text: "One" }] },
        { role: "assistant", content: [{ text: first.output_text }, { text: second.output_text }] },
        { role: "user", content: [{ text: "Three" }] },
      ]);
      const items = await ours.responses.inputItems.list(second.id, { order: "asc" });
      expect(items.data.map(({ type }) => type)).toEqual(["message", "message"]);
    });

    test("what is not wanted stored is not: absent means false", async () => {
      const made = await ours.responses.create({ model: nova, input: "Good morning" });
      expect(made).toMatchObject({ store: false });
      await expect(ours.responses.retrieve(made.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    });

    test.each([
      ["a project that keeps nothing", () => keptNothing, {}, {}],
      ["a caller that does not want to be tracked", () => ours, { "x-adit-do-not-track": "true" }, {}],
      ["Portkey's word for it", () => ours, { "x-portkey-debug": "false" }, {}],
      ["Keywords AI's word for it", () => ours, {}, { disable_log: true }],
    ] as const)("%s: store: true is answered with false, and named", async (_name, client, headers, more) => {
      const body = { model: nova, input: "Good morning", store: true, ...more } as Asked;
      const { data, response } = await client().responses.create(body, { headers }).withResponse();
      expect(data).toMatchObject({ store: false, status: "completed" });
      expect(response.headers.get("x-adit-dropped")?.split(",")).toContain("store");
      await expect(client().responses.retrieve(data.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    });

    test("input items, page by page, of all that a response was made from", async () => {
      const first = await ours.responses.create({ model: nova, input: "One", store: true });
      const second = await ours.responses.create({
        model: nova,
        input: [
          { role: "developer", content: "Be brief." },
          { role: "user", content: [{ type: "input_text", text: "Two" }] },
        ],
        previous_response_id: first.id,
        store: true,
      });
      const all: OpenAI.Responses.ResponseItem[] = [];
      for await (const item of ours.responses.inputItems.list(second.id, { limit: 1, order: "asc" })) all.push(item);
      expect(all).toMatchObject([
        { type: "message", role: "user", content: [{ type: "input_text", text: "One" }] },
        { type: "message", role: "assistant", id: first.output[0]?.id },
        { type: "message", role: "developer", content: [{ type: "input_text", text: "Be brief." }] },
        { type: "message", role: "user", content: [{ type: "input_text", text: "Two" }] },
      ]);
      expect(new Set(all.map(({ id }) => id)).size).toBe(4);
      const page = await ours.responses.inputItems.list(second.id, { limit: 2 });
      expect(page.data.map(({ id }) => id)).toEqual([all[3]?.id, all[2]?.id]);
      const raw = await ours.responses.inputItems.list(second.id, { limit: 2 }).asResponse();
      expect(await raw.json()).toEqual({
        object: "list",
        data: [all[3], all[2]],
        first_id: all[3]?.id,
        last_id: all[2]?.id,
        has_more: true,
      });
      const rest = await page.getNextPage();
      expect(rest.data.map(({ id }) => id)).toEqual([all[1]?.id, all[0]?.id]);
      expect(rest).toMatchObject({ has_more: false });
      await expect(ours.responses.inputItems.list(second.id, { after: "msg_other" })).rejects.toThrow(/after/);
    });

    test("a deletion is one: it is not there, and nothing goes on from it", async () => {
      const first = await ours.responses.create({ model: nova, input: "One", store: true });
      const second = await ours.responses.create({
        model: nova,
        input: "Two",
        previous_response_id: first.id,
        store: true,
      });
      expect(await ours.responses.delete(first.id)).toEqual({ id: first.id, object: "response", deleted: true });
      await expect(ours.responses.retrieve(first.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
      await expect(ours.responses.delete(first.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
      expect(await ours.responses.retrieve(second.id)).toMatchObject({ previous_response_id: first.id });
      control().emulator.clearRequests();
      const goingOn = ours.responses.create({ model: nova, input: "Three", previous_response_id: second.id });
      await expect(goingOn).rejects.toThrow(new RegExp(`${second.id} goes on from ${first.id}, which is not stored`));
      await expect(goingOn).rejects.toMatchObject(notFound);
      await expect(ours.responses.inputItems.list(second.id)).rejects.toThrow(/not stored any more/);
      expect(control().emulator.requests).toEqual([]);
    });

    test("another tenant's response is nobody's: the same words as for an id that does not exist", async () => {
      const { id } = await ours.responses.create({ model: nova, input: "A secret of ours", store: true });
      const wordsFor = async (name: string): Promise<string[]> => {
        const tries = [
          () => theirs.responses.retrieve(name),
          () => theirs.responses.delete(name),
          () => theirs.responses.cancel(name),
          () => theirs.responses.inputItems.list(name),
          () => theirs.responses.create({ model: nova, input: "And?", previous_response_id: name }),
          () => theirs.responses.create({ model: nova, input: "And?", previous_response_id: name, store: true }),
        ];
        const words: string[] = [];
        for (const [index, one] of tries.entries()) {
          const error = await one().then(
            () => undefined,
            (thrown: unknown) => thrown as InstanceType<typeof OpenAI.APIError>,
          );
          // OpenAI's own status and code for what a request goes on from.
          expect(error).toMatchObject(index < 4 ? { status: 404 } : notFound);
          words.push(error!.message.replaceAll(name, "ID"));
        }
        return words;
      };
      control().emulator.clearRequests();
      const words = await wordsFor(id);
      expect(words).toEqual(await wordsFor("resp_00000000-0000-4000-8000-000000000000"));
      expect(words.slice(4)).toEqual(
        Array(2).fill(expect.stringContaining("Previous response with id 'ID' not found.")),
      );
      expect(control().emulator.requests).toEqual([]);
      expect((await ours.responses.retrieve(id)).output_text).toContain("A secret of ours");
    });

    test("items by reference are those of stored responses, as the AI SDK's provider sends them", async () => {
      const first = await ours.responses.create({ model: nova, input: "The word is heron.", store: true });
      const [output] = first.output;
      const { data: inputs } = await ours.responses.inputItems.list(first.id);
      const reference = (id: string) => ({ type: "item_reference" as const, id });
      control().emulator.clearRequests();
      const input = [
        reference(inputs[0]?.id ?? ""),
        { id: output?.id ?? "" },
        { role: "user", content: "Which word?" },
      ];
      const second = await ours.responses.create({ model: nova, input: input as never, store: true });
      expect(sentMessages()).toMatchObject([
        { role: "user", content: [{ text: "The word is heron." }] },
        { role: "assistant", content: [{ text: first.output_text }] },
        { role: "user", content: [{ text: "Which word?" }] },
      ]);
      // What was referred to is a part of what is stored, and is counted as it was sent.
      const { data: kept } = await ours.responses.inputItems.list(second.id, { order: "asc" });
      expect(kept.map(({ type }) => type)).toEqual(["message", "message", "message"]);
      // Of another tenant, of a response that is gone, or of none: the error that says what to do.
      const tries = async (client: OpenAI, id: string): Promise<void> => {
        const asked = client.responses.create({ model: nova, input: [reference(id)] });
        await expect(asked).rejects.toMatchObject({ status: 400, param: "input[0]" });
        await expect(asked).rejects.toThrow(/refers to an item by its id/);
      };
      await tries(theirs, output?.id ?? "");
      await ours.responses.delete(first.id);
      for (const id of [output?.id ?? "", "msg_1", "fc_resp_1_0", "msg_' or 1=1_0"]) await tries(ours, id);
    });

    describe("the AI SDK's provider as it is, which says nothing of store and refers to items", () => {
      const loopOf = (client: OpenAI, model: string) => ({
        model: createOpenAI({ baseURL: control().baseUrl, apiKey: client.apiKey ?? "" })(model),
        prompt: "The weather in Turin?",
        tools: { weather: weatherTool },
        stopWhen: stepCountIs(3),
        maxRetries: 0,
      });
      type Loop = ReturnType<typeof loopOf> & Pick<Parameters<typeof generateText>[0], "providerOptions">;
      const ways = [
        ["whole", async (loop: Loop) => (await generateText(loop)).steps],
        ["streamed", (loop: Loop) => Promise.resolve(streamText(loop).steps)],
      ] as const;

      test.each(ways)("%s: a loop of tools, with all that the model said before", async (_how, stepsOf) => {
        const steps = await stepsOf(loopOf(unsaid, claude.sonnet45));
        expect(steps.map(({ finishReason }) => finishReason)).toEqual(["tool-calls", "stop"]);
        expect(JSON.stringify(steps[1]?.request.body)).toContain("item_reference");
        expect(steps[1]?.text).toContain("18 degrees");
        const call = steps[0]?.toolCalls[0];
        expect(sentMessages()).toMatchObject([
          { role: "user", content: [{ text: "The weather in Turin?" }] },
          {
            role: "assistant",
            content: [{ text: steps[0]?.text }, { toolUse: { toolUseId: call?.toolCallId, input: call?.input } }],
          },
          { role: "user", content: [{ toolResult: { content: [{ text: "18 degrees" }] } }] },
        ]);
      });

      test.each(ways)("%s: of a model that AWS serves in this format alone", async (_how, stepsOf) => {
        const asked = { ...loopOf(unsaid, "openai.gpt-5.5"), prompt: "Think: the weather in Turin?" };
        const steps = await stepsOf({
          ...asked,
          providerOptions: { openai: { forceReasoning: true, reasoningEffort: "low" } },
        });
        expect(steps.at(-1)?.text).toContain("18 degrees");
        expect(JSON.stringify(steps[1]?.request.body)).toContain('"id":"rs_');
        expect(steps[1]?.response.headers?.["x-adit-dropped"]).toBe("input[1]");
        const sent = callsOf(control().emulator, "MantleResponses").map(
          (seen) => JSON.parse(seen.body.toString()) as object,
        );
        expect(sent).toMatchObject([{ store: false }, { store: false }]);
        // AWS was told to keep nothing, so that it would not find the reasoning by its id.
        expect(JSON.stringify(sent)).not.toMatch(/item_reference|"rs_/);
      });

      test("where the project said that nothing is kept, or the caller does, the error says what to do", async () => {
        await expect(generateText(loopOf(keptNothing, nova))).rejects.toThrow(/refers to an item by its id/);
        const asked = { ...loopOf(unsaid, nova), headers: { "x-adit-do-not-track": "true" } };
        await expect(generateText(asked)).rejects.toThrow(/refers to an item by its id/);
      });

      // As they came from 6 and 7: a stream's says nothing of `ai` itself.
      test.each([
        "ai/6.0.326 ai-sdk/provider-utils/4.0.65 runtime/node.js/v20.20.2",
        "ai-sdk/openai/3.0.141 ai-sdk/provider-utils/4.0.65 runtime/node.js/v20.20.2",
        "my-app/1 ai/7.0.173 ai-sdk-provider-utils/5.0.81 node.js/v20.20.2",
        "ai-sdk-openai/4.0.118 ai-sdk-provider-utils/5.0.81 node.js/v20.20.2",
      ])("known as %s", async (userAgent) => {
        const named = { headers: { "user-agent": userAgent } };
        const { output } = await unsaid.responses.create({ model: nova, input: "One" }, named);
        const input = [{ type: "item_reference" as const, id: output[0]?.id ?? "" }];
        expect(await unsaid.responses.create({ model: claude.sonnet4, input })).toMatchObject({ status: "completed" });
      });

      test("an answer of the cache that another client got first is none for it: nobody could refer to its items", async () => {
        const asked = { model: nova, input: "The word is heron." };
        const cached = { "x-adit-config": '{"cache":{"mode":"simple"}}' };
        const asAiSdk = { ...cached, "user-agent": "ai/6.0.0 ai-sdk/openai/3.0.0" };
        await unsaid.responses.create(asked, { headers: cached });
        const { output } = await unsaid.responses.create(asked, { headers: asAiSdk });
        const again = await unsaid.responses.create(asked, { headers: asAiSdk });
        expect(again.output).toEqual(output);
        const input = [{ type: "item_reference" as const, id: output[0]?.id ?? "" }];
        const referring = unsaid.responses.create({ model: claude.sonnet4, input });
        expect(await referring).toMatchObject({ status: "completed" });
      });

      test("another tenant does not find the items, and they are no response; a person's go with that person's calls", async () => {
        const asking = { model: nova, input: "The word is heron.", metadata: { person: "ada" } };
        const asAiSdk = { headers: { "user-agent": "ai/6.0.0 ai-sdk/openai/3.0.0" } };
        const first = await unsaid.responses.create(asking, asAiSdk);
        expect(first).toMatchObject({ store: false });
        const referenceTo = (answer: typeof first) => [
          { type: "item_reference" as const, id: answer.output[0]?.id ?? "" },
        ];
        const input = referenceTo(first);
        const asked: Asked = { model: claude.sonnet4, input };
        await expect(theirs.responses.create(asked)).rejects.toMatchObject({ status: 400, param: "input[0]" });
        const other = await unsaid.responses.create(asking);
        const ofOther = unsaid.responses.create({ ...asked, input: referenceTo(other) });
        await expect(ofOther, "any other client stores by saying so").rejects.toMatchObject({ status: 400 });
        await unsaid.responses.create(asked);
        expect(sentMessages()).toEqual([{ role: "assistant", content: [{ text: first.output_text }] }]);
        const row = `sealed/${hash("sha256", `adit sealed item\0${input[0]?.id}`, "base64url")}`;
        await expect(unsaid.responses.retrieve(row)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
        const query = new URLSearchParams({ workspace_id: unsaidId, metadata: JSON.stringify(asking.metadata) });
        expect((await control().ask("DELETE", `/v1/logs?${query.toString()}`)).status).toBe(200);
        await expect(unsaid.responses.create(asked)).rejects.toMatchObject({ status: 400, param: "input[0]" });
      });
    });

    test("who deletes a response is in the audit log, and nothing of what stood in it", async () => {
      const { id } = await ours.responses.create({ model: nova, input: "A cormorant nests here", store: true });
      await ours.responses.delete(id);
      await expect(ours.responses.delete(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
      const query = `/v1/audit-logs?action=response.delete&object_id=${id}`;
      const { body } = await control().ask<{ data: Record<string, unknown>[] }>("GET", query);
      expect(body.data).toHaveLength(1);
      expect(body.data[0]).toMatchObject({ action: "response.delete" });
      expect(JSON.stringify(body.data)).toContain("gateway_key");
      expect(JSON.stringify(body.data)).not.toContain("cormorant");
    });

    test("what is not served is refused by name", async () => {
      const { id } = await ours.responses.create({ model: nova, input: "One", store: true });
      await expect(ours.responses.cancel(id)).rejects.toThrow(/not made in the background/);
      await expect(ours.responses.retrieve(id, { stream: true })).rejects.toThrow(/stream is not supported/);
      await expect(ours.responses.create({ model: nova, input: "One", conversation: "conv_1" })).rejects.toThrow(
        /conversation is not supported/,
      );
      for (const odd of ["", "resp_\0", "x".repeat(10_000), "resp_1' or '1'='1"]) {
        await expect(
          ours.responses.create({ model: nova, input: "One", previous_response_id: odd, store: true }),
        ).rejects.toMatchObject(notFound);
      }
      await expect(
        ours.responses.create({ model: nova, input: "One", previous_response_id: 5 as unknown as string }),
      ).rejects.toThrow(/previous_response_id must be/);
      const { response } = await ours.responses
        .retrieve(id, { include: ["reasoning.encrypted_content", "message.output_text.logprobs"] })
        .withResponse();
      expect(response.headers.get("x-adit-dropped")).toBe("include[1]");
    });

    test("a fault in one's own item is told by its own place, one in an earlier item by that", async () => {
      // AWS's own endpoint takes it.
      const file = { type: "input_file", file_id: "file_1" } as const;
      const first = await ours.responses.create({
        model: "openai.gpt-5.5",
        input: [{ role: "user", content: [{ type: "input_text", text: "Read it." }, file] }],
        store: true,
      });
      const wrong = { role: "user", content: [{ type: "input_what", text: "x" }] } as never;
      const fine = await ours.responses.create({ model: nova, input: "One", store: true });
      const own = ours.responses.create({ model: nova, input: [wrong], previous_response_id: fine.id });
      await expect(own).rejects.toMatchObject({ status: 400, param: "input[0].content[0].type" });
      const earlier = ours.responses.create({ model: nova, input: "And now?", previous_response_id: first.id });
      const param = "previous_response_id[0].content[1].file_id";
      await expect(earlier).rejects.toMatchObject({ status: 400, param });
      await expect(earlier).rejects.toThrow(`${param} is not supported`);
    });

    test("after a failover the other model gets the whole conversation, and its answer is the one that is stored", async () => {
      const first = await ours.responses.create({ model: claude.sonnet45, input: "My name is Ada.", store: true });
      const config = {
        strategy: { mode: "fallback" },
        targets: [{ override_params: { model: claude.sonnet4 } }, { override_params: { model: nova } }],
      };
      control().emulator.clearRequests();
      control().emulator.faultNext({ kind: "refuse", type: "ServiceUnavailableException" });
      const second = await ours.responses.create(
        { model: nova, input: "Who am I?", previous_response_id: first.id, store: true },
        { headers: { "x-portkey-config": JSON.stringify({ ...config, retry: { attempts: 0 } }) } },
      );
      expect(modelCalls(control().emulator).map(({ status }) => status)).toEqual([503, 200]);
      expect(sentMessages()).toEqual([
        { role: "user", content: [{ text: "My name is Ada." }] },
        { role: "assistant", content: [{ text: first.output_text }] },
        { role: "user", content: [{ text: "Who am I?" }] },
      ]);
      expect((await ours.responses.retrieve(second.id)).output_text).toBe(second.output_text);
    });

    test("a model that AWS serves in this format alone: stored here too, and gone on from by any other", async () => {
      for (const stream of [false, true]) {
        const asked: Asked = { model: "openai.gpt-5.5", input: "My name is Ada.", store: true };
        const first = stream
          ? await ours.responses.stream({ ...asked, stream: true }).finalResponse()
          : await ours.responses.create(asked);
        expect(first).toMatchObject({ store: true });
        expect((await ours.responses.retrieve(first.id)).output_text).toBe(first.output_text);
        await ours.responses.create({ model: nova, input: "Who am I?", previous_response_id: first.id });
        expect(sentMessages()).toMatchObject([
          { role: "user", content: [{ text: "My name is Ada." }] },
          { role: "assistant", content: [{ text: first.output_text }] },
          { role: "user", content: [{ text: "Who am I?" }] },
        ]);
      }
      // It knows no reasoning of other families, and is sent none.
      const thought = await ours.responses.create({
        model: claude.sonnet45,
        input: "Think: what is 17 * 3?",
        reasoning: { effort: "low" },
        store: true,
      });
      const asked: Asked = { model: "openai.gpt-5.5", input: "And times 2?", previous_response_id: thought.id };
      const { data, response } = await ours.responses.create(asked).withResponse();
      expect(response.headers.get("x-adit-dropped")).toBe("previous_response_id[1]");
      expect(data).toMatchObject({ previous_response_id: thought.id });
      const passed = JSON.parse(callsOf(control().emulator, "MantleResponses").at(-1)!.body.toString()) as Asked;
      expect(passed.previous_response_id).toBeUndefined();
      expect(passed.input).toMatchObject([
        { type: "message", role: "user" },
        { type: "message", role: "assistant" },
        { role: "user", content: "And times 2?" },
      ]);
      // Of an id that is not the gateway's AWS decides.
      const foreign = ours.responses.create({ model: "openai.gpt-5.5", input: "And?", previous_response_id: "resp_x" });
      await expect(foreign).rejects.toThrow(/Previous response with id 'resp_x' not found/);
    });

    test("the admin key's are the default project's", async () => {
      const { ask, baseUrl } = control();
      await ask("PUT", "/v1/logs/settings", { content: "sampled", sample_percent: 1 });
      await new Promise((resolve) => setTimeout(resolve, 300));
      const admin = new OpenAI({ baseURL: baseUrl, apiKey: adminKey, maxRetries: 0 });
      const { id } = await admin.responses.create({ model: nova, input: "Good morning", store: true });
      expect((await admin.responses.retrieve(id)).id).toBe(id);
      await expect(ours.responses.retrieve(id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    });
  },
  { ADIT_LOG_LEVEL: "silent" },
);
