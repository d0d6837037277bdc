/** Bedrock's own guardrails as checks: ApplyGuardrail, and the checks that need no guardrail. Signed as the target is, or by a virtual key. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { z } from "zod";
import { kind, type CheckContext, type Judge, type Judgement, type Texts } from "../check.ts";

const place = {
  virtualKey: z.string().min(1).optional(),
  region: z.string().min(1).optional(),
  timeout: z.number().int().min(1).max(60_000).default(10_000),
};

export const guard = kind(
  z.strictObject({
    // AWS's own forms of both (GuardrailIdentifier, GuardrailVersion of its service model).
    guardrailId: z.string().regex(/^(?:[a-z0-9]+|arn:aws[\w-]*:bedrock:[a-z0-9-]{1,20}:\d{12}:guardrail\/[a-z0-9]+)$/),
    guardrailVersion: z
      .union([z.string(), z.number().transform(String)])
      .pipe(z.string().regex(/^(?:[1-9]\d{0,7}|DRAFT)$/)),
    redact: z.boolean().optional(),
    ...place,
  }),
  ({ guardrailId, guardrailVersion, redact, virtualKey, region, timeout }) => {
    const path = `/guardrail/${encodeURIComponent(guardrailId)}/version/${guardrailVersion}/apply`;
    return {
      grasp: "whole",
      asks: true,
      bills: "policies",
      virtualKey,
      region,
      changes: redact === true,
      judge: withText(async (texts, { phase, tools }) => {
        const asked = texts.flatMap((text, index) => (text === "" ? [] : [{ text, index }]));
        const body = {
          source: phase === "before" ? "INPUT" : "OUTPUT",
          content: asked.map(({ text }) => ({ text: { text } })),
        };
        const answer = await tools.bedrock(path, body, { virtualKey, region, timeoutMs: timeout });
        return judged(answer, { texts, asked }, redact === true);
      }),
    };
  },
);

interface Asked {
  texts: Texts;
  asked: readonly { index: number }[];
}

function judged(answer: JsonObject, { texts, asked }: Asked, redact: boolean): Judgement {
  const { action } = answer;
  if (action !== "NONE" && action !== "GUARDRAIL_INTERVENED") throw new Error("AWS answered without an action.");
  const findings = findingsIn(answer["assessments"] ?? []);
  const data = {
    action,
    findings: findings.slice(0, mostTold).map(({ policy, type, action: taken }) => ({ policy, type, action: taken })),
  };
  if (action === "NONE") return { verdict: true, data };
  const isBlocked = findings.length === 0 || findings.some((finding) => finding.action === "BLOCKED");
  const outputs = Array.isArray(answer["outputs"]) ? answer["outputs"] : [];
  if (isBlocked || !redact) return { verdict: false, data };
  const masked = outputs.flatMap((output) =>
    isJsonObject(output) && typeof output["text"] === "string" ? [output["text"]] : [],
  );
  // Which of them is masked cannot be told where others came than were sent: none is let through, as where a pattern cannot say what to take out.
  const isWhole = outputs.length === asked.length && masked.length === asked.length;
  const changed = [...texts];
  for (const [place, { index }] of asked.entries()) changed[index] = (isWhole ? masked[place] : undefined) ?? redacted;
  return { verdict: isWhole, data, texts: changed };
}

const redacted = "[REDACTED]";

interface Found {
  policy: string;
  type: string;
  action: string;
}

/** What is blocked may stand behind very much that is only masked: all is judged, and so many are told. */
const mostTold = 100;

