import { withTexts } from "../placed-text.ts";
import type { Judged } from "../run-hook.ts";
import { checkContext } from "./check-context.ts";

/** An answer that has no text yet. */
export function judgedAnswer(): Judged {
  return { body: {}, version: 0, textsOf: () => [], withTexts, contextOf: () => checkContext({ phase: "after" }) };
}
