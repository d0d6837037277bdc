/** What a prompt says, looked at when it is saved: what a call would be refused for is told then, with its path. */
import {
  AditError,
  checkChatRequest,
  converseFromChat,
  factsOfModel,
  mantlePlace,
  parseModelName,
  type JsonObject,
  type JsonValue,
} from "@adit/bedrock";
import { withPathRenamed } from "@adit/bedrock/gateway";
import { steersCall } from "../routing/request/keywords-params.ts";
import { checkSize } from "../terms/check-size.ts";
import type { PromptContent } from "./prompt.ts";
import { messagesIn, readyPrompt, type ReadyPrompt } from "./ready-prompt.ts";

/** Fields that the template makes. */
const ofTemplate = new Set(["messages", "prompt"]);
/** Stands for the messages while the rest is looked at. */
const anyMessage: JsonValue[] = [{ role: "user", content: "x" }];
/** Stands for the model where the caller is to name it. */
const anyModel = "any";

/** @throws AditError of status 400 whose path is the field's in the prompt. */
export function checkContent(content: PromptContent): ReadyPrompt {
  // Templates have a bound of their own.
  const { string: _template, ...beside } = content;
  checkSize(beside, "parameters");
  checkNames(content);
  const ready = readyPrompt(content);
  const model = ready.fields["model"];
  if (model !== undefined && (typeof model !== "string" || model.trim() === "")) {
    throw new AditError("invalid_request", "model must be a non-empty string.", { param: "model" });
  }
  checkFields(ready.fields, content);
  if (!content.isRaw) checkMessages(content.string, model ?? anyModel);
  return ready;
}

function checkNames({ parameters }: PromptContent): void {
  for (const name of Object.keys(parameters)) {
    const param = `parameters.${name.slice(0, 64)}`;
    if (ofTemplate.has(name)) {
      throw new AditError("unsupported_parameter", `${param} is what the template makes.`, {
        param,
        remedy: "Write the messages in string.",
      });
    }
    if (steersCall(name)) {
      throw new AditError(
        "unsupported_parameter",
        `${param} is none of a prompt's: it is a credential, or steers the call.`,
        {
          param,
          remedy: "Name a virtual key in the prompt, or send a config with the call.",
        },
      );
    }
  }
}

/** As a call of the model would have it, with a message that no model refuses. */
function checkFields(fields: JsonObject, content: PromptContent): void {
  try {
    const request = checkChatRequest({ model: anyModel, ...fields, messages: anyMessage });
    const model = bedrockModel(fields["model"]);
    if (model === undefined) return;
    converseFromChat(request, { model: factsOfModel(model), media: new Map(), anthropicBeta: [] });
  } catch (error) {
    if (!AditError.isInstance(error)) throw error;
    throw withPathRenamed(error, (path) => (isTopLevel(path, content) ? path : `parameters.${path}`));
  }
}

function isTopLevel(path: string, { parameters }: PromptContent): boolean {
  const name = /^[^.[]+/.exec(path)?.[0] ?? "";
  return !Object.hasOwn(parameters, name) || name === "model";
}

/** The id where the prompt itself says that it is Bedrock's, and that Converse has it; a virtual key may say otherwise. */
function bedrockModel(model: JsonValue | undefined): string | undefined {
  if (typeof model !== "string") return undefined;
  const { id, provider = "bedrock" } = parseModelName(model);
  return provider === "bedrock" && mantlePlace(id) === undefined ? id : undefined;
}

/** What stands in tags is not known yet: a fault there may be none. */
function checkMessages(text: string, model: string): void {
  const messages = messagesIn(text);
  if (messages === undefined) return;
  try {
    checkChatRequest({ model, messages });
  } catch (error) {
    if (!AditError.isInstance(error)) throw error;
    const found = error.param === undefined ? undefined : valueAt({ messages }, error.param);
    if (typeof found === "string" && found.includes("{{")) return;
    throw withPathRenamed(error, (path) => path.replace(/^messages/, "string"));
  }
}

/** The value at a path such as `messages[0].role`. */
function valueAt(value: JsonValue, path: string): JsonValue | undefined {
  const names = path.match(/[^.[\]]+/g) ?? [];
  return names.reduce<JsonValue | undefined>(
    (at, name) =>
      typeof at === "object" && at !== null && Object.hasOwn(at, name) ? (at as JsonObject)[name] : undefined,
    value,
  );
}
