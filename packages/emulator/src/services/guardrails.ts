import { applyGuardrail } from "../guardrail/apply.ts";
import { guardrailChecks } from "../guardrail/checks.ts";
import { jsonReply, refusalReply, type Reply } from "../server/reply.ts";
import { parsedBody } from "./runtime.ts";

export interface GuardrailCall {
  operation: "ApplyGuardrail" | "InvokeGuardrailChecks";
  /** Decoded; empty for the checks, which need no guardrail. */
  identifier: string;
  version: string;
  region: string;
  account: string;
  body: Buffer;
}

/** The guardrail operations of bedrock-runtime. */
export function answerGuardrail({ operation, body, ...place }: GuardrailCall): Reply {
  const parsed = parsedBody(body);
  if ("reply" in parsed) return parsed.reply;
  const outcome = operation === "ApplyGuardrail" ? applyGuardrail(place, parsed.value) : guardrailChecks(parsed.value);
  return "refusal" in outcome ? refusalReply(outcome.refusal) : jsonReply(outcome.response);
}
