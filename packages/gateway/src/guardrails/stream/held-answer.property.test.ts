/** A stream through its guardrails says what the whole answer through them would, however it is cut. */
import type { JsonObject, JsonValue } from "@adit/bedrock";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HeldAnswer } from "./held-answer.ts";
import { PieceJudge } from "./piece-judge.ts";
import { readHook } from "../read-hooks.ts";
import { streamFormOf, type StreamForm } from "./stream-forms.ts";
import { checkContext } from "../testing/check-context.ts";
import { judgedAnswer } from "../testing/judged-answer.ts";

const form = streamFormOf("converse") as StreamForm;

interface Streamed {
  sent: string;
  /** What had been sent when it was stopped. */
  isStopped: boolean;
}

/** Sends pieces of one text through the checks of one guardrail. */
function streamed(pieces: readonly string[], hook: JsonObject): Streamed {
  const hooks = [readHook(hook, { id: "test", path: [] })];
  const judged = judgedAnswer();
  const answer = new HeldAnswer(form, new PieceJudge(hooks, judged, () => 0));
  let sent = "";
  for (const text of pieces) {
    const json = { contentBlockIndex: 0, delta: { text } };
    const emit = (changed: JsonObject | undefined): void => {
      sent += ((changed ?? json)["delta"] as { text: string }).text;
    };
    if (answer.take({ json, again: () => json, bytes: 1, emit }) !== undefined) return { sent, isStopped: true };
  }
  answer.release(undefined);
  return { sent, isStopped: false };
}

/** Cuts a text at places that are drawn. */
function cut(text: string, places: readonly number[]): string[] {
  const at = [...new Set(places.map((place) => Math.floor(place * text.length)))].toSorted((one, other) => one - other);
  return [0, ...at].map((start, index) => text.slice(start, at[index] ?? text.length)).filter((piece) => piece !== "");
}

const secrets = ["4111 1111 1111 1111", "ann@example.com", "GB29 NWBK 6016 1331 9268 19", "219-09-9998"];
const places = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 0, maxLength: 400 });
const words = fc.array(fc.constantFrom("word", "and", "so", "on", "12", "a-b", "x."), { minLength: 0, maxLength: 200 });
const texts = fc
  .tuple(words, fc.constantFrom(...secrets), words, fc.constantFrom(...secrets), words)
  .map(([first, one, second, other, third]) => [...first, one, ...second, other, ...third].join(" "));

describe("however it is cut", () => {
  test("what is redacted whole is redacted in pieces", () => {
    const hook = { checks: [{ id: "default.pii", parameters: { redact: true, stream_window: 64 } }] };
    fc.assert(
      fc.property(texts, places, (text, cuts) => {
        const whole = streamed([text], hook).sent;
        for (const secret of secrets) expect(whole).not.toContain(secret);
        expect(streamed(cut(text, cuts), hook).sent).toBe(whole);
        expect(streamed(Array.from(text), hook).sent).toBe(whole);
      }),
      { numRuns: 60 },
    );
  });

  test("JSON stays JSON where bare numbers in it are redacted", () => {
    const card = 4_111_111_111_111_111;
    const values = fc.array(
      fc.constantFrom<JsonValue>(card, -card, 12, "word", `to "${card}", and so on`, `: ${card}, or`, [card, card], {
        a: card,
        b: [1],
      }),
      { maxLength: 60 },
    );
    for (const checks of [
      [{ id: "default.pii", parameters: { redact: true, stream_window: 64 } }],
      [{ id: "default.regexReplace", parameters: { rule: "\\d{16}", stream_window: 64 } }],
    ]) {
      fc.assert(
        fc.property(values, fc.constantFrom(undefined, 1), places, (list, indent, cuts) => {
          const text = JSON.stringify(list, undefined, indent);
          const whole = streamed([text], { checks }).sent;
          expect(whole).not.toContain(String(card));
          expect(JSON.parse(whole)).toHaveLength(list.length);
          expect(streamed(cut(text, cuts), { checks }).sent).toBe(whole);
          expect(streamed(Array.from(text), { checks }).sent).toBe(whole);
        }),
        { numRuns: 40 },
      );
    }
  });

  test("patterns of the user's own, with words' edges", () => {
    const parameters = { rule: "\\bsecret-\\d+\\b", redactText: "#", stream_window: 64 };
    const hook = { checks: [{ id: "default.regexReplace", parameters }] };
    const mixed = fc
      .array(fc.constantFrom("secret-1", "secret-12345", "secretive", "nosecret-1x", "word", "secret-"), {
        maxLength: 150,
      })
      .map((all) => all.join(" "));
    fc.assert(
      fc.property(mixed, places, (text, cuts) => {
        expect(streamed(cut(text, cuts), hook).sent).toBe(text.replaceAll(/\bsecret-\d+\b/g, "#"));
      }),
      { numRuns: 60 },
    );
  });

  test("a secret that ends a stream never begins to go out", () => {
    const hook = { deny: true, checks: [{ id: "default.pii", parameters: { stream_window: 64 } }] };
    fc.assert(
      fc.property(words, fc.constantFrom(...secrets), fc.integer({ min: 1, max: 40 }), (before, secret, size) => {
        const text = `${before.join(" ")} ${secret} ${"word ".repeat(40)}`;
        const pieces = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
        const { sent, isStopped } = streamed(pieces, hook);
        expect(isStopped).toBe(true);
        expect(sent).not.toContain(secret.slice(0, 7));
      }),
      { numRuns: 100 },
    );
  });

  test("what is said against nothing comes through in order and whole", () => {
    const hook = {
      deny: true,
      checks: [
        { id: "default.contains", parameters: { words: ["never"], operator: "none" } },
        { id: "default.pii", parameters: { redact: true } },
      ],
    };
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "grapheme", maxLength: 30 }), { maxLength: 100 }), (pieces) => {
        const plain = pieces.map((piece) => piece.replaceAll(/[\d@:]/g, "x"));
        expect(streamed(plain, hook)).toEqual({ sent: plain.join(""), isStopped: false });
      }),
    );
  });
});

