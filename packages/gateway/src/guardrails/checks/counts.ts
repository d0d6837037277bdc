/** How long a text is, in sentences, words or characters. Both bounds are included. */
import { z } from "zod";
import { kind, ofText, turned, type ReadyCheck } from "../check.ts";

const bound = z.number().min(0).optional();
const not = z.boolean().optional();

/** Portkey's defaults. */
const mostSentences = 99_999;
const mostWords = 99_999;
const mostCharacters = 9_999_999;

export const sentenceCount = kind(
  z.strictObject({ minSentences: bound, maxSentences: bound, not }),
  ({ minSentences = 0, maxSentences = mostSentences, not: isTurned }) =>
    counted("sentences", sentencesIn, { least: minSentences, most: maxSentences, not: isTurned }),
);

export const wordCount = kind(
  z.strictObject({ minWords: bound, maxWords: bound, not }),
  ({ minWords = 0, maxWords = mostWords, not: isTurned }) =>
    counted("words", wordsIn, { least: minWords, most: maxWords, not: isTurned }),
);

export const characterCount = kind(
  z.strictObject({ minCharacters: bound, maxCharacters: bound, not }),
  ({ minCharacters = 0, maxCharacters = mostCharacters, not: isTurned }) =>
    counted("characters", ({ length }) => length, { least: minCharacters, most: maxCharacters, not: isTurned }),
);

interface Bounds {
  least: number;
  most: number;
  not: boolean | undefined;
}

function counted(unit: string, count: (text: string) => number, { least, most, not: isTurned }: Bounds): ReadyCheck {
  return {
    grasp: "whole",
    judge: ofText((text) => {
      const found = count(text);
      const isWithin = found >= least && found <= most;
      return {
        verdict: turned(isWithin, isTurned),
        data: {
          explanation: `The text has ${found} ${unit}; ${least} to ${most} are ${isTurned === true ? "refused" : "allowed"}.`,
        },
      };
    }),
  };
}

/** Portkey counts the marks that end sentences. */
function sentencesIn(text: string): number {
  let count = 0;
  for (const character of text) if (character === "." || character === "!" || character === "?") count += 1;
  return count;
}

/** Counted one by one: a list of them would take many times the text's own memory. */
function wordsIn(text: string): number {
  const word = /\S+/g;
  let count = 0;
  while (word.test(text)) count += 1;
  return count;
}
