/** One streamed call of `/v1/chat/completions`, as any client makes it, with its times. */
import { apiErrorFrom, ApiError, unreachable } from "../../api/api-error.ts";
import { eventsOf } from "../../api/server-events.ts";

export interface Part {
  type: "text" | "image_url" | "file";
  text?: string;
  image_url?: { url: string };
  file?: { file_data: string; filename: string };
  cache_control?: { type: string; ttl?: string };
}

/** A call of a tool, as an assistant's turn brings it back. */
export interface ChatToolCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

export type ChatTurn =
  | { role: "system" | "user"; content: string | Part[] }
  | { role: "assistant"; content: string | null; tool_calls?: ChatToolCall[] }
  | { role: "tool"; tool_call_id: string; content: string };

export type ChatBody = Record<string, unknown> & { model: string; messages: ChatTurn[] };

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  prompt_tokens_details?: { cached_tokens?: number; cache_write_tokens?: number };
}

export interface ToolCall {
  id: string;
  name: string;
  arguments: string;
}

export interface Answer {
  text: string;
  thinking: string;
  toolCalls: ToolCall[];
  finishReason: string | undefined;
  /** What AWS says beside: a guardrail's trace, the fields that were asked for. */
  beside: Record<string, unknown>;
  usage: Usage | undefined;
  /** Milliseconds from the sending on: to the first word, and to the end. */
  firstMs: number | undefined;
  totalMs: number | undefined;
  headers: Record<string, string>;
}

export const emptyAnswer: Answer = {
  text: "",
  thinking: "",
  toolCalls: [],
  finishReason: undefined,
  beside: {},
  usage: undefined,
  firstMs: undefined,
  totalMs: undefined,
  headers: {},
};

interface CallPart {
  index: number;
  id?: string;
  function?: { name?: string; arguments?: string };
}

interface Delta {
  content?: string | null;
  reasoning_content?: string | null;
  tool_calls?: CallPart[];
  /** The call of a prompt that was stored with OpenAI's older `functions`: there is one at most. */
  function_call?: CallPart["function"];
  /** Of an answer that is not strict: there thinking is no `reasoning_content`. */
  content_blocks?: { delta?: { thinking?: string } }[];
  additional_model_response_fields?: unknown;
}

interface Chunk {
  error?: { message?: string; code?: string };
  usage?: Usage | null;
  trace?: unknown;
  choices?: { delta?: Delta; finish_reason?: string | null }[];
}

interface CallOptions {
  key: string;
  /** Default: chat completions. A prompt's completions answer alike. */
  path?: string;
  body: object;
  headers: Record<string, string>;
  signal: AbortSignal;
  onChange: (answer: Answer) => void;
}

/** @throws ApiError, of the stream and of a stop too; what was answered by then has been told. */
export async function callChat(options: CallOptions): Promise<void> {
  try {
    await callOnce(options);
  } catch (error) {
    throw options.signal.aborted ? new ApiError("Stopped.", { status: 0, code: "stopped" }) : error;
  }
}

async function callOnce({ key, path, body, headers, signal, onChange }: CallOptions): Promise<void> {
  const beganAt = performance.now();
  const response = await fetch(path ?? "/v1/chat/completions", {
    method: "POST",
    signal,
    // The key alone says who calls: no cookie goes along.
    credentials: "omit",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
  }).catch((cause: unknown) => Promise.reject(unreachable(cause)));
  if (!response.ok || response.body === null) {
    throw apiErrorFrom(response, await response.json().catch(() => undefined));
  }
  let answer: Answer = { ...emptyAnswer, headers: aditHeaders(response) };
  for await (const chunk of chunksOf(response.body)) {
    if (chunk.error !== undefined) {
      throw new ApiError(chunk.error.message ?? "The stream broke.", {
        status: 502,
        code: chunk.error.code ?? "stream_error",
      });
    }
    answer = { ...withChunk(answer, chunk), firstMs: answer.firstMs ?? performance.now() - beganAt };
    onChange(answer);
  }
  onChange({ ...answer, totalMs: performance.now() - beganAt });
}

function aditHeaders(response: Response): Record<string, string> {
  return Object.fromEntries([...response.headers].filter(([name]) => name.startsWith("x-adit-")));
}

function withChunk(answer: Answer, chunk: Chunk): Answer {
  const { delta = {}, finish_reason: finish } = chunk.choices?.[0] ?? {};
  return {
    ...answer,
    text: answer.text + (delta.content ?? ""),
    thinking: answer.thinking + thinkingOf(delta),
    toolCalls: withToolCalls(answer.toolCalls, callPartsOf(delta)),
    finishReason: finish ?? answer.finishReason,
    beside: {
      ...answer.beside,
      ...(chunk.trace !== undefined && { trace: chunk.trace }),
      ...(delta.additional_model_response_fields !== undefined && {
        additionalModelResponseFields: delta.additional_model_response_fields,
      }),
    },
    usage: chunk.usage ?? answer.usage,
  };
}

function thinkingOf({ reasoning_content, content_blocks = [] }: Delta): string {
  return reasoning_content ?? content_blocks.map(({ delta }) => delta?.thinking ?? "").join("");
}

function callPartsOf({ tool_calls: parts = [], function_call: called }: Delta): CallPart[] {
  return called === undefined ? parts : [...parts, { index: 0, function: called }];
}

function withToolCalls(calls: ToolCall[], parts: CallPart[]): ToolCall[] {
  const next = [...calls];
  for (const { index, id, function: called } of parts) {
    const before = next[index] ?? { id: "", name: "", arguments: "" };
    next[index] = {
      id: id ?? before.id,
      name: before.name + (called?.name ?? ""),
      arguments: before.arguments + (called?.arguments ?? ""),
    };
  }
  return next;
}

/** A body that ends without its mark has broken. */
async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Chunk> {
  for await (const { data } of eventsOf(body)) {
    if (data === "[DONE]") return;
    if (data !== "") yield JSON.parse(data) as Chunk;
  }
  throw new ApiError("The stream ended before the answer did.", { status: 502, code: "stream_broken" });
}
