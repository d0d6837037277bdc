/** A native request in the making: what it leaves out, what it refuses, and the parts of Converse that families read alike. */
import type { ContentBlock, SystemContentBlock } from "../converse/content.ts";
import type { ConverseRequest } from "../converse/request.ts";
import { AditError } from "../errors/adit-error.ts";
import type { NativeRequestContext } from "./family.ts";

export class NativeDraft {
  /** The family in words, for messages: `Titan Text`. */
  readonly family: string;
  readonly #dropped = new Set<string>();

  constructor(family: string) {
    this.family = family;
  }

  /** Paths in the Converse request. */
  get dropped(): string[] {
    return [...this.#dropped];
  }

  /** Names what is left out or changed on purpose. */
  drop(path: string): void {
    this.#dropped.add(path);
  }

  /** What the family has no means for, and what would change the answer's meaning if it were left out. `what` is a plural or a mass. */
  unsupported(path: string, what: string): AditError {
    return new AditError("unsupported_parameter", `${path}: ${this.family} takes no ${what} under InvokeModel`, {
      param: path,
      remedy: "Leave it out, or let the model be called by Converse (without use_converse: false).",
    });
  }

  invalid(path: string, message: string): AditError {
    return new AditError("invalid_request", `${path}: ${message}`, { param: path });
  }
}

/** What is refused and left out alike wherever a body has no means of its own for a format of the answer. */
export function checkCommonFields(draft: NativeDraft, request: ConverseRequest, context: NativeRequestContext): void {
  if (request.outputConfig?.textFormat !== undefined) {
    throw draft.unsupported("outputConfig.textFormat", "schema for its answer");
  }
  if (request.outputConfig?.effort !== undefined) {
    draft.drop("outputConfig.effort");
  }
  checkFieldsOfConverse(draft, request, context);
}

/** What only Converse does, whatever the model. */
export function checkFieldsOfConverse(
  draft: NativeDraft,
  request: ConverseRequest,
  context: NativeRequestContext,
): void {
  if (request.promptVariables !== undefined) {
    throw draft.unsupported("promptVariables", "variables of a stored prompt");
  }
  if (context.stream && request.additionalModelResponseFieldPaths !== undefined) {
    draft.drop("additionalModelResponseFieldPaths");
  }
}

/** For a family without tools. */
export function refuseTools(draft: NativeDraft, request: ConverseRequest): void {
  if (request.toolConfig !== undefined) {
    throw draft.unsupported("toolConfig", "tools");
  }
}

/** Members of a content block in words. */
const blockWords: Readonly<Record<string, string>> = {
  image: "images",
  document: "documents",
  video: "video",
  audio: "audio",
  toolUse: "tool calls",
  toolResult: "tool results",
  guardContent: "guardContent",
  searchResult: "search results",
  toolAddition: "changes of the tools in the conversation",
  toolRemoval: "changes of the tools in the conversation",
};

/** Refuses a block of a kind that the family does not take. */
export function unsupportedBlock(
  draft: NativeDraft,
  block: ContentBlock | SystemContentBlock,
  path: string,
): AditError {
  const [kind = "content"] = Object.entries(block).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  return draft.unsupported(`${path}.${kind}`, blockWords[kind] ?? kind);
}

/** Between blocks that the caller wrote as separate ones. */
export const blockSeparator = "\n\n";

/** The system blocks as one text, empty where there is none. For a family that has no caching. */
export function systemText(draft: NativeDraft, system: readonly SystemContentBlock[] = []): string {
  return textsOf(draft, system, "system").join(blockSeparator);
}

/** The texts of a message as one. What a caller wrote in blocks of their own stays apart; an answer's blocks are pieces of one text. */
export function joinedTexts(role: string, texts: readonly string[]): string {
  return texts.join(role === "assistant" ? "" : blockSeparator);
}

/** The text of one message for a family that reads nothing but text. */
export function messageText(
  draft: NativeDraft,
  message: { role: string; content: readonly ContentBlock[] },
  path: string,
): string {
  return joinedTexts(message.role, textsOf(draft, message.content, `${path}.content`));
}

function textsOf(draft: NativeDraft, blocks: readonly (ContentBlock | SystemContentBlock)[], path: string): string[] {
  return blocks.flatMap((block: ContentBlock | SystemContentBlock, index) =>
    plainText(draft, block as ContentBlock, `${path}[${index}]`),
  );
}

/** The text of one block; none for what only hints (named), an error for what the family cannot take. */
export function plainText(draft: NativeDraft, block: ContentBlock, path: string): string[] {
  if (block.text !== undefined) {
    return [block.text];
  }
  if (block.citationsContent !== undefined) {
    if ((block.citationsContent.citations ?? []).length > 0) {
      draft.drop(`${path}.citationsContent.citations`);
    }
    return [(block.citationsContent.content ?? []).map((part) => part.text).join("")];
  }
  if (block.cachePoint !== undefined) {
    draft.drop(`${path}.cachePoint`);
    return [];
  }
  if (block.reasoningContent !== undefined) {
    // What a model thought is its own: another form of it would be read as the answer.
    draft.drop(`${path}.reasoningContent`);
    return [];
  }
  throw unsupportedBlock(draft, block, path);
}
