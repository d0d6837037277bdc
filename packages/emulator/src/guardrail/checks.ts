/** InvokeGuardrailChecks: checks without a guardrail. The shape is the service model's; what is found is the emulator's own. */
import { lengthOf } from "../generate/tokens.ts";
import type { Refusal } from "../validate/refusal.ts";
import { invalid } from "../validate/refusal.ts";
import { listOf, oneOf, structure, text, union } from "../validate/shape.ts";
import { withoutNulls } from "../validate/read-shape.ts";
import { formRefusal } from "../validate/validate.ts";
import { contentFilterWord, deniedTopicWord, emailsIn, mostTold } from "./findings.ts";

const entities =
  "ADDRESS AGE AWS_ACCESS_KEY AWS_SECRET_KEY CA_HEALTH_NUMBER CA_SOCIAL_INSURANCE_NUMBER CREDIT_DEBIT_CARD_CVV CREDIT_DEBIT_CARD_EXPIRY CREDIT_DEBIT_CARD_NUMBER DRIVER_ID EMAIL INTERNATIONAL_BANK_ACCOUNT_NUMBER IP_ADDRESS LICENSE_PLATE MAC_ADDRESS NAME PASSWORD PHONE PIN SWIFT_CODE UK_NATIONAL_HEALTH_SERVICE_NUMBER UK_NATIONAL_INSURANCE_NUMBER UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER URL USERNAME US_BANK_ACCOUNT_NUMBER US_BANK_ROUTING_NUMBER US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER US_PASSPORT_NUMBER US_SOCIAL_SECURITY_NUMBER VEHICLE_IDENTIFICATION_NUMBER";

function categories(most: number, ...names: string[]) {
  const category = structure({ category: oneOf(...names) }, ["category"]);
  return structure({ categories: listOf(category, { min: 1, max: most }) }, ["categories"]);
}

/** The body of InvokeGuardrailChecks. */
export const guardrailChecksShape = structure(
  {
    messages: listOf(
      structure(
        {
          role: oneOf("user", "assistant", "system"),
          content: listOf(union("GuardrailChecksContentBlock", { text: text({ min: 1 }) }), { min: 1 }),
        },
        ["role", "content"],
      ),
      { min: 1 },
    ),
    checks: structure({
      contentFilter: categories(5, "VIOLENCE", "HATE", "SEXUAL", "MISCONDUCT", "INSULTS"),
      promptAttack: categories(3, "JAILBREAK", "PROMPT_INJECTION", "PROMPT_LEAKAGE"),
      sensitiveInformation: structure(
        { entities: listOf(structure({ type: oneOf(...entities.split(" ")) }, ["type"]), { min: 1, max: 31 }) },
        ["entities"],
      ),
    }),
  },
  ["messages", "checks"],
);

interface ChecksBody {
  messages: { content: { text: string }[] }[];
  checks: {
    contentFilter?: { categories: { category: string }[] };
    promptAttack?: { categories: { category: string }[] };
    sensitiveInformation?: { entities: { type: string }[] };
  };
}

/** Answers with a score for each check that was asked for, or with AWS's refusal. */
export function guardrailChecks(body: unknown): { response: object } | { refusal: Refusal } {
  const fault = formRefusal(body, guardrailChecksShape);
  if (fault !== undefined) return { refusal: fault };
  // The shape was checked just above.
  const { messages, checks } = withoutNulls(body, guardrailChecksShape) as ChecksBody;
  if (Object.keys(checks).length === 0) return { refusal: invalid("At least one check must be provided in checks.") };
  const all = messages.flatMap(({ content }) => content.map(({ text: words }) => words)).join("\n");
  const scored = { contentFilter: contentFilterWord, promptAttack: deniedTopicWord } as const;
  const results: Record<string, object> = {};
  for (const name of ["contentFilter", "promptAttack"] as const) {
    const asked = checks[name];
    if (asked === undefined) continue;
    // The first category that is asked for is the one that the trigger word belongs to.
    results[name] = {
      results: asked.categories.map(({ category }, index) => ({
        category,
        severityScore: index === 0 && all.includes(scored[name]) ? 1 : 0,
      })),
    };
  }
  const wanted = checks.sensitiveInformation;
  if (wanted !== undefined) {
    const isAsked = wanted.entities.some(({ type }) => type === "EMAIL");
    const found = isAsked ? foundEmails(messages) : [];
    results["sensitiveInformation"] = { results: found.slice(0, mostTold), truncated: found.length > mostTold };
  }
  const usage = { textUnits: Math.ceil(lengthOf(all) / 1000) };
  const used = Object.fromEntries(Object.keys(results).map((name) => [name, usage]));
  return { response: { results, usage: used } };
}

function foundEmails(messages: ChecksBody["messages"]): object[] {
  return messages.flatMap(({ content }, messageIndex) =>
    content.flatMap(({ text: words }, contentIndex) =>
      emailsIn(words).map(({ at, email }) => ({
        type: "EMAIL",
        confidenceScore: 1,
        beginOffset: at,
        endOffset: at + email.length,
        messageIndex,
        contentIndex,
      })),
    ),
  );
}