describe("several texts at once", () => {
  const chat = streamFormOf("chatComplete") as StreamForm;
  const answerTo = (form: StreamForm, hook: JsonObject): HeldAnswer => {
    const hooks = [readHook(hook, { id: "test", path: [] })];
    const judged = judgedAnswer();
    return new HeldAnswer(form, new PieceJudge(hooks, judged, () => 0));
  };

  test("of choices that come by turns none lets a piece out of which the rest is to come", () => {
    const hook = { checks: [{ id: "default.pii", parameters: { redact: true, stream_window: 64 } }] };
    fc.assert(
      fc.property(texts, texts, places, places, (one, other, cutsOfOne, cutsOfOther) => {
        const queues = [cut(one, cutsOfOne), cut(other, cutsOfOther)];
        const answer = answerTo(chat, hook);
        const sent = ["", ""];
        for (let turn = 0; queues.some((queue) => queue.length > 0); turn += 1) {
          const index = turn % 2;
          const content = queues[index]?.shift();
          if (content === undefined) continue;
          const json = { choices: [{ index, delta: { content } }] };
          const emit = (changed: JsonObject | undefined): void => {
            sent[index] += ((changed ?? json) as typeof json).choices[0]?.delta.content ?? "";
          };
          answer.take({ json, again: () => json, bytes: 1, emit });
        }
        answer.release(undefined);
        expect(sent).toEqual([streamed([one], hook).sent, streamed([other], hook).sent]);
      }),
      { numRuns: 100 },
    );
  });

  test("what a block ends with is judged before the blocks behind it let it out", () => {
    const hook = { deny: true, checks: [{ id: "default.pii", parameters: { stream_window: 64 } }] };
    const answer = answerTo(form, hook);
    let sent = "";
    const events = [
      ...cut("Its number is 219-09-9998", [0.3, 0.7, 0.9]).map((text) => ({ contentBlockIndex: 0, delta: { text } })),
      { contentBlockIndex: 0 },
      ...Array.from({ length: 40 }, () => ({ contentBlockIndex: 1, delta: { text: "and so on " } })),
    ];
    const isStopped = events.some(
      (json) =>
        answer.take({ json, again: () => json, bytes: 1, emit: () => (sent += JSON.stringify(json)) }) !== undefined,
    );
    expect(isStopped).toBe(true);
    expect(sent).not.toContain("219");
  });
});

test("a match that does not end is not judged again with each of its words", () => {
  const hooks = [
    readHook({ checks: [{ id: "default.regexReplace", parameters: { rule: "\\d+" } }] }, { id: "test", path: [] }),
  ];
  let judgements = 0;
  const contextOf = () => {
    judgements += 1;
    return checkContext({ phase: "after" });
  };
  const answer = new HeldAnswer(form, new PieceJudge(hooks, { ...judgedAnswer(), contextOf }, () => 0));
  for (let count = 0; count < 10_000; count += 1) {
    const json = { contentBlockIndex: 0, delta: { text: "123" } };
    answer.take({ json, again: () => json, bytes: 1, emit: () => expect.unreachable() });
  }
  expect(judgements).toBeGreaterThan(0);
  expect(judgements).toBeLessThan(1_000);
});

test("a word that is only beginning is not judged too soon", () => {
  const parameters = { rule: "\\bcat\\b", not: true, stream_window: 64 };
  const hook = { deny: true, checks: [{ id: "default.regexMatch", parameters }] };
  const pieces = ["word ".repeat(20), "a cat", "egory", " is no animal ".repeat(10)];
  expect(streamed(pieces, hook)).toEqual({ sent: pieces.join(""), isStopped: false });
  expect(streamed(["word ".repeat(20), "a cat", " ran ", "word ".repeat(20)], hook).isStopped).toBe(true);
});

test("nor is one that the window's two edges make, each of another word", () => {
  const parameters = { rule: "\\bcat\\b", not: true, stream_window: 64 };
  const judged = judgedAnswer();
  const hooks = [
    readHook({ deny: true, checks: [{ id: "default.regexMatch", parameters }] }, { id: "test", path: [] }),
  ];
  const judge = new PieceJudge(hooks, judged, () => 0);
  const piece = { context: "scat ran ", isFromStart: false, isOver: false };
  expect(judge.refusal({ ...piece, pending: "to a cat" })).toBeUndefined();
  expect(judge.refusal({ ...piece, pending: "to a cat " })).toBeDefined();
});

