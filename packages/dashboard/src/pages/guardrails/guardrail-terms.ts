/** A guardrail as its form holds it. */
import type { Schemas } from "../../api/control.ts";
import { jsonOf } from "../../controls/forms/form-text.ts";

export interface CheckTerms {
  id: string;
  /** JSON. */
  parameters: string;
  isEnabled: boolean;
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
};

export const newTerms: GuardrailTerms = { name: "", checks: [firstCheck], verdict: "deny" };

export function termsOf({ name, checks, actions }: Schemas["Guardrail"]): GuardrailTerms {
  return {
    name,
    verdict: actions["deny"] === true ? "deny" : actions["async"] === true ? "note" : "tell",
    checks: checks.map(({ id, parameters, is_enabled }) => ({
      id: typeof id === "string" ? id : "",
      parameters: JSON.stringify(parameters ?? {}, undefined, 2),
      isEnabled: is_enabled !== false,
    })),
  };
}

/** Members of a check or of the actions that the form does not show stay as they were. @throws ApiError for parameters that are no JSON */
export function bodyOf(terms: GuardrailTerms, before?: Schemas["Guardrail"]) {
  const { deny: _deny, async: _async, ...otherActions } = before?.actions ?? {};
  return {
    name: terms.name,
    checks: terms.checks.map(({ id, parameters, isEnabled }, index) => {
      const { is_enabled: _isEnabled, ...same } = before?.checks.find((check) => check["id"] === id) ?? {};
      return {
        ...same,
        id: id.trim(),
        parameters: jsonOf(parameters, `Parameters of check ${index + 1}`) as Record<string, unknown>,
        ...(!isEnabled && { is_enabled: false }),
      };
    }),
    actions: {
      ...otherActions,
      deny: terms.verdict === "deny",
      ...(terms.verdict === "note" && { async: true }),
    },
  };
}
