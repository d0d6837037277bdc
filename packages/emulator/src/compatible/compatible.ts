/** What the compatible endpoints answer. */
import type { SharedState } from "../generate/respond.ts";
import type { ArrivedRequest } from "../server/arrived-request.ts";
import { jsonReply, type Reply } from "../server/reply.ts";
import { isDeeperThan, isRecord } from "../validate/read-shape.ts";
import { answerChat, type CompatibleCall } from "./chat.ts";
import { badRequest, errorReply } from "./errors.ts";
import { answerMessages, answerMessageTokens } from "./messages.ts";
import { modelAt, modelById, modelList } from "./models.ts";
import { answerResponses } from "./responses/responses.ts";
import type { CompatibleRoute } from "./routes.ts";

/** Far beyond any conversation; what is deeper could not be walked. */
const deepestBody = 500;

export function answerCompatible(
  route: CompatibleRoute,
  { request, region, account }: { request: ArrivedRequest; region: string; account: string },
  state: SharedState,
): Reply {
  const { surface, operation, modelId } = route;
  if (operation === "MantleListModels") return jsonReply(modelList());
  if (operation === "MantleGetModel") {
    const model = modelById(modelId);
    return "refusal" in model ? errorReply(surface, model.refusal) : jsonReply(model);
  }
  const body = objectFrom(request.body);
  if (body === undefined) return errorReply(surface, badRequest("The request body is not a JSON object."));
  if (typeof body["model"] !== "string") return errorReply(surface, badRequest("model: Field required", "model"));
  const model = modelAt(route, region);
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

function objectFrom(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(bytes.toString("utf8")) as unknown;
    return isRecord(value) && !isDeeperThan(value, deepestBody) ? value : undefined;
  } catch {
    return undefined;
  }
}
