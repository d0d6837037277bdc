/**
 * What Codex sends, as exact HTTP. The program itself (0.171.0) was run by hand against gateway and emulator, by the settings of
 * docs/coding-agents.md, which says what it did; it is not among the packages installed here, for its size. Not tried with it: Bedrock's real
 * answers.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claude, droppedOf, refusalOf } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { bodyOf, modelCalls } from "../support/seen.ts";
import { readEvents } from "../support/sse.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(() => house.emulator.clearRequests());
afterAll(() => house.close());

const session = "01a214dc-7a4a-7671-af6d-ce2cd81fd7d0";
const headers = {
  accept: "text/event-stream",
  originator: "codex_exec",
  "user-agent": "codex_exec/0.171.0 (Debian 12.0.0; x86_64) xterm (codex_exec; 0.171.0)",
  "session-id": session,
  "thread-id": session,
  "x-client-request-id": session,
  "x-codex-beta-features": "remote_compaction_v2",
  "x-codex-window-id": `${session}:0`,
  "x-codex-turn-metadata": JSON.stringify({ session_id: session, request_kind: "turn" }),
};

type Item = Record<string, unknown>;

const execCommand = {
  type: "function",
  name: "exec_command",
  description: "Runs a command in a PTY.",
  strict: false,
  parameters: {
    type: "object",
    properties: { cmd: { type: "string" }, yield_time_ms: { type: "number" } },
    required: ["cmd"],
    additionalProperties: false,
  },
};
const applyPatch = {
  type: "custom",
  name: "apply_patch",
  description: "Use the `apply_patch` tool to edit files. This is a FREEFORM tool, so do not wrap the patch in JSON.",
  format: { type: "grammar", syntax: "lark", definition: 'start: "*** Begin Patch" LF' },
};
const agents = {
  type: "namespace",
  name: "multi_agent_v1",
  description: "Tools for spawning and managing sub-agents.",
  tools: [
    {
      type: "function",
      name: "close_agent",
      description: "Closes an agent.",
      strict: false,
      parameters: { type: "object", properties: { id: { type: "string" } }, required: ["id"] },
    },
  ],
};

function message(role: string, text: string): Item {
  return { type: "message", id: `msg_${role}`, role, content: [{ type: "input_text", text }] };
}

function asked(input: Item[], tools: object[]): Item {
  return {
    model: claude.sonnet4,
    stream: true,
    input: [message("developer", "You are a coding agent running in the Codex CLI."), ...input],
    tools,
    tool_choice: "auto",
    parallel_tool_calls: true,
    reasoning: { effort: "medium", summary: "auto" },
    store: false,
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: session,
    client_metadata: { "x-codex-turn-metadata": "{}" },
  };
}

interface CachedUsage {
  input_tokens_details?: { cached_tokens?: number };
}

interface Turn {
  response: Response;
  types: (string | undefined)[];
  /** Items as `response.output_item.done` brings them: these Codex keeps and sends back. */
  items: Item[];
}

async function turn(body: Item): Promise<Turn> {
  const response = await house.post("/v1/responses", body, headers);
  expect(response.status).toBe(200);
  const events = await readEvents(response);
  const items = events
    .filter(({ event }) => event === "response.output_item.done")
    .map(({ data }) => (JSON.parse(data) as { item: Item }).item);
  return { response, types: events.map(({ event }) => event), items };
}

