/**
 * Every dialect with every family, whole and streamed: text, system prompt, tools, image, reasoning. What a pair can do is done; what it
 * cannot do is refused with a reason, or left out and named. The table in docs/matrix.md says which, and is what this test finds:
 * `npm run matrix` writes it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openHouse, type House } from "../support/house.ts";
import { readAnswer, type Answer } from "./answer.ts";
import {
  callersWords,
  canAsk,
  dialects,
  features,
  imageBytes,
  systemWords,
  toolName,
  type Dialect,
  type Feature,
} from "./ask.ts";
import { families } from "./families.ts";

let house: House;

beforeAll(async () => {
  house = await openHouse({ variables: { ADIT_AUTO_PROFILE: "off" } });
});

afterAll(() => house.close());

/**
 * `yes`; `named`: answered without it, which `x-adit-dropped` says; `refused`: a 400 with the reason; `whole`: the stream alone is refused,
 * by AWS, where its own dialect passes untouched.
 */
type Outcome = "yes" | "named" | "refused" | "whole";

/** What came of it, by family and dialect, then by feature. */
const outcomes = new Map<string, Map<Feature, Outcome>>();

describe.each(families)("%s", (family, model) => {
  describe.each(dialects.map((dialect) => [dialect.name, dialect] as const))("%s", (_name, dialect) => {
    it.each(features.filter((feature) => canAsk(dialect, feature)))("%s", async (feature) => {
      const whole = await outcomeOf(dialect, model, feature, false);
      const streamed = await outcomeOf(dialect, model, feature, true);
      const isAwsWord = dialect.name === "Converse" && whole === "yes" && streamed === "refused";
      expect(isAwsWord ? "yes" : streamed, "a stream does what a whole answer does").toBe(whole);
      const key = `${family}|${dialect.name}`;
      const found = outcomes.get(key) ?? new Map<Feature, Outcome>();
      outcomes.set(key, found.set(feature, isAwsWord ? "whole" : whole));
    });
  });
});

it("docs/matrix.md says what was found", () => {
  const page = path.resolve(import.meta.dirname, "../../docs/matrix.md");
  if (process.env["ADIT_WRITE_MATRIX"] === "1") writeFileSync(page, pageText());
  expect(readFileSync(page, "utf8")).toBe(pageText());
});

async function outcomeOf(dialect: Dialect, model: string, feature: Feature, stream: boolean): Promise<Outcome> {
  const reply = await house.post(dialect.path(model, stream), dialect.body(model, feature, stream));
  if (reply.status !== 200) return refusalIn(reply.status, await reply.text(), feature);
  const dropped = reply.headers.get("x-adit-dropped") ?? "";
  const answer = await readAnswer(reply);
  return hasIt(feature, answer) ? "yes" : namedIn(dropped, feature, answer);
}

/** A refusal has a reason that speaks of what was asked for, in the caller's words or in AWS's. */
function refusalIn(status: number, words: string, feature: Feature): Outcome {
  expect(status, words).toBe(400);
  expect(words).toMatch(reasons[feature]);
  return "refused";
}

function namedIn(dropped: string, feature: Feature, answer: Answer): Outcome {
  expect(dropped, `${feature} is neither there nor named: ${JSON.stringify(answer)}`).toMatch(names[feature]);
  return "named";
}

/** Whether the answer has it; of what only goes up, whether it arrived. */
function hasIt(feature: Feature, answer: Answer): boolean {
  const upstream = house.emulator.requests.at(-1)?.body.toString("utf8") ?? "";
  switch (feature) {
    case "text":
      return answer.text.includes(callersWords);
    case "system":
      return upstream.includes(systemWords);
    case "image":
      return upstream.includes(imageBytes);
    case "reasoning":
      return answer.reasoning !== "";
    case "tools":
      return answer.calls.some(({ name, input }) => name === toolName && isInput(input));
  }
}

function isInput(input: string): boolean {
  const value: unknown = JSON.parse(input);
  return typeof value === "object" && value !== null && "city" in value;
}

const reasons: Readonly<Record<Feature, RegExp>> = {
  text: /./,
  system: /system/i,
  tools: /tool/i,
  image: /image|media/i,
  reasoning: /thinking|reason|effort/i,
};

const names: Readonly<Record<Feature, RegExp>> = {
  text: /^$/,
  system: /system|messages|instructions/,
  tools: /tool/,
  image: /image|content/,
  reasoning: /thinking|reasoning/,
};

const signs: Readonly<Record<Outcome, string>> = {
  yes: "",
  named: " (named)",
  refused: " (refused)",
  whole: " (whole alone)",
};

function cell(family: string, dialect: string): string {
  const found = outcomes.get(`${family}|${dialect}`) ?? new Map<Feature, Outcome>();
  const words = features.flatMap((feature) => {
    const outcome = found.get(feature);
    return outcome === undefined ? [] : [`${feature}${signs[outcome]}`];
  });
  const isAll = [...found.values()].every((outcome) => outcome === "yes");
  return isAll && found.size > 1 ? "all" : words.join(", ");
}

function pageText(): string {
  const shown = dialects.map(({ name }) => name);
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    "# What works with what",
    "",
    "<!-- Written by `npm run matrix` from the test tests/matrix. -->",
    "",
    "Each dialect with each family, asked for a text, with a system prompt, with a tool, with an image, for reasoning; whole and as a stream, against the emulator. `all` is all of what the dialect can ask for. **named**: answered without it, and `x-adit-dropped` says so. **refused**: a 400 that says why, and nothing is sent where Adit knows it. **whole alone**: AWS does not stream it, and its own dialect passes untouched; the others stream it from the whole answer. Reasoning under Converse is each model's own field, and is not in that column.",
    "",
    row(["family", "model", ...shown]),
    row(["---", "---", ...shown.map(() => "---")]),
    ...families.map(([family, model]) => row([family, `\`${model}\``, ...shown.map((name) => cell(family, name))])),
    "",
  ].join("\n");
}
