/** The graphs of feedback. Pure. */
import type { Feedback } from "./feedback.ts";
import { ratio, type Figures } from "../analytics/graphs.ts";

/** Of the feedback of one step, or of the whole window; `modelsOf` gives the models that a trace asked. */
export type FeedbackGraph = (feedback: readonly Feedback[], modelsOf: (traceId: string) => Iterable<string>) => Figures;

function average(feedback: readonly Feedback[]): number {
  return ratio(
    feedback.reduce((sum, { value }) => sum + value, 0),
    feedback.length,
  );
}

function weighted(feedback: readonly Feedback[]): number {
  return ratio(
    feedback.reduce((sum, { value, weight }) => sum + value * weight, 0),
    feedback.reduce((sum, { weight }) => sum + weight, 0),
  );
}

function groupedBy<Key>(feedback: readonly Feedback[], keysOf: (one: Feedback) => Iterable<Key>): Map<Key, Feedback[]> {
  const groups = new Map<Key, Feedback[]>();
  for (const one of feedback) {
    for (const key of keysOf(one)) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [one]);
      else group.push(one);
    }
  }
  return groups;
}

/** By Portkey's names. */
export const feedbackGraphs: ReadonlyMap<string, FeedbackGraph> = new Map<string, FeedbackGraph>([
  ["feedbacks", (feedback) => ({ total: feedback.length, avg: average(feedback) })],
  ["feedbacks/score", scores],
  ["feedbacks/scores", scores],
  ["feedbacks/weighted", (feedback) => ({ avg: weighted(feedback), total: feedback.length })],
  [
    "feedbacks/ai-models",
    (feedback, modelsOf) => ({
      total: feedback.length,
      stats: [...groupedBy(feedback, ({ traceId }) => modelsOf(traceId))].map(([model, some]) => ({
        ai_model: model,
        total: some.length,
        avg: average(some),
        avg_weighted_feedback: weighted(some),
      })),
    }),
  ],
]);

function scores(feedback: readonly Feedback[]): Figures {
  const groups = [...groupedBy(feedback, ({ value }) => [value])].toSorted(([one], [other]) => one - other);
  return {
    total: feedback.length,
    avg: average(feedback),
    scores: groups.map(([score, some]) => ({ score, total: some.length })),
  };
}
