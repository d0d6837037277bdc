/** A guardrail as its form holds it. */
import type { Schemas } from "../../api/control.ts";
import { jsonOf } from "../../controls/forms/form-text.ts";

export interface CheckTerms {
  id: string;
  /** JSON. */
  parameters: string;
  isEnabled: boolean;
  /** Members beside these that the form does not show, such as `failOnError`. */
  others: Readonly<Record<string, unknown>>;
}

export type Verdict = "deny" | "tell" | "note";

export interface GuardrailTerms {
  name: string;
  checks: readonly CheckTerms[];
  verdict: Verdict;
}

export const firstCheck: CheckTerms = {
  id: "default.pii",
  parameters: '{\n  "categories": ["CREDIT_CARD"]\n}',
  isEnabled: true,
  others: {},
};

export const newTerms: GuardrailTerms = { name: "", checks: [firstCheck], verdict: "deny" };

type Guardrail = Pick<Schemas["Guardrail"], "name" | "checks" | "actions">;

export function termsOf({ name, checks, actions }: Guardrail): GuardrailTerms {
  return {
    name,
    verdict: actions["deny"] === true ? "deny" : actions["async"] === true ? "note" : "tell",
    checks: checks.map(({ id, parameters, is_enabled, isEnabled, ...others }) => ({
      id: typeof id === "string" ? id : "",
      parameters: JSON.stringify(parameters ?? {}, undefined, 2),
      // The gateway takes either spelling.
      isEnabled: (is_enabled ?? isEnabled) !== false,
      others,
    })),
  };
}

/** Members of a check or of the actions that the form does not show stay as they were. @throws ApiError for parameters that are no JSON */
export function bodyOf(terms: GuardrailTerms, before?: Guardrail) {
  const { deny: _deny, async: _async, ...otherActions } = before?.actions ?? {};
  return {
    name: terms.name,
    checks: terms.checks.map(({ id, parameters, isEnabled, others }, index) => ({
      ...others,
      id: id.trim(),
      parameters: jsonOf(parameters, `Parameters of check ${index + 1}`) as Record<string, unknown>,
      ...(!isEnabled && { is_enabled: false }),
    })),
    actions: {
      ...otherActions,
      deny: terms.verdict === "deny",
      ...(terms.verdict === "note" && { async: true }),
    },
  };
}
