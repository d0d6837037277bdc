/** Regular expressions of the user's own, by an engine that no text makes slow. */
import { z } from "zod";
import { compileFinder, matchesOf, type Finder } from "../../routing/conditions/pattern-finder.ts";
import { PatternTooSlow, type Patience } from "../../routing/conditions/pattern.ts";
import { PatternFault } from "../../routing/conditions/pattern-syntax.ts";
import { kind, turned, type Judgement, type Texts } from "../check.ts";

/** Steps that one check may take: a tenth of a second of a small machine's, for which all others wait. */
const mostSteps = 3_000_000;

const rule = z
  .string()
  .min(1)
  .transform((source, context): { source: string; find: Finder } => {
    try {
      return { source, find: compileFinder(source) };
    } catch (error) {
      if (!(error instanceof PatternFault)) throw error;
      context.issues.push({ code: "custom", input: undefined, message: error.message });
      return z.NEVER;
    }
  });

const redacted = "[REDACTED]";

export const regexMatch = kind(
  z.strictObject({
    rule,
    not: z.boolean().optional(),
    redact: z.boolean().optional(),
    replacement: z.string().optional(),
  }),
  ({ rule: { find }, not, redact, replacement = redacted }) => ({
    // That there is no match anywhere is known of a piece as soon as there is one; and what matches can be taken out of each.
    grasp: not === true || redact === true ? "piece" : "whole",
    changes: redact === true,
    judge: (texts, { patience }) => {
      if (texts.every((text) => text === ""))
        return { verdict: false, data: null, error: "There is no text to judge." };
      return patiently(patience, (own) => {
        const changed = replaced(find, texts, { replacement, patience: own });
        const isFound = changed.count > 0;
        const data = {
          explanation: `The pattern ${isFound ? "matches" : "does not match"} the text.`,
          not: not === true,
        };
        if (redact === true && isFound) return { verdict: true, data, texts: changed.texts };
        return { verdict: turned(isFound, not), data };
      });
    },
  }),
);

export const regexReplace = kind(
  z.strictObject({ rule, redactText: z.string().optional(), failOnDetection: z.boolean().optional() }),
  ({ rule: { find }, redactText = redacted, failOnDetection }) => ({
    grasp: "piece",
    changes: true,
    judge: (texts, { patience }) =>
      patiently(patience, (own) => {
        const { texts: changed, count } = replaced(find, texts, { replacement: redactText, patience: own });
        const data = {
          explanation: count === 0 ? "The pattern matches nothing." : "What the pattern matches was replaced.",
        };
        return { verdict: !(failOnDetection === true && count > 0), data, ...(count > 0 && { texts: changed }) };
      }),
  }),
);

function replaced(
  find: Finder,
  texts: Texts,
  { replacement, patience }: { replacement: string; patience: Patience },
): { texts: string[]; count: number } {
  let count = 0;
  const changed = texts.map((text) => {
    let done = "";
    let at = 0;
    for (const { start, end } of matchesOf(find, text, patience)) {
      count += 1;
      done += text.slice(at, start) + replacement;
      at = end;
    }
    return done + text.slice(at);
  });
  return { texts: changed, count };
}

/** A text that is too long for its pattern fails: else it would be the way around the check. What is used is taken from `shared`. */
function patiently(shared: Patience, judge: (own: Patience) => Judgement): Judgement {
  const allowed = Math.max(0, Math.min(mostSteps, shared.steps));
  const own = { steps: allowed };
  try {
    return judge(own);
  } catch (error) {
    if (!(error instanceof PatternTooSlow)) throw error;
    return { verdict: false, data: { explanation: "The text is too long for the pattern: it was not let through." } };
  } finally {
    shared.steps -= allowed - Math.max(0, own.steps);
  }
}
