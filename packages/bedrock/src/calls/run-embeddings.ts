import type { EmbeddingAnswer } from "../embedding/embedding.ts";
import { readEmbeddings, type EmbeddingPlan, type InvokedEmbedding } from "../families/embeddings/plan.ts";
import type { JsonObject } from "../json.ts";

export interface RunEmbeddingsOptions {
  /** Calls that may be under way at once. Default 4. */
  concurrency?: number;
}

/**
 * Runs a plan: `invoke` makes one call of InvokeModel, of which at most `concurrency` are under way. Vectors come in the order of the
 * inputs. At the first failure no other call begins, those under way are aborted by their signal, and that failure is thrown.
 */
export async function runEmbeddings(
  plan: EmbeddingPlan,
  invoke: (body: JsonObject, signal: AbortSignal) => Promise<InvokedEmbedding>,
  options: RunEmbeddingsOptions = {},
): Promise<EmbeddingAnswer> {
  const { calls, format } = plan;
  const answers: ReturnType<typeof readEmbeddings>[] = [];
  const failed = new AbortController();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < calls.length && !failed.signal.aborted; index = next++) {
      const call = calls[index];
      if (call !== undefined) {
        answers[index] = readEmbeddings(await invoke(call.body, failed.signal), call, format);
      }
    }
  };
  const workers = Array.from({ length: Math.max(1, Math.min(options.concurrency ?? 4, calls.length)) }, work);
  try {
    await Promise.all(workers);
  } catch (error) {
    failed.abort(error);
    throw error;
  }
  const images = calls.reduce((sum, call) => sum + call.images, 0);
  const inputTokens = sumOf(answers.map((answer) => answer.inputTokens));
  const usage: EmbeddingAnswer["usage"] = {};
  if (inputTokens !== undefined) usage.inputTokens = inputTokens;
  if (images > 0) usage.images = images;
  return { vectors: answers.flatMap((answer) => answer.vectors), usage };
}

/** Unknown as soon as one is. */
function sumOf(counts: readonly (number | undefined)[]): number | undefined {
  return counts.reduce<number | undefined>(
    (sum, count) => (sum === undefined || count === undefined ? undefined : sum + count),
    0,
  );
}
