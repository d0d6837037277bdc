/** Turns of Converse as messages of a chat body. */
import type { ContentBlock, ImageBlock, Message, ToolResultBlock, ToolResultContent } from "../../converse/content.ts";
import type { ConverseRequest } from "../../converse/request.ts";
import type { JsonObject } from "../../json.ts";
import type { ModelFacts } from "../../models/model-facts.ts";
import { blockSeparator, joinedTexts, type NativeDraft, plainText, systemText } from "../native-draft.ts";
import type { ChatStyle } from "./chat-style.ts";
import { nineCharacterIds } from "./nine-character-ids.ts";

/** The whole conversation. The order is OpenAI's: results of tools stand directly after their calls, then what the user says. */
export function chatMessages(
  draft: NativeDraft,
  request: ConverseRequest,
  model: ModelFacts,
  style: ChatStyle,
): JsonObject[] {
  const messages = request.messages ?? [];
  if (messages.length === 0) {
    throw draft.invalid("messages", "a conversation needs at least one message");
  }
  const ids = style.hasNineCharacterIds === true ? nineCharacterIds(toolIdsIn(messages)) : undefined;
  const turns = new TurnWriter(draft, model, ids);
  const system = systemText(draft, request.system);
  return [
    ...(system === "" ? [] : [{ role: "system", content: system }]),
    ...messages.flatMap((message, index) => turns.messagesFrom(message, `messages[${index}]`)),
  ];
}

function toolIdsIn(messages: readonly Message[]): string[] {
  return messages.flatMap(({ content }) =>
    content.flatMap(({ toolUse, toolResult }) => {
      const id = toolUse?.toolUseId ?? toolResult?.toolUseId;
      return id === undefined ? [] : [id];
    }),
  );
}

class TurnWriter {
  readonly #draft: NativeDraft;
  readonly #model: ModelFacts;
  readonly #ids: ReadonlyMap<string, string> | undefined;

  constructor(draft: NativeDraft, model: ModelFacts, ids: ReadonlyMap<string, string> | undefined) {
    this.#draft = draft;
    this.#model = model;
    this.#ids = ids;
  }

  messagesFrom({ role, content }: Message, path: string): JsonObject[] {
    switch (role) {
      case "assistant":
        return [this.#assistant(content, path)];
      case "user":
        return this.#user(content, path);
      case "system":
        return [{ role, content: this.#texts(role, content, path) }];
    }
  }

  #assistant(content: readonly ContentBlock[], path: string): JsonObject {
    const calls = content.flatMap(({ toolUse }, index): JsonObject[] => {
      if (toolUse === undefined) {
        return [];
      }
      const place = `${path}.content[${index}].toolUse`;
      if (toolUse.type === "server_tool_use") {
        throw this.#draft.unsupported(place, "calls of tools that AWS runs");
      }
      const { toolUseId, name, input } = toolUse;
      const id = this.#id(toolUseId, `${place}.toolUseId`);
      return [{ id, type: "function", function: { name, arguments: JSON.stringify(input) } }];
    });
    return {
      role: "assistant",
      content: this.#texts("assistant", content, path),
      ...(calls.length > 0 && { tool_calls: calls }),
    };
  }

  #user(content: readonly ContentBlock[], path: string): JsonObject[] {
    const results = content.flatMap(({ toolResult }, index) =>
      toolResult === undefined ? [] : [this.#result(toolResult, `${path}.content[${index}].toolResult`)],
    );
    const said = { role: "user", content: this.#userContent(content, path) };
    const saysNothing = results.length > 0 && content.every(isLeftOut);
    return saysNothing ? results : [...results, said];
  }

  /** A string wherever text is all: every family reads that. */
  #userContent(content: readonly ContentBlock[], path: string): JsonObject[] | string {
    if (!content.some(({ image }) => image !== undefined)) {
      return this.#texts("user", content, path);
    }
    return content.flatMap((block, index): JsonObject[] => {
      const place = `${path}.content[${index}]`;
      if (block.toolResult !== undefined) {
        return [];
      }
      return block.image === undefined
        ? plainText(this.#draft, block, place).map((text) => ({ type: "text", text }))
        : [this.#image(block.image, `${place}.image`)];
    });
  }

  #image({ format, source }: ImageBlock, path: string): JsonObject {
    if (!this.#model.can.images) {
      throw this.#draft.unsupported(path, "images for this model");
    }
    if (source.bytes === undefined) {
      throw this.#draft.unsupported(`${path}.source.s3Location`, "images in S3");
    }
    return { type: "image_url", image_url: { url: `data:image/${format};base64,${source.bytes}` } };
  }

  /** The text of a message, beside the calls of an assistant's and the results of a user's. */
  #texts(role: string, content: readonly ContentBlock[], path: string): string {
    const apart = role === "assistant" ? "toolUse" : role === "user" ? "toolResult" : undefined;
    const texts = content.flatMap((block, index) =>
      apart === undefined || block[apart] === undefined
        ? plainText(this.#draft, block, `${path}.content[${index}]`)
        : [],
    );
    return joinedTexts(role, texts);
  }

  #result({ toolUseId, content, status }: ToolResultBlock, path: string): JsonObject {
    if (status === "error") {
      // The text says what went wrong; there is no member to say that it did.
      this.#draft.drop(`${path}.status`);
    }
    const texts = content.map((part, index) => this.#resultText(part, `${path}.content[${index}]`));
    return {
      role: "tool",
      tool_call_id: this.#id(toolUseId, `${path}.toolUseId`),
      content: texts.join(blockSeparator),
    };
  }

  #resultText(part: ToolResultContent, path: string): string {
    if (part.text !== undefined) {
      return part.text;
    }
    if (part.json !== undefined) {
      return JSON.stringify(part.json);
    }
    const [kind = "content"] = Object.keys(part);
    throw this.#draft.unsupported(`${path}.${kind}`, `${kind} in results of tools`);
  }

  /** A changed id is named: it is the caller's in the request, and another at the model's. */
  #id(id: string, path: string): string {
    const sent = this.#ids?.get(id) ?? id;
    if (sent !== id) {
      this.#draft.drop(path);
    }
    return sent;
  }
}

/** True for a block of which nothing is left beside the results of tools. */
function isLeftOut(block: ContentBlock): boolean {
  return block.toolResult !== undefined || block.cachePoint !== undefined;
}
