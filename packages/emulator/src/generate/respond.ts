/** What happens to a call that is well formed, whatever its dialect: quota, guardrail, answer, tokens. */
import { blockedMessage, guardedAnswer, isBlocked } from "../guardrail/converse-guardrail.ts";
import type { Quotas, Reservation } from "../quotas/quotas.ts";
import type { Call } from "../validate/call.ts";
import type { Refusal } from "../validate/refusal.ts";
import type { Answer } from "./answer.ts";
import { countPrompt, tokensOfPrompt, type CacheMemory, type PromptTokens } from "./cache-memory.ts";
import { compose } from "./compose.ts";
import { digestOf, randomFrom, type Random } from "./random.ts";

/** Who asks, and for which model, as the path or the body names it. */
export interface Asker {
  modelId: string;
  region: string;
  /** 12 digits. */
  account: string;
}

/** What calls share. */
export interface SharedState {
  cache: CacheMemory;
  quotas: Quotas;
  /** Milliseconds since 1970. */
  clock: () => number;
}

/** A call with its answer. */
export interface Exchange {
  asker: Asker;
  call: Call;
  answer: Answer;
  prompt: PromptTokens;
  /** A guardrail kept the call from the model. */
  isBlocked: boolean;
  latencyMs: number;
  firstByteMs: number;
  /** When it was answered, in seconds since 1970. */
  created: number;
  /** For ids: the same call has the same. */
  random: Random;
  /** To be called when the answer was sent. */
  settle: () => void;
}

/** Tokens that an unset limit reserves where the model's own is not known. */
const unknownLimit = 4096;

/** Answers a call. `body` is the caller's own: equal bodies have equal answers. */
export function respond(
  call: Call,
  asker: Asker,
  context: { body: unknown; state: SharedState },
): Exchange | { refusal: Refusal } {
  const { cache, quotas, clock } = context.state;
  const limit = call.request.inferenceConfig?.maxTokens ?? call.traits.maxOutputTokens ?? unknownLimit;
  const reservation = quotas.reserve(asker, tokensOfPrompt(call) + limit);
  if ("message" in reservation) return { refusal: reservation };
  const random = randomFrom(digestOf([asker.modelId, context.body]));
  const blocked = isBlocked(call);
  const answer = blocked ? blockedAnswer() : guardedAnswer(call, compose(call, asker.modelId, random));
  const prompt = blocked ? noTokens() : countPrompt(call, asker.region, { memory: cache, now: clock() });
  const latencyMs = 200 + random.number(800);
  return {
    asker,
    call,
    answer,
    prompt,
    isBlocked: blocked,
    latencyMs,
    firstByteMs: Math.ceil(latencyMs / 2),
    created: Math.floor(clock() / 1000),
    random,
    settle: settlementOf(call, { reservation, prompt, answer }),
  };
}

/** Recorded: what a guardrail blocks costs no tokens of the model. */
function blockedAnswer(): Answer {
  return { blocks: [{ kind: "text", text: blockedMessage }], stopReason: "guardrail_intervened", outputTokens: 0 };
}

function noTokens(): PromptTokens {
  return { input: 0, read: 0, write: 0, writes: [] };
}

/** AWS's rule: reads from the cache are free, and a token written by Claude 3.7 or later counts as five. */
function settlementOf(
  { traits }: Call,
  { reservation, prompt, answer }: { reservation: Reservation; prompt: PromptTokens; answer: Answer },
): () => void {
  const burndown = traits.family === "claude" && traits.thinking !== "none" ? 5 : 1;
  return () => reservation.settle(prompt.input + prompt.write + answer.outputTokens * burndown);
}
