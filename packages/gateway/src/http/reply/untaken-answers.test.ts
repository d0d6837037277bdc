import { expect, it } from "vitest";
import { UntakenAnswers } from "./untaken-answers.ts";

interface Waiting {
  name: string;
  breakOff: (status: number) => void;
}

function waitingNamed(name: string, broken: string[]): Waiting {
  return { name, breakOff: () => broken.push(name) };
}

it("breaks the oldest off where more wait than may, and none that was taken", () => {
  const broken: string[] = [];
  const answers = new UntakenAnswers(2, 1_000);
  const first = waitingNamed("first", broken);
  answers.add(first, 0);
  answers.add(waitingNamed("second", broken), 10);
  answers.remove(first);
  answers.add(waitingNamed("third", broken), 5_000);
  expect(broken).toEqual([]);
  answers.add(waitingNamed("fourth", broken), 5_010);
  expect(broken).toEqual(["second"]);
});

it("breaks off nothing of what has just been given, however many there are, and all that is too much later", () => {
  const broken: string[] = [];
  const answers = new UntakenAnswers(2, 1_000);
  for (let index = 0; index < 10; index += 1) answers.add(waitingNamed(`${index}`, broken), index);
  expect(broken).toEqual([]);
  answers.add(waitingNamed("late", broken), 2_000);
  expect(broken).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8"]);
});
