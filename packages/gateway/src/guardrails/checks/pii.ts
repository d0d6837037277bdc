/** Personal data: found, or taken out, by patterns and checksums. Names and addresses of places have no form and are not found. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import { kind, turned, type Judgement, type Texts } from "../check.ts";
import { insteadIn, type JsonPlace } from "./json-number.ts";
import { piiCategories, piiIn, type Finding, type PiiCategory } from "./pii-patterns.ts";
import { plainText, type PlainText } from "./plain-text.ts";

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
    judge: (texts, { isAtOnce, jsonPlace }) => {
      const length = texts.reduce((sum, text) => sum + text.length, 0);
      const judged = (found: Redacted): Judgement => judgementOf(found, { redact, not });
      return length <= mostAtOnce || isAtOnce === true
        ? judged(redacted(texts, { categories, jsonPlace }))
        : redactedInTurns(texts, categories).then(judged);
    },
  }),
);

/** A longer text is read in pieces, between which others have their turn. */
const mostAtOnce = 100_000;
/** Longer than anything that is found, with what is looked at around it. */
const overlap = 512;

interface Redacted {
  texts: string[];
  counts: Record<string, number>;
}

function judgementOf(
  { counts, texts }: Redacted,
  { redact, not }: { redact: boolean | undefined; not: boolean | undefined },
): Judgement {
  const isFound = Object.keys(counts).length > 0;
  const data = {
    explanation: isFound ? "Personal data was found." : "No personal data was found.",
    detected: counts,
  };
  if (redact === true) return { verdict: true, data, ...(isFound && { texts }) };
  return { verdict: turned(!isFound, not), data };
}

interface Redaction {
  categories: readonly PiiCategory[];
  jsonPlace: JsonPlace | undefined;
}

function redacted(texts: Texts, { categories, jsonPlace }: Redaction): Redacted {
  const counts: Record<string, number> = {};
  const changed = texts.map((text) => {
    const plain = plainText(text);
    return written(text, plain, { findings: piiIn(plain.text, categories), counts, jsonPlace });
  });
  return { texts: changed, counts };
}

async function redactedInTurns(texts: Texts, categories: readonly PiiCategory[]): Promise<Redacted> {
  const counts: Record<string, number> = {};
  const changed: string[] = [];
  for (const text of texts) {
    const plain = plainText(text);
    const findings: Finding[] = [];
    for (let from = 0; from < plain.text.length; from += mostAtOnce) {
      const start = Math.max(0, from - overlap);
      const found = piiIn(plain.text.slice(start, from + mostAtOnce + overlap), categories).map(
        ({ category: name, ...span }) => ({ category: name, start: span.start + start, end: span.end + start }),
      );
      addFindings(findings, found, from);
      await nextTurn();
    }
    changed.push(written(text, plain, { findings, counts }));
  }
  return { texts: changed, counts };
}

/** Of the piece that begins at `from`: what begins before it was found with the one before, as far as that reached. */
function addFindings(findings: Finding[], found: readonly Finding[], from: number): void {
  for (const finding of found) {
    const last = findings.at(-1);
    if (last !== undefined && finding.start < last.end) last.end = Math.max(last.end, finding.end);
    else if (finding.start >= from && finding.start < from + mostAtOnce) findings.push(finding);
  }
}

interface Written {
  findings: readonly Finding[];
  counts: Record<string, number>;
  jsonPlace?: JsonPlace | undefined;
}

/** The text with what was found replaced by its category. */
function written(text: string, plain: PlainText, { findings, counts, jsonPlace }: Written): string {
  let done = "";
  let at = 0;
  const insteadOf = insteadIn(text, jsonPlace);
  for (const { category: found, start, end } of findings) {
    counts[found] = (counts[found] ?? 0) + 1;
    const place = { start: plain.placeOf(start), end: plain.placeOf(end) };
    const instead = insteadOf(place, `[${found}]`);
    done += text.slice(at, instead.start) + instead.words;
    at = place.end;
  }
  return done + text.slice(at);
}
