import { expect, test, vi } from "vitest";
import { StoredAnswers, type StoredAnswer } from "./stored-answers.ts";

const answer = (text: string): StoredAnswer => ({ text, route: "converse", modelUsed: "m", dropped: [] });

test("an answer is there until its age ends", () => {
  let now = 0;
  const answers = new StoredAnswers(100_000, () => now);
  answers.keep("a", answer("one"), 1_000);
  expect(answers.find("a")?.text).toBe("one");
  now += 999;
  expect(answers.find("a")?.text).toBe("one");
  now += 1;
  expect(answers.find("a")).toBeUndefined();
  expect(answers.bytes).toBe(0);
});

test("who wants none as old gets none, and it stays for others", () => {
  let now = 0;
  const answers = new StoredAnswers(100_000, () => now);
  answers.keep("a", answer("one"), 10_000);
  now += 1_000;
  expect(answers.find("a", 1_000)).toBeUndefined();
  expect(answers.find("a", 1_001)?.text).toBe("one");
  expect(answers.find("a")?.text).toBe("one");
  answers.keep("a", answer("two"), 1_000);
  now += 8_999;
  expect(answers.find("a", 1_000)).toBeUndefined();
  expect(answers.find("a", 10_000)?.text).toBe("two");
  now += 1;
  expect(answers.find("a", 10_000)).toBeUndefined();
});

test("what was not asked for the longest leaves first, and the room is never exceeded", () => {
  const answers = new StoredAnswers(20_000);
  for (const key of ["a", "b", "c", "d"]) answers.keep(key, answer("x".repeat(1_900)), 1_000);
  answers.find("a");
  answers.keep("e", answer("x".repeat(1_900)), 1_000);
  expect(answers.bytes).toBeLessThanOrEqual(20_000);
  expect(["a", "b", "c", "d", "e"].filter((key) => answers.find(key) !== undefined)).toEqual(["a", "c", "d", "e"]);
});

test("an answer that would push out all others is not kept, and takes an earlier one's place away", () => {
  const answers = new StoredAnswers(20_000);
  answers.keep("a", answer("short"), 1_000);
  answers.keep("a", answer("x".repeat(2_001)), 1_000);
  expect(answers.find("a")).toBeUndefined();
  expect(answers.bytes).toBe(0);
});

test("keeping anew does not count twice", () => {
  const answers = new StoredAnswers(20_000);
  answers.keep("a", answer("one"), 1_000);
  const { bytes } = answers;
  answers.keep("a", answer("two"), 1_000);
  expect([answers.bytes, answers.find("a")?.text]).toEqual([bytes, "two"]);
});

test("a time of day that is set back makes no answer live longer", () => {
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  try {
    const answers = new StoredAnswers(100_000);
    answers.keep("a", answer("one"), 60_000);
    vi.setSystemTime(Date.now() - 3_600_000);
    vi.advanceTimersByTime(59_999);
    expect(answers.find("a")?.text).toBe("one");
    vi.advanceTimersByTime(1);
    expect(answers.find("a")).toBeUndefined();
  } finally {
    vi.useRealTimers();
  }
});
