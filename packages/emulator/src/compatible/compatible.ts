/** What the compatible endpoints answer. */
import type { SharedState } from "../generate/respond.ts";
import type { ArrivedRequest } from "../server/arrived-request.ts";
import { jsonReply, type Reply } from "../server/reply.ts";
import { answerChat, type CompatibleCall } from "./chat.ts";
import { badRequest, errorReply } from "./errors.ts";
import { answerMessages, answerMessageTokens } from "./messages.ts";
import { modelAt, modelById, modelList } from "./models.ts";
import { answerResponses } from "./responses/responses.ts";
import { objectFrom, type CompatibleRoute } from "./routes.ts";

export function answerCompatible(
  route: CompatibleRoute,
  { request, region, account }: { request: ArrivedRequest; region: string; account: string },
  state: SharedState,
): Reply {
  const { surface, operation, modelId } = route;
  if (operation === "MantleListModels") return jsonReply(modelList());
  if (operation === "MantleGetModel") {
    const model = modelById(modelId ?? "");
    return "refusal" in model ? errorReply(surface, model.refusal) : jsonReply(model);
  }
  const body = objectFrom(request.body);
  if (body === undefined) return errorReply(surface, badRequest("The request body is not a JSON object."));
  if (modelId === undefined) return errorReply(surface, badRequest("model: Field required", "model"));
  const model = modelAt(route, modelId, region);
  if ("refusal" in model) return errorReply(surface, model.refusal);
  const call: CompatibleCall = { route, model, asker: { modelId, region, account }, body };
  switch (operation) {
    case "MantleChatCompletions":
      return answerChat(call, state);
    case "MantleResponses":
      return answerResponses(call, state);
    case "MantleMessages":
      return answerMessages(call, request.headers, state);
    case "MantleCountTokens":
      return answerMessageTokens(call, request.headers);
  }
}
