import { describe, expect, it } from "vitest";
import { runEmbeddings } from "./run-embeddings.ts";
import type { EmbeddingPlan, InvokedEmbedding } from "../families/embeddings/plan.ts";

function planOf(count: number): EmbeddingPlan {
  const calls = Array.from({ length: count }, (_, index) => ({
    body: { inputText: String(index) },
    vectors: 1,
    images: 0,
  }));
  return { calls, dropped: [], format: "titan-text" };
}

const answer = (text: unknown, inputTokens?: number): InvokedEmbedding => ({
  body: { embedding: [Number(text)] },
  counts: inputTokens === undefined ? {} : { inputTokens },
});

describe("running a plan", () => {
  it("keeps the order of the inputs, whichever call answers first, and adds the tokens up", async () => {
    let underWay = 0;
    let most = 0;
    const result = await runEmbeddings(
      planOf(20),
      async ({ inputText }) => {
        underWay += 1;
        most = Math.max(most, underWay);
        // Later calls answer sooner.
        for (let turn = 0; turn < 25 - Number(inputText); turn += 1) await Promise.resolve();
        underWay -= 1;
        return answer(inputText, 2);
      },
      { concurrency: 3 },
    );
    expect(result.vectors).toEqual(Array.from({ length: 20 }, (_, index) => [index]));
    expect(result.usage).toEqual({ inputTokens: 40 });
    expect(most).toBe(3);
  });

  it("does not know the tokens as soon as one call does not tell", async () => {
    const result = await runEmbeddings(planOf(3), ({ inputText }) =>
      Promise.resolve(answer(inputText, inputText === "1" ? undefined : 2)),
    );
    expect(result.usage).toEqual({});
  });

  it("counts images", async () => {
    const plan = planOf(2);
    const calls = plan.calls.map((call) => ({ ...call, images: 1 }));
    const result = await runEmbeddings({ ...plan, calls }, () => Promise.resolve(answer(1, 0)));
    expect(result.usage).toEqual({ inputTokens: 0, images: 2 });
  });

  it("throws the first failure, aborts what is under way, and begins nothing more", async () => {
    const begun: unknown[] = [];
    const aborted: unknown[] = [];
    const failure = new Error("throttled");
    const running = runEmbeddings(
      planOf(10),
      ({ inputText }, signal) => {
        begun.push(inputText);
        if (inputText === "1") return Promise.reject(failure);
        return new Promise((_, reject) => {
          signal.addEventListener("abort", () => {
            aborted.push(inputText);
            reject(signal.reason as Error);
          });
        });
      },
      { concurrency: 3 },
    );
    await expect(running).rejects.toBe(failure);
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toEqual(["0", "1", "2"]);
    expect(aborted).toEqual(["0", "2"]);
  });

  it("takes an answer without a vector for a failure too", async () => {
    const running = runEmbeddings(planOf(2), () => Promise.resolve({ body: {}, counts: {} }));
    await expect(running).rejects.toMatchObject({ code: "empty_output" });
  });
});
