/** Words and letters: what a text contains, how it ends, in which case it is written. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import { holdsText } from "@adit/bedrock/gateway";
import { plainText } from "./plain-text.ts";
import { kind, ofText, turned, type CheckKind, type Judgement } from "../check.ts";

const operator = z.enum(["any", "all", "none"]).default("any");

export const contains = kind(
  z.strictObject({ words: z.array(z.string().min(1)).min(1).max(1_000), operator }),
  ({ words, operator: wanted }) => {
    // What must not be there is not there in disguise either.
    const plainly = (text: string): string => (wanted === "none" ? plainText(text).text : text);
    const looked = words.map((word): Word => ({ word, plain: plainly(word) }));
    return {
      grasp: wanted === "none" ? "piece" : "whole",
      judge: (texts, { isAtOnce }) => {
        const text = texts.filter((part) => part !== "").join("\n");
        const plainOne = plainly(text);
        const isThere = ({ word, plain }: Word): boolean => {
          if (holdsText(text, word)) return true;
          const isSame = plainOne === text && plain === word;
          return !isSame && plain !== "" && holdsText(plainOne, plain);
        };
        const judged = (found: number): Judgement => ({
          verdict: fits(wanted, found, words.length),
          data: { explanation: `${found} of ${words.length} words were found; wanted: ${wanted}.` },
        });
        if (isAtOnce === true || words.length * text.length <= mostAtOnce) return judged(looked.filter(isThere).length);
        return countInTurns(looked, isThere, Math.ceil(mostAtOnce / text.length)).then(judged);
      },
    };
  },
);

interface Word {
  word: string;
  /** Without what disguises it. */
  plain: string;
}

/** Characters that are looked through before others have their turn. */
const mostAtOnce = 20_000_000;

async function countInTurns(
  words: readonly Word[],
  isThere: (word: Word) => boolean,
  wordsOfTurn: number,
): Promise<number> {
  let found = 0;
  for (let from = 0; from < words.length; from += wordsOfTurn) {
    found += words.slice(from, from + wordsOfTurn).filter(isThere).length;
    await nextTurn();
  }
  return found;
}

/** Whether as many were found as the operator wants. */
export function fits(wanted: "any" | "all" | "none", found: number, all: number): boolean {
  switch (wanted) {
    case "any":
      return found > 0;
    case "all":
      return found === all;
    case "none":
      return found === 0;
  }
}

export const endsWith = kind(
  z.strictObject({ suffix: z.string().min(1), not: z.boolean().optional() }),
  ({ suffix, not }) => ({
    grasp: "whole",
    judge: ofText((text) => {
      // A full stop may follow the suffix, as Portkey allows.
      const isEnd = text.endsWith(suffix) || text.endsWith(`${suffix}.`);
      return {
        verdict: turned(isEnd, not),
        data: { explanation: `The text ${isEnd ? "ends" : "does not end"} with the suffix.` },
      };
    }),
  }),
);

export const alluppercase = inCase("upper", (text) => text.toUpperCase());
export const alllowercase = inCase("lower", (text) => text.toLowerCase());

function inCase(name: string, change: (text: string) => string): CheckKind {
  return kind(z.strictObject({ not: z.boolean().optional() }), ({ not }) => ({
    grasp: not === true ? "whole" : "piece",
    judge: ofText((text) => {
      const isSo = text === change(text);
      return {
        verdict: turned(isSo, not),
        data: { explanation: `The text is ${isSo ? "" : "not "}all in ${name} case.` },
      };
    }),
  }));
}

export const notNull = kind(z.strictObject({ not: z.boolean().optional() }), ({ not }) => ({
  grasp: "whole",
  judge: (texts) => {
    const isThere = texts.some((text) => text.trim() !== "");
    return { verdict: turned(isThere, not), data: { explanation: `There is ${isThere ? "a" : "no"} text.` } };
  },
}));
