import type { ConverseRequest } from "../../converse/request.ts";
import type { Family, NativeRequestContext } from "../family.ts";
import { inferenceFields, type InferenceNames } from "../inference-names.ts";
import { finishedBody } from "../native-body.ts";
import { checkCommonFields, NativeDraft, refuseTools } from "../native-draft.ts";

/** What a family with a prompt as its body makes of a request. */
export interface PromptForm {
  /** In words, for messages. */
  family: string;
  names: InferenceNames;
  /** The prompt, and the images where the family takes them beside it. */
  prompt(draft: NativeDraft, request: ConverseRequest, context: NativeRequestContext): PromptParts;
}

export interface PromptParts {
  prompt: string;
  /** Base64. */
  images?: string[];
}

/** The request of a family whose body is a prompt: it carries text alone, so tools and schemas are refused. */
export function promptRequest(form: PromptForm): Family["request"] {
  return (request, context) => {
    const draft = new NativeDraft(form.family);
    checkCommonFields(draft, request, context);
    refuseTools(draft, request);
    const { prompt, images = [] } = form.prompt(draft, request, context);
    const body = {
      prompt,
      ...(images.length > 0 && { images }),
      ...inferenceFields(draft, request, form.names),
    };
    return { body: finishedBody(body, request), dropped: draft.dropped };
  };
}
