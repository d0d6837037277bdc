import fc from "fast-check";
import { expect, test } from "vitest";
import { Roster, type OnRoster } from "./roster.ts";

test("holds what a Set would, whatever enters and leaves", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(12))), (steps) => {
      const members = Array.from({ length: 13 }, (): OnRoster => ({ rosterPlace: -1 }));
      const roster = new Roster<OnRoster>();
      const expected = new Set<OnRoster>();
      for (const [enters, index] of steps) {
        const member = members[index]!;
        if (enters) roster.add(member);
        else roster.remove(member);
        if (enters) expected.add(member);
        else expected.delete(member);
      }
      const visited: OnRoster[] = [];
      roster.forEach((member) => visited.push(member));
      expect(new Set(visited)).toEqual(expected);
      expect(visited).toHaveLength(expected.size);
      expect(roster.size).toBe(expected.size);
    }),
  );
});

test("members may leave while they are visited", () => {
  const roster = new Roster<OnRoster>();
  const members = Array.from({ length: 5 }, (): OnRoster => ({ rosterPlace: -1 }));
  for (const member of members) roster.add(member);
  let visits = 0;
  roster.forEach((member) => {
    visits += 1;
    roster.remove(member);
  });
  expect([visits, roster.size]).toEqual([5, 0]);
});
