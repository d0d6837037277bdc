/** Names of tools that were made to be slow. What aliases are is tested with the tools. */
import { expect, it } from "vitest";
import { translate } from "../../openai-chat/testing/translate.ts";

/** FNV-1a from a state, so that names of one hash can be made: pairs of pieces that lead from one state to the same next. */
function fnv(state: number, text: string): number {
  let hash = state;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

function collidingPair(state: number): [string, string, number] {
  const seen = new Map<number, number>();
  const piece = (count: number): string => (Math.imul(count, 0x9e3779b1) >>> 0).toString(16).padStart(8, "0");
  for (let count = 0; ; count += 1) {
    const next = fnv(state, piece(count));
    const other = seen.get(next);
    if (other !== undefined) return [piece(other), piece(count), next];
    seen.set(next, count);
  }
}

/** 2 to the power of `pairs` names that share their start and their hash. */
function collidingNames(start: string, pairs: number): string[] {
  let names = [start];
  let state = fnv(0x811c9dc5, start);
  for (let pair = 0; pair < pairs; pair += 1) {
    const [one, other, next] = collidingPair(state);
    names = names.flatMap((name) => [name + one, name + other]);
    state = next;
  }
  return names;
}

// Tried one after the other, they would be hashed two million times, six thousand characters each.
it("gives 2,048 long names of one hash an alias each, in time", () => {
  const names = collidingNames("n".repeat(6_000), 11);
  expect(new Set(names.map((name) => fnv(0x811c9dc5, name))).size).toBe(1);
  const tools = names.map((name) => ({ type: "function", function: { name, parameters: { type: "object" } } }));
  const sent = translate({ tools }).request.toolConfig?.tools.map((tool) => tool.toolSpec?.name) ?? [];
  expect(new Set(sent).size).toBe(names.length);
  for (const name of sent) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
}, 60_000);

it("looks at no more of a very long name than it sends", () => {
  const name = "é".repeat(5_000_000);
  const sent = translate({ tools: [{ type: "function", function: { name, parameters: { type: "object" } } }] });
  expect(sent.request.toolConfig?.tools[0]?.toolSpec?.name).toMatch(/^_{55}_[0-9a-f]{8}$/);
});