/** What the policies found, by their names: what they found it in stays out. */
export function findingsIn(assessments: JsonValue): Found[] {
  if (!Array.isArray(assessments)) return [];
  return assessments
    .flatMap((assessment) => (isJsonObject(assessment) ? Object.entries(assessment) : []))
    .filter(([policy]) => policy.endsWith("Policy"))
    .flatMap(([policy, lists]) =>
      (isJsonObject(lists) ? Object.values(lists) : []).flatMap((list) =>
        (Array.isArray(list) ? list : []).flatMap((entry) => {
          if (!isJsonObject(entry)) return [];
          const type = entry["type"] ?? entry["name"] ?? "";
          const action = entry["action"] ?? "";
          return [
            { policy, type: typeof type === "string" ? type : "", action: typeof action === "string" ? action : "" },
          ];
        }),
      ),
    )
    .filter(({ action }) => action !== "" && action !== "NONE");
}

const threshold = z.number().min(0).max(1).default(0.5);

export const guardrailChecks = kind(
  z
    .strictObject({
      contentFilter: z.array(z.enum(["VIOLENCE", "HATE", "SEXUAL", "MISCONDUCT", "INSULTS"])).min(1).optional(),
      promptAttack: z.array(z.enum(["JAILBREAK", "PROMPT_INJECTION", "PROMPT_LEAKAGE"])).min(1).optional(),
      sensitiveInformation: z.array(z.string().regex(/^[A-Z_]{1,64}$/)).min(1).max(31).optional(),
      threshold,
      ...place,
    })
    .refine(
      ({ contentFilter, promptAttack, sensitiveInformation }) =>
        [contentFilter, promptAttack, sensitiveInformation].some((list) => list !== undefined),
      { message: "names none of contentFilter, promptAttack and sensitiveInformation" },
    ),
  ({ contentFilter, promptAttack, sensitiveInformation, threshold: least, virtualKey, region, timeout }) => {
    const checks: JsonObject = {
      ...(contentFilter !== undefined && { contentFilter: { categories: contentFilter.map((category) => ({ category })) } }),
      ...(promptAttack !== undefined && { promptAttack: { categories: promptAttack.map((category) => ({ category })) } }),
      ...(sensitiveInformation !== undefined && {
        sensitiveInformation: { entities: sensitiveInformation.map((type) => ({ type })) },
      }),
    };
    return {
      grasp: "whole",
      asks: true,
      bills: Object.keys(checks).map((name) => `${name}.textUnits`),
      virtualKey,
      region,
      judge: withText(async (texts, { phase, tools }) => {
        const content = texts.filter((text) => text !== "").map((text) => ({ text }));
        const body = { messages: [{ role: phase === "before" ? "user" : "assistant", content }], checks };
        const answer = await tools.bedrock("/guardrail-checks/invoke", body, { virtualKey, region, timeoutMs: timeout });
        const scores = scoresIn(answer["results"] ?? null, Object.keys(checks));
        const findings = scores.filter(({ score }) => score >= least);
        return { verdict: findings.length === 0, data: { findings: findings.map(({ type, score }) => ({ type, score })) } };
      }),
    };
  },
); // prettier-ignore

/** Of each check that was asked for. @throws Error where one has no scores that can be read: its text was not judged. */
function scoresIn(results: JsonValue, asked: readonly string[]): { type: string; score: number }[] {
  if (!isJsonObject(results)) throw new Error("AWS answered without results.");
  return asked.flatMap((name) => {
    const result = results[name] ?? null;
    // It tells what was found alone; the others tell each category that was looked at.
    if (result === null && name === "sensitiveInformation") return [];
    const list = isJsonObject(result) ? result["results"] : undefined;
    if (!Array.isArray(list)) throw new Error(`AWS answered without results of ${name}.`);
    return list.map((entry) => {
      const {
        category,
        type = category,
        severityScore,
        confidenceScore = severityScore,
      } = isJsonObject(entry) ? entry : {};
      if (typeof type === "string" && typeof confidenceScore === "number") return { type, score: confidenceScore };
      throw new Error(`AWS answered without a score of ${name}.`);
    });
  });
}

function withText(judge: (texts: Texts, context: CheckContext) => Promise<Judgement>): Judge {
  return (texts, context) =>
    texts.some((text) => text !== "") ? judge(texts, context) : { verdict: true, data: null };
}