describe("a turn", () => {
  const question = message("user", "Use exec_command to list the files");

  test("comes as a stream, and what Bedrock has no means for is named", async () => {
    const { response, types } = await turn(asked([question], [execCommand, agents]));
    expect([types[0], types.at(-1)]).toEqual(["response.created", "response.completed"]);
    expect(droppedOf(response)).toEqual(["tools[1].description", "prompt_cache_key", "client_metadata"]);
    const sent = bodyOf(modelCalls(house.emulator)[0]!);
    expect(sent.system).toEqual([{ text: "You are a coding agent running in the Codex CLI." }]);
    expect(JSON.stringify(modelCalls(house.emulator)[0]?.headers)).not.toContain(session);
  });

  test("reasoning and a call go back with the call's output; AWS gets the reasoning that it signed", async () => {
    const first = await turn(asked([question], [execCommand, agents]));
    expect(first.items.map(({ type }) => type)).toEqual(["reasoning", "message", "function_call"]);
    const [reasoning, , call] = first.items;
    expect(reasoning).toMatchObject({ encrypted_content: expect.stringMatching(/./) as string });
    const output = { type: "function_call_output", id: "fco_1", call_id: call?.["call_id"], output: "README.md" };
    // It writes `content: null` into a reasoning item, and leaves the rest as it came.
    const history = first.items.map((item) => (item["type"] === "reasoning" ? { ...item, content: null } : item));
    const second = await turn(asked([question, ...history, output], [execCommand, agents]));
    expect(second.types.at(-1)).toBe("response.completed");
    expect(JSON.stringify(second.items)).toContain("README.md");
    const replayed = bodyOf(modelCalls(house.emulator).at(-1)!).messages?.[1]?.content ?? [];
    const signature = replayed[0]?.reasoningContent?.reasoningText?.signature;
    expect(signature).toMatch(/./);
    expect(replayed.at(-1)?.toolUse?.name).toBe("exec_command");
  });

  test("is cached by a mark that a config adds, since Codex sets none", async () => {
    const config = { provider: "bedrock", override_params: { cache_control: { type: "ephemeral" } } };
    const long = message("user", "Use exec_command to list the files. ".repeat(400));
    const cached = async (input: Item[]): Promise<number | undefined> => {
      const asking = { ...headers, "x-adit-config": JSON.stringify(config) };
      const events = await readEvents(await house.post("/v1/responses", asked(input, [execCommand]), asking));
      const { response } = JSON.parse(events.at(-1)!.data) as { response: { usage: CachedUsage } };
      return response.usage.input_tokens_details?.cached_tokens;
    };
    expect(await cached([long])).toBe(0);
    expect(await cached([long, message("assistant", "Yes"), message("user", "Go on")])).toBeGreaterThan(1000);
  });

  test("apply_patch, a custom tool, takes and gives plain text", async () => {
    const first = await turn(asked([message("user", "Use apply_patch")], [execCommand, applyPatch]));
    const call = first.items.find(({ type }) => type === "custom_tool_call");
    expect(call).toMatchObject({ name: "apply_patch", input: expect.any(String) as string });
    expect(droppedOf(first.response)).toContain("tools[1].format");
    const output = { type: "custom_tool_call_output", call_id: call?.["call_id"], output: "Success." };
    const input = [message("user", "Use apply_patch"), ...first.items, output];
    const second = await turn(asked(input, [execCommand, applyPatch]));
    expect(JSON.stringify(second.items)).toContain("Success.");
  });

  test("of a tool in a namespace comes back under its own name", async () => {
    const { items } = await turn(asked([message("user", "Use multi_agent_v1 close_agent")], [agents]));
    const call = items.find(({ type }) => type === "function_call");
    expect(call).toMatchObject({ name: "close_agent", namespace: "multi_agent_v1" });
  });

  test("that breaks is response.failed, and never completed: Codex asks again", async () => {
    house.emulator.faultNext({ kind: "exception", type: "throttlingException", frame: 3 });
    const { types } = await turn(asked([question], [execCommand]));
    expect(types).not.toContain("response.completed");
    expect(types.slice(-2)).toEqual(["response.failed", "error"]);
  });
});

test("its web search, which it offers unless told otherwise, is refused with the setting that ends it", async () => {
  const tools = [execCommand, { type: "web_search", external_web_access: false }];
  const response = await house.post("/v1/responses", asked([message("user", "Hello")], tools), headers);
  expect(await refusalOf(response)).toMatchObject({
    status: 400,
    param: "tools[1].type",
    message: expect.stringContaining('in Codex: web_search = "disabled"') as string,
  });
  expect(house.emulator.requests).toEqual([]);
});
