/** The emulator's model: one call of Converse or ConverseStream, from the parsed body to the refusal or the answer. */
import { foundationModelArn } from "../model-list/resolve-model.ts";
import type { Call } from "../validate/call.ts";
import { validate } from "../validate/validate.ts";
import type { Answer } from "./answer.ts";
import { countPrompt, type CacheMemory, type PromptTokens } from "./cache-memory.ts";
import { compose } from "./compose.ts";
import { blockedMessage, guardrailTrace, isBlocked } from "./guardrail.ts";
import { digestOf, randomFrom } from "./random.ts";
import { replyContent } from "./reply-content.ts";
import { responseFields } from "./response-fields.ts";
import { streamContent } from "./stream-content.ts";
import { usageOf } from "./usage.ts";

export interface ConverseInput {
  /** Decoded id or ARN, as the path names it. */
  modelId: string;
  region: string;
  /** 12 digits. */
  account: string;
  /** The parsed JSON body. */
  body: unknown;
  stream: boolean;
}

export interface ConverseRefusal {
  kind: "refusal";
  status: number;
  /** AWS's name, such as `ValidationException`. */
  errorType: string;
  message: string;
  /** ConverseStream tells it as the only frame, an exception, of a 200. */
  inStream?: true;
}

export interface ConverseAnswer {
  kind: "answer";
  /** The body of Converse. */
  response: object;
  /** The same answer as the events of ConverseStream: `:event-type` and payload without the padding `p`, in order. */
  events: { type: string; payload: object }[];
}

export type ConverseOutcome = ConverseRefusal | ConverseAnswer;

export interface Brain {
  converse(input: ConverseInput): ConverseOutcome;
}

/** A model with a memory of its own: prompt prefixes that end in a cache point are written once and read afterwards. */
export function createBrain(): Brain {
  const memory: CacheMemory = new Set();
  return { converse: (input) => answer(input, memory) };
}

/** One call without memory: every cache point writes. */
export function converse(input: ConverseInput): ConverseOutcome {
  return answer(input, new Set());
}

function answer(input: ConverseInput, memory: CacheMemory): ConverseOutcome {
  const verdict = validate(input);
  if ("refusal" in verdict) return { kind: "refusal", ...verdict.refusal };
  const { call } = verdict;
  const random = randomFrom(digestOf([input.modelId, input.body]));
  const blocked = isBlocked(call);
  const reply = blocked ? blockedAnswer() : compose(call, input.modelId, random);
  const prompt = blocked ? noTokens() : countPrompt(call, input.region, memory);
  return rendered({ input, call, reply, prompt, latencyMs: 200 + random.number(800) });
}

/** Recorded: what a guardrail blocks costs no tokens of the model. */
function blockedAnswer(): Answer {
  return { blocks: [{ kind: "text", text: blockedMessage }], stopReason: "guardrail_intervened", outputTokens: 0 };
}

function noTokens(): PromptTokens {
  return { input: 0, read: 0, write: 0, writes: [] };
}

interface Reply {
  input: ConverseInput;
  call: Call;
  reply: Answer;
  prompt: PromptTokens;
  latencyMs: number;
}

function rendered({ input, call, reply, prompt, latencyMs }: Reply): ConverseAnswer {
  const { family } = call.traits;
  const { performanceConfig, serviceTier } = call.request;
  const fields = responseFields(call, reply);
  const trace = traceOf(input, call, reply);
  const metrics = { latencyMs };
  const usage = usageOf(call, prompt, reply.outputTokens);
  const additional = fields === undefined ? {} : { additionalModelResponseFields: fields };
  const echoed = {
    ...(performanceConfig === undefined ? {} : { performanceConfig }),
    ...(serviceTier === undefined ? {} : { serviceTier }),
  };
  return {
    kind: "answer",
    response: sorted({
      ...additional,
      ...echoed,
      metrics,
      output: { message: { content: replyContent(reply.blocks, family), role: "assistant" } },
      stopReason: reply.stopReason,
      ...trace,
      usage,
    }),
    events: [
      { type: "messageStart", payload: { role: "assistant" } },
      ...streamContent(reply.blocks, family),
      { type: "messageStop", payload: { ...additional, stopReason: reply.stopReason } },
      { type: "metadata", payload: sorted({ ...echoed, metrics, ...trace, usage }) },
    ],
  };
}

function traceOf(input: ConverseInput, call: Call, reply: Answer): { trace?: object } {
  const text = reply.blocks.map((block) => (block.kind === "text" ? block.text : "")).join("");
  const guardrail = guardrailTrace(call, text, input);
  const router = call.model.isRouter
    ? { promptRouter: { invokedModelId: foundationModelArn(call.model.baseId, input.region) } }
    : {};
  const trace = { ...(guardrail === undefined ? {} : { guardrail }), ...router };
  return Object.keys(trace).length === 0 ? {} : { trace };
}

/** AWS writes keys in alphabetical order. */
function sorted(members: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(members).sort(([left], [right]) => (left < right ? -1 : 1)));
}
