/** Betas of Claude that open further members of the body. */
import type { NativeBody } from "../native-family.ts";

export type BetaFeature =
  | "computerUse"
  | "contextManagement"
  | "toolSearch"
  | "toolExamples"
  | "structuredOutputs"
  | "thinkingBinding";

/** Flags and what they open (Anthropic's pages of each beta). */
const features: readonly [RegExp, BetaFeature][] = [
  [/^computer-use-/, "computerUse"],
  [/^context-management-/, "contextManagement"],
  [/^tool-search-tool-/, "toolSearch"],
  [/^tool-examples-/, "toolExamples"],
  [/^structured-outputs-/, "structuredOutputs"],
  [/^thinking-binding-controls-/, "thinkingBinding"],
];

/** What the `anthropic_beta` of a body opens. */
export function betaFeatures(body: NativeBody): ReadonlySet<BetaFeature> {
  const flags: unknown = body["anthropic_beta"];
  const names = Array.isArray(flags) ? flags.filter((flag) => typeof flag === "string") : [];
  return new Set(features.filter(([form]) => names.some((name) => form.test(name))).map(([, feature]) => feature));
}
