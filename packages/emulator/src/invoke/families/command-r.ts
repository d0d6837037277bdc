/** Cohere's Command R and R+. Shapes of texts are recorded; those of tools are Cohere's page. */
import type { ContentBlock, ConverseRequest, JsonObject, Message } from "@adit/bedrock";
import type { Exchange } from "../../generate/respond.ts";
import { textPieces } from "../../generate/text-pieces.ts";
import { isRecord } from "../../validate/read-shape.ts";
import { malformed } from "../fault-words.ts";
import type { NativeBody, NativeFamily, NativeRead } from "../native-family.ts";
import { any, boolean, choice, closed, integer, listOf, number, open, string } from "../schema.ts";
import { schemaFaults } from "../schema-faults.ts";
import { withoutNullMembers } from "../without-nulls.ts";
import { uuidFrom } from "./ids.ts";
import { answerWords, endOf, samplingOf } from "./text-answer.ts";

const turn = open({ role: choice("USER", "CHATBOT", "SYSTEM", "TOOL"), message: string }, ["role"]);
const tool = closed({ name: string, description: string, parameter_definitions: open() }, ["name", "description"]);
const toolResult = closed({ call: open({ name: string, parameters: open() }, ["name"]), outputs: listOf(open()) }, [
  "call",
  "outputs",
]);

const schema = closed(
  {
    message: string,
    chat_history: listOf(turn),
    documents: listOf(open()),
    search_queries_only: boolean,
    preamble: string,
    max_tokens: integer(1, 4096),
    temperature: number(0, 1),
    p: number(0.01, 0.99),
    k: number(0, 500),
    prompt_truncation: choice("OFF", "AUTO_PRESERVE_ORDER"),
    frequency_penalty: number(0, 1),
    presence_penalty: number(0, 1),
    seed: integer(),
    return_prompt: boolean,
    tools: listOf(tool),
    tool_results: listOf(toolResult),
    stop_sequences: listOf(string, { max: 5 }),
    raw_prompting: boolean,
    citation_quality: any,
  },
  ["message"],
);

export const commandR: NativeFamily = { read, rules: [], reply, chunks };

/** The checked body, as far as it is read. */
interface CommandRBody {
  message: string;
  preamble?: string;
  chat_history?: { role: string; message?: string }[];
  tools?: { name: string; description: string; parameter_definitions?: Record<string, unknown> }[];
  tool_results?: { call: { name: string; parameters?: JsonObject }; outputs: JsonObject[] }[];
}

function read(body: NativeBody): NativeRead {
  // Recorded: `p: 1` is taken, though Cohere's page ends at 0.99.
  const faults = schemaFaults(body["p"] === 1 ? { ...body, p: 0.99 } : body, schema);
  const refusal = malformed(faults);
  if (refusal !== undefined) return { refusal };
  // The schema was checked just above.
  const checked = withoutNullMembers(body, schema) as CommandRBody;
  const tools = (checked.tools ?? []).map(({ name, description, parameter_definitions: parameters = {} }) => ({
    toolSpec: { name, description, inputSchema: { json: toolSchema(parameters) } },
  }));
  return {
    request: {
      ...(checked.preamble !== undefined && { system: [{ text: checked.preamble }] }),
      messages: messagesFrom(checked),
      inferenceConfig: samplingOf(body, { maxTokens: "max_tokens", stop: "stop_sequences" }),
      ...(tools.length > 0 && { toolConfig: { tools } }),
    },
  };
}

/** Cohere's own types are Python's. */
const jsonTypes: Record<string, string> = { str: "string", int: "integer", float: "number", bool: "boolean" };

function toolSchema(parameters: Record<string, unknown>): JsonObject {
  const properties: JsonObject = {};
  const required: string[] = [];
  for (const [name, definition] of Object.entries(parameters)) {
    const type = isRecord(definition) && typeof definition["type"] === "string" ? definition["type"] : "str";
    properties[name] = { type: jsonTypes[type] ?? "string" };
    if (isRecord(definition) && definition["required"] === true) required.push(name);
  }
  return { type: "object", properties, required };
}

function messagesFrom(body: CommandRBody): Message[] {
  const history = (body.chat_history ?? []).map(({ role, message = "" }): Message => ({
    role: role === "CHATBOT" ? "assistant" : "user",
    content: [{ text: message }],
  }));
  const results = (body.tool_results ?? []).map(({ call, outputs }, index) => ({ call, outputs, id: `call_${index}` }));
  const said: ContentBlock[] = [{ text: body.message }];
  if (results.length === 0) return [...history, { role: "user", content: said }];
  const calls = results.map(({ call, id }): ContentBlock => ({
    toolUse: { toolUseId: id, name: call.name, input: call.parameters ?? {} },
  }));
  const answers = results.map(({ outputs, id }): ContentBlock => ({
    toolResult: { toolUseId: id, content: outputs.map((json) => ({ json })) },
  }));
  return [
    ...history,
    { role: "user", content: said },
    { role: "assistant", content: calls },
    { role: "user", content: answers },
  ];
}

function finishReason({ answer }: Exchange): string {
  return endOf(answer, { length: "MAX_TOKENS", stop: "STOP_SEQUENCE", end: "COMPLETE" });
}

function reply(exchange: Exchange): object {
  const { call, random } = exchange;
  const text = answerWords(exchange.answer);
  const calls = toolCallsOf(exchange);
  return {
    response_id: `379ed018/${uuidFrom(random)}`,
    text,
    generation_id: uuidFrom(random),
    chat_history: [...historyOf(call.request), { role: "CHATBOT", message: text, ...calls }],
    finish_reason: finishReason(exchange),
    ...calls,
  };
}

function toolCallsOf({ answer }: Exchange): { tool_calls?: object[] } {
  const calls = answer.blocks.flatMap((block) =>
    block.kind === "toolUse" ? [{ name: block.name, parameters: block.input }] : [],
  );
  return calls.length === 0 ? {} : { tool_calls: calls };
}

function historyOf(request: ConverseRequest): object[] {
  return (request.messages ?? []).flatMap(({ role, content }) =>
    content.flatMap(({ text }) =>
      text === undefined ? [] : [{ role: role === "assistant" ? "CHATBOT" : "USER", message: text }],
    ),
  );
}

/** Recorded: texts without a start before them; the last chunk repeats the whole reply with its figures. */
function chunks(exchange: Exchange): object[] {
  const { answer, prompt } = exchange;
  const calls = toolCallsOf(exchange);
  const tokens = { input_tokens: prompt.input, output_tokens: answer.outputTokens };
  const meta = { api_version: { version: "1" }, billed_units: tokens, tokens };
  return [
    ...textPieces(answerWords(answer)).map((text) => ({ is_finished: false, event_type: "text-generation", text })),
    ...(calls.tool_calls === undefined ? [] : [{ is_finished: false, event_type: "tool-calls-generation", ...calls }]),
    {
      is_finished: true,
      event_type: "stream-end",
      response: { ...reply(exchange), meta },
      finish_reason: finishReason(exchange),
    },
  ];
}
