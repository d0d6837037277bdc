/** A prompt of AWS's own prompt management in the place of messages. */
import { isJsonObject, type JsonObject } from "../../json.ts";
import { isPromptArn } from "../../models/model-arn.ts";

/** True where messages may be none: the model is a prompt, or variables of one are sent, whose ARN may stand behind another name. */
export function namesPrompt(request: JsonObject, model: string): boolean {
  return isPromptArn(model) || isJsonObject(request["promptVariables"] ?? request["prompt_variables"]);
}
