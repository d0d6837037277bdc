/** Regular expressions of the user's own, by an engine that no text makes slow. */
import { z } from "zod";
import { compileFinder, matchesOf, type Finder, type Match } from "../../routing/conditions/pattern-finder.ts";
import { PatternTooSlow, type Patience } from "../../routing/conditions/pattern.ts";
import { PatternFault, type PatternFlag } from "../../routing/conditions/pattern-syntax.ts";
import { kind, turned, type Judgement, type Texts } from "../check.ts";
import { insteadIn, type JsonPlace } from "./json-number.ts";
import { plainText, type PlainText } from "./plain-text.ts";

/** Steps that one check may take: a tenth of a second of a small machine's, for which all others wait. */
const mostSteps = 3_000_000;

/** By how much all replacements together may make texts longer: a long text in the place of each letter of another would fill the memory. */
const mostGrowth = 16 * 1024 * 1024;

interface Rule {
  find: Finder;
  source: string;
}

function ruleBy(compile: (source: string) => Finder) {
  return z
    .string()
    .min(1)
    .transform((source, context): Rule => {
      try {
        return { find: compile(source), source };
      } catch (error) {
        if (!(error instanceof PatternFault)) throw error;
        context.issues.push({ code: "custom", input: undefined, message: error.message });
        return z.NEVER;
      }
    });
}

/** JavaScript's notation with flags. */
const literalForm = /^\/(.+)\/([dgimsuy]*)$/;
const flagsServed: readonly PatternFlag[] = ["i", "m", "s"];

/** As Portkey reads the pattern of this check alone: between slashes it has flags. All matches are meant, with `g` or without. */
function compileLiteral(rule: string): Finder {
  const [, source = rule, flags = ""] = literalForm.exec(rule) ?? [];
  const other = /[uy]/.exec(flags);
  if (other !== null) throw new PatternFault(`has the flag ${other[0]}, which is not supported`);
  if (new Set(flags).size < flags.length) throw new PatternFault("has a flag twice");
  const wanted = flagsServed.filter((flag) => flags.includes(flag));
  return compileFinder(source, wanted);
}

const redacted = "[REDACTED]";

/** Everything that no group begins with, then what does: `(`, and a name where it has one. */
const groupForm = /\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?<([^>]+)>|(?!\?))/gs;

/**
 * The first group of the pattern that the text would have JavaScript put in its place: what a group holds is not known here, and the model
 * would read `$1`. With no such group `$1` is a text in JavaScript too.
 */
function groupNamedIn(text: string, source: string): string | undefined {
  if (!text.includes("$")) return undefined;
  const groups = [...source.matchAll(groupForm)].filter(([begin]) => begin.startsWith("("));
  const names = groups.flatMap(([, name]) => name ?? []);
  // One by one: a list of all would take a hundred times the text's own memory.
  for (const [written, number = "", name = ""] of text.matchAll(/\$(?:\$|(\d{1,2})|<([^<>]*)>)/g)) {
    const isNumbered = [number, number.slice(0, 1)].some((each) => Number(each) > 0 && Number(each) <= groups.length);
    if (isNumbered || names.includes(name)) return written;
  }
  return undefined;
}

function checkReplacement(
  replacement: string | undefined,
  { rule, name, issues }: { rule: Rule; name: string; issues: z.core.$RefinementCtx["issues"] },
): void {
  const group = groupNamedIn(replacement ?? "", rule.source);
  if (group === undefined) return;
  const message = `names the group ${group} of the pattern, and groups are not put in: all that matches is replaced by one text`;
  issues.push({ code: "custom", input: undefined, path: [name], message });
}

