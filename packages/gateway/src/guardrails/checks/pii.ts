/** Personal data: found, or taken out, by patterns and checksums. Names and addresses of places have no form and are not found. */
import { z } from "zod";
import { kind, turned, type Texts } from "../check.ts";
import { piiCategories, piiIn, type PiiCategory } from "./pii-patterns.ts";
import { plainText } from "./plain-text.ts";

/** Of Portkey's categories, those that only a model finds. */
const withoutForm = ["NAME", "LOCATION_ADDRESS"];

const category = z
  .string()
  .transform((name) => (name === "IBAN_CODE" ? "IBAN" : name))
  .pipe(
    z.enum(piiCategories, {
      error: ({ input }) =>
        withoutForm.includes(String(input))
          ? "is not found by patterns; use a guardrail of Bedrock's (bedrock.guard) for it"
          : `must be one of ${piiCategories.join(", ")}`,
    }),
  );

export const pii = kind(
  z.strictObject({
    categories: z.array(category).min(1).optional(),
    redact: z.boolean().optional(),
    not: z.boolean().optional(),
  }),
  ({ categories = piiCategories, redact, not }) => ({
    grasp: not === true && redact !== true ? "whole" : "piece",
    changes: redact === true,
    judge: (texts) => {
      const { counts, texts: changed } = redacted(texts, categories);
      const isFound = Object.keys(counts).length > 0;
      const data = {
        explanation: isFound ? "Personal data was found." : "No personal data was found.",
        detected: counts,
      };
      if (redact === true) return { verdict: true, data, ...(isFound && { texts: changed }) };
      return { verdict: turned(!isFound, not), data };
    },
  }),
);

function redacted(
  texts: Texts,
  categories: readonly PiiCategory[],
): { texts: string[]; counts: Record<string, number> } {
  const counts: Record<string, number> = {};
  const changed = texts.map((text) => {
    const plain = plainText(text);
    let done = "";
    let at = 0;
    for (const { category: found, start, end } of piiIn(plain.text, categories)) {
      counts[found] = (counts[found] ?? 0) + 1;
      done += `${text.slice(at, plain.placeOf(start))}[${found}]`;
      at = plain.placeOf(end);
    }
    return done + text.slice(at);
  });
  return { texts: changed, counts };
}
