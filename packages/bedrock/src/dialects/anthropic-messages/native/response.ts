import { GuardrailReply } from "../../../converse/guardrail-reply.ts";
import type { TokenUsage } from "../../../converse/response.ts";
import { AditError } from "../../../errors/adit-error.ts";
import { isJsonObject, type JsonValue } from "../../../json.ts";
import { claudeUsage } from "../../../anthropic/claude-usage.ts";

/** What the ledger wants of Claude's own answer. */
export interface NativeAnswer {
  /** Claude's word: `end_turn`, `tool_use`, `refusal` ...; `guardrail_intervened` where a guardrail of AWS's did, which Claude does not tell. */
  stopReason: string | undefined;
  usage: TokenUsage | undefined;
  /** What a guardrail found and used, in the form of Converse's `trace`, where the call asked for it. */
  trace: JsonValue | undefined;
}

/**
 * Reads InvokeModel's whole answer of Claude. The caller gets AWS's bytes as they are, the `model` in them too: like Anthropic's API it
 * names the model that answered, not the id that was asked for. Throws AditError `empty_output` for a 200 that holds no message.
 */
export function readNativeAnswer(body: string): NativeAnswer {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch (cause) {
    throw noMessage(body, cause);
  }
  if (!isJsonObject(answer) || !Array.isArray(answer["content"])) {
    throw noMessage(body);
  }
  const { stop_reason: claudes, usage } = answer;
  const guardrail = new GuardrailReply();
  guardrail.take(answer);
  const stopReason = guardrail.intervened ? "guardrail_intervened" : claudes;
  return {
    stopReason: typeof stopReason === "string" ? stopReason : undefined,
    usage: claudeUsage({}, usage),
    trace: guardrail.trace,
  };
}

function noMessage(body: string, cause?: unknown): AditError {
  const shown = body === "" ? "an empty body" : `the body: ${body.slice(0, 200)}`;
  return new AditError("empty_output", `AWS answered 200 without a message, but with ${shown}`, {
    quotesAnswer: true,
    cause,
  });
}