export const regexMatch = kind(
  z
    .strictObject({
      rule: ruleBy((source) => compileFinder(source)),
      not: z.boolean().optional(),
      redact: z.boolean().optional(),
      replacement: z.string().optional(),
    })
    .superRefine(({ rule, replacement }, { issues }) =>
      checkReplacement(replacement, { rule, name: "replacement", issues }),
    ),
  ({ rule: { find }, not, redact, replacement = redacted }) => ({
    // That there is no match anywhere is known of a piece as soon as there is one; and what matches can be taken out of each.
    grasp: not === true || redact === true ? "piece" : "whole",
    changes: redact === true,
    judge: (texts, { patience, jsonPlace }) => {
      if (texts.every((text) => text === ""))
        return { verdict: false, data: null, error: "There is no text to judge." };
      const instead = redact === true ? replacement : undefined;
      return patiently(texts, { patience, instead }, (own) => {
        // What must be present is looked for as written, where a disguised form must not pass for it; and in the texts together, as Portkey joins
        // them, where one part that an anchored pattern matches would have all others pass with it.
        const isTaken = not === true || redact === true;
        const looked = isTaken ? texts : [texts.filter((text) => text !== "").join("\n")];
        const changed = replaced(find, looked, { replacement, patience: own, seesDisguise: isTaken, jsonPlace });
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
  z
    .strictObject({
      rule: ruleBy(compileLiteral),
      redactText: z.string().optional(),
      failOnDetection: z.boolean().optional(),
    })
    .superRefine(({ rule, redactText }, { issues }) =>
      checkReplacement(redactText, { rule, name: "redactText", issues }),
    ),
  ({ rule: { find }, redactText = redacted, failOnDetection }) => ({
    grasp: "piece",
    changes: true,
    judge: (texts, { patience, jsonPlace }) =>
      patiently(texts, { patience, instead: redactText }, (own) => {
        const { texts: changed, count } = replaced(find, texts, {
          replacement: redactText,
          patience: own,
          seesDisguise: true,
          jsonPlace,
        });
        const data = {
          explanation: count === 0 ? "The pattern matches nothing." : "What the pattern matches was replaced.",
        };
        return { verdict: !(failOnDetection === true && count > 0), data, ...(count > 0 && { texts: changed }) };
      }),
  }),
);

function replaced(find: Finder, texts: Texts, how: Replacing): { texts: string[]; count: number } {
  let count = 0;
  const own = { ...how, room: { characters: mostGrowth } };
  const changed = texts.map((text) => {
    const found = replacedIn(find, text, own);
    count += found.count;
    return found.text;
  });
  return { texts: changed, count };
}

interface Replacing {
  replacement: string;
  patience: Patience;
  seesDisguise: boolean;
  jsonPlace: JsonPlace | undefined;
}

function replacedIn(
  find: Finder,
  text: string,
  { replacement, patience, seesDisguise, jsonPlace, room }: Replacing & { room: { characters: number } },
): { text: string; count: number } {
  let count = 0;
  let done = "";
  let at = 0;
  const insteadOf = insteadIn(text, jsonPlace);
  for (const match of seesDisguise ? matchesIn(find, text, patience) : matchesOf(find, text, patience)) {
    count += 1;
    const { start, words } = insteadOf(match, replacement);
    done += text.slice(at, start) + words;
    room.characters -= words.length - (match.end - start);
    if (room.characters < 0) throw new PatternTooSlow();
    at = match.end;
  }
  return { text: done + text.slice(at), count };
}

/**
 * What matches in the text, and in the text without what hides letters from a reader's eye, such as marks without width in the middle of a
 * word. Both are looked for in what was given: in what has been replaced the pattern may match too.
 */
function matchesIn(find: Finder, text: string, patience: Patience): Iterable<Match> {
  const asWritten = matchesOf(find, text, patience);
  const plain = plainText(text);
  return plain.text === text ? asWritten : together(asWritten, inPlaces(matchesOf(find, plain.text, patience), plain));
}

function* inPlaces(matches: Iterable<Match>, plain: PlainText): Generator<Match, void, void> {
  for (const { start, end } of matches) yield { start: plain.placeOf(start), end: plain.placeOf(end) };
}

/** Two rows in the text's order as one: what overlaps, or begins at one place, is one match. */
function* together(some: Iterator<Match, void>, others: Iterator<Match, void>): Generator<Match, void, void> {
  let last: Match | undefined;
  let [one, other] = [some.next(), others.next()];
  while (one.done !== true || other.done !== true) {
    let next: Match;
    if (one.done !== true && (other.done === true || one.value.start <= other.value.start)) {
      next = one.value;
      one = some.next();
    } else if (other.done !== true) {
      next = other.value;
      other = others.next();
    } else break;
    if (last !== undefined && (next.start < last.end || next.start === last.start)) {
      last = { start: last.start, end: Math.max(last.end, next.end) };
    } else {
      if (last !== undefined) yield last;
      last = next;
    }
  }
  if (last !== undefined) yield last;
}

interface Patiently {
  patience: Patience;
  /** What each text becomes of which it cannot be said what is to be taken out; undefined for a check that takes out nothing. */
  instead: string | undefined;
}

/**
 * A text that is too long for its pattern fails, and none of it is let through: else that would be the way around the check. What is used is
 * taken from the patience of all.
 */
function patiently(
  texts: Texts,
  { patience: shared, instead }: Patiently,
  judge: (own: Patience) => Judgement,
): Judgement {
  const allowed = Math.max(0, Math.min(mostSteps, shared.steps));
  const own = { steps: allowed };
  try {
    return judge(own);
  } catch (error) {
    if (!(error instanceof PatternTooSlow)) throw error;
    const data = { explanation: "The text is too long for the pattern: it was not let through." };
    if (instead === undefined) return { verdict: false, data };
    const fitting = instead.length * texts.length > mostGrowth ? redacted : instead;
    return { verdict: false, data, texts: texts.map(() => fitting) };
  } finally {
    shared.steps -= allowed - Math.max(0, own.steps);
  }
}