test("an anchor means the answer's beginning and end, not a window's", () => {
  const parameters = { rule: "^word|secret$", not: true, stream_window: 64 };
  const hook = { deny: true, checks: [{ id: "default.regexMatch", parameters }] };
  const pieces = ["A ", ..."word secret ".repeat(60).match(/.{1,12}/g)!, "end"];
  expect(streamed(pieces, hook)).toEqual({ sent: pieces.join(""), isStopped: false });
});

describe("what waits behind a held text is not without end", () => {
  const hook = { deny: true, checks: [{ id: "default.contains", parameters: { words: ["never"], operator: "none" } }] };
  const judge = new PieceJudge([readHook(hook, { id: "test", path: [] })], judgedAnswer(), () => 0);
  const event = (delta: JsonObject): JsonObject => ({ choices: [{ index: 0, delta, finish_reason: null }] });
  const bytes = 1024 * 1024;

  /** How many such events are held behind a word, until no more are. */
  function heldBehind(json: JsonObject, bytes: number): number {
    const answer = new HeldAnswer(streamFormOf("chatComplete") as StreamForm, judge);
    const take = (each: JsonObject): unknown =>
      answer.take({ json: each, again: () => each, bytes, emit: () => expect.unreachable() });
    take(event({ content: "I call it." }));
    let count = 0;
    const takeAll = (): void => {
      for (; count < 1_000_000; count += 1) take(json);
    };
    expect(takeAll).toThrow("as long as its guardrails can be waited for");
    return count;
  }

  test("a tool's arguments, which are no text", () => {
    const tool = { tool_calls: [{ index: 0, function: { arguments: "a" } }] };
    expect(heldBehind(event(tool), bytes)).toBeLessThan(200);
  });

  test("events of nearly nothing, which take far more memory than they have bytes; those of a long answer are held", () => {
    const count = heldBehind({}, 9);
    expect(count).toBeGreaterThan(200_000);
    expect(count).toBeLessThan(600_000);
  });

  test("nor are the texts of an answer that goes out", () => {
    const answer = new HeldAnswer(streamFormOf("messages") as StreamForm, judge);
    const take = (index: number): void => {
      const json = {
        type: "content_block_delta",
        index,
        delta: { type: "text_delta", text: "some words ".repeat(4000) },
      };
      answer.take({ json, again: () => json, bytes: 1, emit: () => {} });
      const end = { type: "content_block_stop", index };
      answer.take({ json: end, again: () => end, bytes: 1, emit: () => {} });
    };
    expect(() => {
      for (let index = 0; index < 100_000; index += 1) take(index);
    }).toThrow("as long as its guardrails can be waited for");
  });

  test("what has gone out no longer counts", () => {
    const answer = new HeldAnswer(streamFormOf("chatComplete") as StreamForm, judge);
    let given = 0;
    const json = event({ content: "some words ".repeat(100) });
    for (let count = 0; count < 400; count += 1)
      answer.take({ json, again: () => json, bytes, emit: () => (given += 1) });
    expect(given).toBeGreaterThan(350);
  });
});

describe("an answer of very many pieces is judged in time in line with its length", () => {
  const pii = { checks: [{ id: "default.pii", parameters: { categories: ["EMAIL_ADDRESS"], redact: true } }] };
  const judgeOf = (hook: JsonObject): PieceJudge =>
    new PieceJudge([readHook(hook, { id: "test", path: [] })], judgedAnswer(), () => 0);

  test("of texts that never end, of which nothing can go", () => {
    const answer = new HeldAnswer(streamFormOf("chatComplete") as StreamForm, judgeOf(pii));
    let given = 0;
    for (let index = 0; index < 50_000; index += 1) {
      const json = { choices: [{ index, delta: { content: "a" }, finish_reason: null }] };
      answer.take({ json, again: () => json, bytes: 1, emit: () => (given += 1) });
    }
    answer.release(undefined);
    expect(given).toBe(50_000);
  }, 60_000);

  test("of texts that have ended, of which the next are cut", () => {
    const answer = new HeldAnswer(streamFormOf("messages") as StreamForm, judgeOf(pii));
    let given = 0;
    const take = (json: JsonObject): unknown =>
      answer.take({ json, again: () => json, bytes: 1, emit: () => (given += 1) });
    for (let index = 0; index < 50_000; index += 1) {
      take({ type: "content_block_delta", index, delta: { type: "text_delta", text: "a" } });
      take({ type: "content_block_stop", index });
    }
    answer.release(answer.texts);
    expect(given).toBe(100_000);
  }, 60_000);

  test("of one text of twenty megabytes", () => {
    const piece = "some words and a word ".repeat(46);
    expect(
      streamed(
        Array.from({ length: 20_000 }, () => piece),
        pii,
      ).sent,
    ).toHaveLength(20_000 * piece.length);
  }, 60_000);
});
