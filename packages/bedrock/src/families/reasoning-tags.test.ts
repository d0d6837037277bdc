import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReasoningSplitter, type ReasoningTags } from "./reasoning-tags.ts";

const gptOss: ReasoningTags = { open: "<reasoning>", close: "</reasoning>", isOpenAtStart: false };
const r1: ReasoningTags = { open: "<think>", close: "</think>", isOpenAtStart: true };

type Pieces = ["text" | "reasoning", string][];

function split(tags: ReasoningTags, pieces: readonly string[]): Pieces {
  const given: Pieces = [];
  const splitter = new ReasoningSplitter(tags, {
    text: (text) => given.push(["text", text]),
    reasoning: ({ text }) => given.push(["reasoning", text]),
  });
  for (const piece of pieces) splitter.push(piece);
  splitter.end();
  return given;
}

/** Pieces of one kind that follow each other as one. */
function joined(pieces: Pieces): Pieces {
  return pieces.reduce<Pieces>((all, [kind, text]) => {
    const last = all.at(-1);
    if (last?.[0] === kind) last[1] += text;
    else all.push([kind, text]);
    return all;
  }, []);
}

/** Thinking and answer by regular expressions over the whole text. */
function oracle({ open, close, isOpenAtStart }: ReasoningTags, text: string): Pieces {
  const opening = new RegExp(`^\\s*${open}`);
  let rest = isOpenAtStart && !opening.test(text) ? open + text : text;
  let reasoning = "";
  while (opening.test(rest)) {
    rest = rest.replace(opening, "");
    const end = rest.indexOf(close);
    reasoning += rest.slice(0, end < 0 ? undefined : end);
    rest = end < 0 ? "" : rest.slice(end + close.length);
  }
  return [
    ...(reasoning === "" ? [] : [["reasoning", reasoning] satisfies Pieces[number]]),
    ...(rest === "" ? [] : [["text", rest] satisfies Pieces[number]]),
  ];
}

const fragment = fc.constantFrom(
  "<think>",
  "</think>",
  "<reasoning>",
  "</reasoning>",
  "<",
  "</",
  "</rea",
  "ink>",
  "a",
  "é\n",
  " ",
  "<thin",
);

describe("thinking in text", () => {
  it.each([
    [
      "gpt-oss: one pair",
      gptOss,
      "<reasoning>a b</reasoning>c",
      [
        ["reasoning", "a b"],
        ["text", "c"],
      ],
    ],
    [
      "gpt-oss: pairs that follow each other",
      gptOss,
      "<reasoning>a</reasoning><reasoning> b</reasoning>c",
      [
        ["reasoning", "a b"],
        ["text", "c"],
      ],
    ],
    [
      "gpt-oss: a tag inside the answer is text",
      gptOss,
      "use <reasoning>x</reasoning>",
      [["text", "use <reasoning>x</reasoning>"]],
    ],
    ["gpt-oss: never closed", gptOss, "<reasoning>a", [["reasoning", "a"]]],
    [
      "behind white space, which is the answer's where no tag follows",
      gptOss,
      "\n\n<reasoning>a</reasoning>\n <reasoning>b</reasoning>\n\nc",
      [
        ["reasoning", "ab"],
        ["text", "\n\nc"],
      ],
    ],
    ["white space alone", gptOss, " \n", [["text", " \n"]]],
    [
      "R1: the prompt has the opening tag",
      r1,
      "a\n</think>\n\nb </think>",
      [
        ["reasoning", "a\n"],
        ["text", "\n\nb </think>"],
      ],
    ],
    [
      "R1: the model writes it again",
      r1,
      "<think>a</think>b",
      [
        ["reasoning", "a"],
        ["text", "b"],
      ],
    ],
    ["R1: cut off while thinking", r1, "a </thi", [["reasoning", "a </thi"]]],
  ] as [string, ReasoningTags, string, Pieces][])("%s", (_name, tags, text, pieces) => {
    expect(joined(split(tags, [text]))).toEqual(pieces);
    expect(joined(split(tags, Array.from(text)))).toEqual(pieces);
  });

  it("is the same however the text is cut, and as regular expressions find it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(gptOss, r1),
        fc.array(fragment, { maxLength: 14 }),
        fc.array(fc.nat(40)),
        (tags, parts, cuts) => {
          const text = parts.join("");
          const places = [...new Set(cuts.filter((cut) => cut < text.length))].toSorted((one, other) => one - other);
          const pieces = [0, ...places].map((from, index) => text.slice(from, places[index] ?? text.length));
          expect(joined(split(tags, pieces))).toEqual(oracle(tags, text));
          expect(joined(split(tags, Array.from(text)))).toEqual(oracle(tags, text));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("does not hold back white space without an end", () => {
    const given: string[] = [];
    const to = {
      text: (text: string) => given.push(text),
      reasoning: ({ text }: { text: string }) => given.push(text),
    };
    const splitter = new ReasoningSplitter(gptOss, to);
    for (let count = 0; count < 100; count += 1) splitter.push("\n");
    expect(given.join("")).toBe("\n".repeat(100));
  });

  it("holds back nothing but what may be the beginning of a tag", () => {
    const given: string[] = [];
    const splitter = new ReasoningSplitter(r1, {
      text: (text) => given.push(text),
      reasoning: ({ text }) => given.push(text),
    });
    splitter.push("so </th");
    expect(given).toEqual(["so "]);
    splitter.push("is");
    expect(given).toEqual(["so ", "</this"]);
  });
});
