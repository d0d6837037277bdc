/** The same call through the library and through the gateway's chat completions asks AWS for the same, and says the same. */
import {
  AditError,
  closeConnections,
  generateText,
  streamText,
  type Prompt,
  type TextOptions,
  type TextResult,
} from "@adit/bedrock";
import type OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { families } from "../matrix/families.ts";
import { openHouse, type House } from "../support/house.ts";

let house: House;
let environment: Record<string, string>;
beforeAll(async () => {
  house = await openHouse();
  const { accessKeyId, secretAccessKey } = house.emulator.credential;
  environment = {
    AWS_ENDPOINT_URL: house.emulator.url,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
  };
});
beforeEach(() => house.emulator.clearRequests());
afterAll(async () => {
  await closeConnections(environment);
  await house.close();
});

const parameters = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const tool = { name: "get_weather", description: "The weather of a city.", parameters };
const chatTools = [{ type: "function", function: tool }];

interface Case {
  messages: Exclude<Prompt, string>;
  /** Of the request. */
  body?: object;
  /** The same for the library. */
  options?: TextOptions;
}

const cases: Readonly<Record<string, Case>> = {
  sampling: {
    messages: [{ role: "user", content: "Good morning" }],
    body: { temperature: 1.7, max_tokens: 7 },
    options: { temperature: 1.7, maxTokens: 7 },
  },
  stops: {
    messages: [
      { role: "system", content: "Be brief" },
      { role: "user", content: "One two END three" },
    ],
    body: { stop: ["END"] },
    options: { stop: ["END"] },
  },
  tools: {
    messages: [{ role: "user", content: "The weather in both Turin and Rome?" }],
    body: { tools: chatTools, parallel_tool_calls: false },
    options: { tools: [tool], parallelToolCalls: false },
  },
  history: {
    messages: [
      { role: "user", content: "a" },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "hm", signature: "eA==" },
          { type: "text", text: "b" },
        ],
      },
      { role: "user", content: "Think" },
    ],
    body: { reasoning_effort: "medium", max_tokens: 6000 },
    options: { reasoningEffort: "medium", maxTokens: 6000 },
  },
};

/** What both say. */
interface Said {
  text: string;
  tools: readonly (readonly [name: string, input: string])[];
  finish: string;
  input: number | undefined;
  output: number | undefined;
  dropped: readonly string[];
}

/** AWS's words of a refusal; what each adds to them is its own. */
interface Refused {
  status: number;
  words: string;
}

const callersNames: Readonly<Record<string, string>> = {
  topP: "top_p",
  parallelToolCalls: "parallel_tool_calls",
  reasoningEffort: "reasoning_effort",
  maxTokens: "max_tokens",
};

async function byGateway(
  model: string,
  { messages, body }: Case,
  useConverse: boolean,
  stream: boolean,
): Promise<Said | Refused> {
  const asked = { model, messages, use_converse: useConverse, ...body, stream };
  const reply = await house.post("/v1/chat/completions", {
    ...asked,
    ...(stream && { stream_options: { include_usage: true } }),
  });
  const text = await reply.text();
  if (reply.status !== 200) {
    const { error } = JSON.parse(text) as { error: { message: string } };
    return { status: reply.status, words: beginning(error.message) };
  }
  const answer = stream ? assembled(text) : (JSON.parse(text) as OpenAI.ChatCompletion);
  const [choice] = answer.choices;
  return {
    text: choice?.message.content ?? "",
    tools: (choice?.message.tool_calls ?? []).flatMap((call) =>
      call.type === "function" ? [[call.function.name, call.function.arguments] as const] : [],
    ),
    finish: choice?.finish_reason ?? "",
    input: answer.usage?.prompt_tokens,
    output: answer.usage?.completion_tokens,
    dropped: (reply.headers.get("x-adit-dropped") ?? "")
      .split(",")
      .filter((path) => path !== "")
      .toSorted(),
  };
}

type Assembled = Pick<OpenAI.ChatCompletion, "usage"> & {
  choices: { message: Pick<OpenAI.ChatCompletionMessage, "content" | "tool_calls">; finish_reason: string | null }[];
};

function assembled(text: string): Assembled {
  const calls: OpenAI.ChatCompletionMessageFunctionToolCall[] = [];
  const answer: Assembled = { choices: [] };
  let content = "";
  let finish: string | null = null;
  for (const event of text.split("\n\n").filter((each) => each.startsWith("data: {"))) {
    const { choices, usage } = JSON.parse(event.slice("data: ".length)) as OpenAI.ChatCompletionChunk;
    if (usage !== undefined && usage !== null) answer.usage = usage;
    content += choices[0]?.delta.content ?? "";
    finish = choices[0]?.finish_reason ?? finish;
    for (const { index, id = "", function: callee } of choices[0]?.delta.tool_calls ?? []) {
      const call = (calls[index] ??= { id, type: "function", function: { name: callee?.name ?? "", arguments: "" } });
      call.function.arguments += callee?.arguments ?? "";
    }
  }
  return { ...answer, choices: [{ message: { content, tool_calls: calls }, finish_reason: finish }] };
}

async function byLibrary(
  model: string,
  { messages, options }: Case,
  useConverse: boolean,
  stream: boolean,
): Promise<Said | Refused> {
  const given: TextOptions = { environment, region: "us-east-1", useConverse, ...options };
  try {
    const answer = await (stream ? streamText(model, messages, given).result : generateText(model, messages, given));
    return said(answer);
  } catch (error) {
    if (!AditError.isInstance(error)) throw error;
    return { status: error.status, words: beginning(error.message) };
  }
}

function said({ text, toolCalls, finishReason, usage, warnings }: TextResult): Said {
  return {
    text,
    tools: toolCalls.map(({ name, arguments: input }) => [name, input] as const),
    finish: finishReason,
    input: usage && usage.inputTokens + (usage.cacheReadInputTokens ?? 0) + (usage.cacheWriteInputTokens ?? 0),
    output: usage?.outputTokens,
    dropped: warnings
      .flatMap(({ type, path }) => (type === "dropped" ? [callersNames[path ?? ""] ?? path ?? ""] : []))
      .toSorted(),
  };
}

function beginning(words: string): string {
  return words.slice(0, 30);
}

describe.each(families)("%s", (_name, model) => {
  test.each(Object.keys(cases))("%s", async (name) => {
    const asked = cases[name]!;
    for (const useConverse of [true, false]) {
      for (const stream of [false, true]) {
        const ofGateway = await byGateway(model, asked, useConverse, stream);
        const sent = sentBodies();
        const ofLibrary = await byLibrary(model, asked, useConverse, stream);
        expect([ofLibrary, sentBodies()], `${useConverse} ${stream}`).toEqual([ofGateway, sent]);
      }
    }
  });
});

/** What AWS has been asked since the last look. */
function sentBodies(): string[] {
  const bodies = house.emulator.requests.map(({ operation, body }) => `${operation} ${body.toString()}`);
  house.emulator.clearRequests();
  return bodies;
}
