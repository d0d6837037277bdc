/** One call of InvokeModel or InvokeModelWithResponseStream, from headers and bytes to the refusal or the answer. */
import { embed } from "../embeddings/embed.ts";
import { hasGuardrail, invokeTrace } from "../guardrail/converse-guardrail.ts";
import { respond, type Asker, type Exchange, type SharedState } from "../generate/respond.ts";
import { resolveModel } from "../model-list/resolve-model.ts";
import { latencyRefusal } from "../validate/latency.ts";
import { invalid, type Refusal } from "../validate/refusal.ts";
import { unusableModel } from "../validate/unusable-model.ts";
import { knobsFrom, type Knobs } from "./knobs.ts";
import { invocationMetrics, metricHeaders } from "./metrics.ts";
import type { NativeBody, NativeFamily } from "./native-family.ts";
import { nativeBody, nativeCall } from "./read-call.ts";

export interface InvokeInput extends Asker {
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  stream: boolean;
}

export interface InvokeAnswer {
  headers: Record<string, string>;
  /** The reply's body; the chunks of a stream. */
  bodies: (object | string)[];
  /** To be called when the answer was sent. */
  settle: () => void;
}

export type InvokeOutcome = InvokeAnswer | { refusal: Refusal };

export function invoke(input: InvokeInput, state: SharedState): InvokeOutcome {
  const resolution = resolveModel(input.modelId, input.region);
  // Recorded: of a bad id and an empty body the id is told.
  if (resolution.kind !== "model" && resolution.kind !== "no-chat") return { refusal: unusableModel(resolution) };
  const parsed = nativeBody(input.body);
  if ("refusal" in parsed) return parsed;
  const { body } = parsed;
  const knobs = knobsFrom(input.headers, body);
  if ("refusal" in knobs) return knobs;
  const baseId = resolution.kind === "model" ? resolution.model.baseId : resolution.baseId;
  const slow = latencyRefusal(knobs.latency, { modelId: input.modelId, baseId, region: input.region });
  if (slow !== undefined) return { refusal: slow };
  if (resolution.kind === "no-chat") return embedded(resolution.baseId, body, { input, state, knobs });
  const read = nativeCall(body, resolution.model, input.stream);
  if ("refusal" in read) return read;
  const { call, family } = read;
  if (input.stream && family.chunks === undefined) return { refusal: unsupportedStream };
  if (knobs.guardrailConfig !== undefined) call.request.guardrailConfig = knobs.guardrailConfig;
  const { modelId, region, account } = input;
  const exchange = respond(call, { modelId, region, account }, { body, state });
  if ("refusal" in exchange) return exchange;
  return input.stream ? streamed(exchange, family, knobs) : whole(exchange, family, knobs);
}

const unsupportedStream = invalid("The model is unsupported for streaming");

function embedded(
  baseId: string,
  body: NativeBody,
  { input, state, knobs }: { input: InvokeInput; state: SharedState; knobs: Knobs },
): InvokeOutcome {
  if (input.stream) return { refusal: unsupportedStream };
  const embedding = embed(baseId, body);
  if ("refusal" in embedding) return embedding;
  const { modelId, region, account } = input;
  const reservation = state.quotas.reserve({ modelId, region, account }, embedding.inputTokens);
  if ("message" in reservation) return { refusal: reservation };
  return {
    headers: {
      ...knobs.echoed,
      "X-Amzn-Bedrock-Input-Token-Count": String(embedding.inputTokens),
      "X-Amzn-Bedrock-Invocation-Latency": String(embeddingLatencyMs),
    },
    bodies: [embedding.response],
    settle: () => reservation.settle(embedding.inputTokens),
  };
}

/** Recorded: 76 to 311 ms. */
const embeddingLatencyMs = 100;

function whole(exchange: Exchange, family: NativeFamily, { echoed }: Knobs): InvokeAnswer {
  return {
    headers: { ...echoed, ...metricHeaders(exchange) },
    bodies: [{ ...family.reply(exchange), ...guardrailMembers(exchange) }],
    settle: exchange.settle,
  };
}

function streamed(exchange: Exchange, family: NativeFamily, { echoed }: Knobs): InvokeAnswer {
  const chunks = family.chunks?.(exchange) ?? [];
  const metrics = invocationMetrics(exchange);
  const marks = guardrailMembers(exchange);
  const isApart = family.metricsApart === true;
  const last = { ...(isApart ? {} : chunks.at(-1)), ...metrics, ...marks };
  const action = hasGuardrail(exchange.call) ? actionOf(exchange) : {};
  return {
    headers: { ...echoed, "X-Amzn-Bedrock-Content-Type": "application/json" },
    // Recorded for Nova and Titan: each piece of the text tells the action too; Claude's tell it at the end alone.
    bodies: [
      ...(isApart ? chunks : chunks.slice(0, -1)).map((chunk) =>
        "contentBlockDelta" in chunk || !isEvent(chunk) ? { ...chunk, ...action } : chunk,
      ),
      ...(Object.keys(last).length === 0 ? [] : [last]),
      ...(family.closing === undefined ? [] : [family.closing]),
    ],
    settle: exchange.settle,
  };
}

/** True for an event of Claude's or Nova's; the chunks of other families are pieces of text. */
function isEvent(chunk: object): boolean {
  return (
    "type" in chunk || Object.keys(chunk).some((name) => name.startsWith("message") || name.startsWith("contentBlock"))
  );
}

/** What a guardrail adds to the reply, or to the last chunk; nothing where the call names none. */
function guardrailMembers(exchange: Exchange): object {
  if (!hasGuardrail(exchange.call)) return {};
  const trace = invokeTrace(exchange.call, exchange.answer, exchange.asker);
  return { ...actionOf(exchange), ...(trace !== undefined && { "amazon-bedrock-trace": trace }) };
}

function actionOf({ answer }: Exchange): object {
  const action = answer.stopReason === "guardrail_intervened" ? "INTERVENED" : "NONE";
  return { "amazon-bedrock-guardrailAction": action };
}
