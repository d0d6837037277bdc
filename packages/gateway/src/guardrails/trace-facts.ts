/**
 * What Bedrock's trace tells of a call, as the log and the ledger keep it: what its own guardrail found, in names and actions, never a piece
 * of the text; and which model a prompt router has asked.
 */
import { isJsonObject, parseModelArn, type JsonObject, type JsonValue } from "@adit/bedrock";
import type { RequestFacts } from "../ledger/record/request-facts.ts";
import { findingsIn } from "./checks/bedrock-guard.ts";
import { guardrailUnitsIn } from "./guardrail-use.ts";
import { checkInCall, type GuardrailFact } from "./hook-result.ts";

/** `trace`: of Converse's answer or its stream's last event; there where the call asked for it. */
export function noteTrace(facts: RequestFacts, trace: JsonValue | undefined): void {
  if (!isJsonObject(trace)) return;
  const { guardrail, promptRouter } = trace;
  if (isJsonObject(promptRouter)) noteRouted(facts, promptRouter);
  if (!isJsonObject(guardrail)) return;
  const found = [
    ...factsOf(guardrail["inputAssessment"], "before_request"),
    ...factsOf(guardrail["outputAssessments"], "after_request"),
  ];
  // A spread would overflow the stack at some hundred thousand: who answers may be a host that only says it is AWS.
  for (const fact of found) (facts.guardrails ??= []).push(fact);
  noteUse(facts, guardrail);
}

const routers: ReadonlySet<string | undefined> = new Set(["prompt-router", "default-prompt-router"]);

/** Its ARN tells no model: the call is that of the one which the router took, in its price too. */
function noteRouted(facts: RequestFacts, { invokedModelId }: JsonObject): void {
  const { modelUsed = facts.modelAsked ?? "" } = facts;
  if (typeof invokedModelId !== "string" || !routers.has(parseModelArn(modelUsed)?.resourceType)) return;
  facts.baseModel = invokedModelId;
}

/** What it used, where the trace tells. */
function noteUse(facts: RequestFacts, { inputAssessment, outputAssessments }: JsonObject): void {
  const told = [inputAssessment, outputAssessments].flatMap(assessmentsIn).flatMap((assessment) => {
    const metrics = assessment["invocationMetrics"];
    const units = isJsonObject(metrics) ? guardrailUnitsIn(metrics["usage"]) : undefined;
    return units === undefined ? [] : [{ region: facts.region ?? "", units }];
  });
  if (told.length === 0 || facts.route === "emulator") return;
  facts.guardrailInCall = "told";
  facts.guardrailUse ??= [];
  for (const use of told) {
    facts.guardrailUse.push(use);
    facts.hold?.guardrails.add(use);
  }
}

/** By the guardrail's id: an assessment, or a list of them. */
function assessmentsIn(given: JsonValue | undefined): JsonObject[] {
  return isJsonObject(given)
    ? Object.values(given).flatMap((each) => (Array.isArray(each) ? each : [each ?? null]).filter(isJsonObject))
    : [];
}

/** By the guardrail's id: an assessment, or a list of them. */
function factsOf(assessments: JsonValue | undefined, when: GuardrailFact["when"]): GuardrailFact[] {
  if (!isJsonObject(assessments)) return [];
  return Object.entries(assessments).map(([guardrail, given]) => {
    const list = (Array.isArray(given) ? given : [given ?? null]).filter((entry) => isJsonObject(entry));
    const findings = findingsIn(list);
    return {
      guardrail,
      check: checkInCall,
      when,
      verdict: !findings.some(({ action }) => action === "BLOCKED"),
      transformed: findings.some(({ action }) => action === "ANONYMIZED"),
      startedAt: undefined,
      durationMs: list.reduce((sum, assessment) => sum + latencyOf(assessment), 0),
      error: undefined,
    };
  });
}

function latencyOf(assessment: JsonObject): number {
  const metrics = assessment["invocationMetrics"];
  const latency = isJsonObject(metrics) ? metrics["guardrailProcessingLatency"] : undefined;
  return typeof latency === "number" ? latency : 0;
}
