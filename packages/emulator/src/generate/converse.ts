/** The emulator's model: one call of Converse or ConverseStream, from the parsed body to the refusal or the answer. */
import { guardrailTrace } from "../guardrail/converse-guardrail.ts";
import { foundationModelArn } from "../model-list/resolve-model.ts";
import type { Call } from "../validate/call.ts";
import { validate } from "../validate/validate.ts";
import type { Answer } from "./answer.ts";
import { replyContent } from "./reply-content.ts";
import { respond, type Asker, type Exchange, type SharedState } from "./respond.ts";
import { responseFields } from "./response-fields.ts";
import { streamContent } from "./stream-content.ts";
import { usageOf } from "./usage.ts";

export interface ConverseInput extends Asker {
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
  /** To be called when the answer was sent. */
  settle: () => void;
}

export type ConverseOutcome = ConverseRefusal | ConverseAnswer;

/** One call of Converse or ConverseStream. */
export function converse(input: ConverseInput, state: SharedState): ConverseOutcome {
  const verdict = validate(input);
  if ("refusal" in verdict) return { kind: "refusal", ...verdict.refusal };
  const exchange = respond(verdict.call, input, { body: input.body, state });
  return "refusal" in exchange ? { kind: "refusal", ...exchange.refusal } : rendered(exchange);
}

function rendered(exchange: Exchange): ConverseAnswer {
  const { asker, call, answer, prompt, latencyMs, settle } = exchange;
  const { family } = call.traits;
  const { performanceConfig, serviceTier } = call.request;
  const fields = responseFields(call, answer);
  const trace = traceOf(asker, call, answer);
  const metrics = { latencyMs };
  const usage = usageOf(call, prompt, answer.outputTokens);
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
      output: { message: { content: replyContent(answer.blocks, family), role: "assistant" } },
      stopReason: answer.stopReason,
      ...trace,
      usage,
    }),
    events: [
      { type: "messageStart", payload: { role: "assistant" } },
      ...streamContent(answer.blocks, family),
      { type: "messageStop", payload: { ...additional, stopReason: answer.stopReason } },
      { type: "metadata", payload: sorted({ ...echoed, metrics, ...trace, usage }) },
    ],
    settle,
  };
}

function traceOf(asker: Asker, call: Call, answer: Answer): { trace?: object } {
  const guardrail = guardrailTrace(call, answer, asker);
  const router = call.model.isRouter
    ? { promptRouter: { invokedModelId: foundationModelArn(call.model.baseId, asker.region) } }
    : {};
  const trace = { ...(guardrail === undefined ? {} : { guardrail }), ...router };
  return Object.keys(trace).length === 0 ? {} : { trace };
}

/** AWS writes keys in alphabetical order. */
function sorted(members: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(members).sort(([left], [right]) => (left < right ? -1 : 1)));
}
