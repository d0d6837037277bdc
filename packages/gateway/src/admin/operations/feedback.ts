/** `/v1/feedback`: what answers were worth, as Portkey's SDK says it. */
import { addFeedback, changeFeedback, findFeedback } from "../../ledger/feedback/feedback.ts";
import { callingModels, operation } from "../operation.ts";
import { feedbackCreate, feedbackSaved, feedbackUpdate } from "../schemas/feedback.ts";
import { inProject } from "../schemas/schema.ts";

const tag = "feedback";

const saved = (ids: readonly string[]): object => ({
  status: "success",
  success: true,
  message: "Feedback successfully saved",
  feedback_ids: ids,
});

export function feedbackOperations() {
  return [
    operation({
      id: "createFeedback",
      method: "POST",
      path: "/v1/feedback",
      tag,
      summary: "Say what the answers of a trace were worth: one feedback, or a list.",
      need: callingModels,
      query: inProject,
      body: feedbackCreate,
      takesList: true,
      answer: feedbackSaved,
      changes: false,
      isDoneOnce: true,
      run: async ({ body, parts, project, noteDone }) => {
        const ids = await addFeedback(parts.store, await project(), body, (writing, added) =>
          noteDone(writing, saved(added)),
        );
        return { body: saved(ids) };
      },
    }),
    operation({
      id: "updateFeedback",
      method: "PUT",
      path: "/v1/feedback/{feedback}",
      tag,
      summary: "Change a feedback.",
      need: callingModels,
      body: feedbackUpdate,
      answer: feedbackSaved,
      changes: false,
      run: async ({ body, parts, parameters, checkRight }) => {
        const { id, projectId } = await findFeedback(parts.store, parameters["feedback"] ?? "");
        checkRight(projectId);
        await changeFeedback(parts.store, id, body);
        return { body: saved([id]) };
      },
    }),
  ];
}
