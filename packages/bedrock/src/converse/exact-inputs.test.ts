import { describe, expect, it } from "vitest";
import { exactInputsOf } from "./exact-inputs.ts";

describe("the arguments of an answer's calls as AWS wrote them", () => {
  const call = (id: string): string => `{"toolUse":{"toolUseId":"t","name":"f","input":{"id":${id}}}}`;
  const answer = `{"output":{"message":{"content":[{"text":"a"},${call("1")},${call("9007199254740993")}]}}}`;

  it("are read in one go for all calls, and not at all where none is asked for", () => {
    let reads = 0;
    const exactInput = exactInputsOf(() => {
      reads += 1;
      return answer;
    });
    expect(reads).toBe(0);
    expect([0, 1, 2, 3].map(exactInput)).toEqual([undefined, undefined, '{"id":9007199254740993}', undefined]);
    expect(reads).toBe(1);
  });

  it("are none where the text is not known", () => {
    expect(exactInputsOf(undefined)(0)).toBeUndefined();
  });
});
