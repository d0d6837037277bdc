/** What a translation has gathered so far, and where it stands. One per request, gone when the request is translated. */
import type {
  CachePointBlock,
  ContentBlock,
  ConversationRole,
  Message,
  SystemContentBlock,
} from "../../converse/content.ts";
import type { Tool, ToolChoice } from "../../converse/request.ts";
import type { JsonObject } from "../../json.ts";
import type { ModelFacts } from "../../models/model-facts.ts";
import type { ChatRequest } from "./chat-request.ts";
import type { RequestContext, StructuredOutputMeans } from "./context.ts";
import { plainPath } from "./plain-path.ts";

export interface TranslationDraft {
  readonly request: ChatRequest;
  readonly context: RequestContext;
  readonly model: ModelFacts;
  readonly dropped: Set<string>;
  system: SystemContentBlock[] | undefined;
  readonly messages: Message[];
  /** By turn: the index of the caller's message that began it. */
  readonly origins: number[];
  tools: Tool[] | undefined;
  toolChoice: ToolChoice | undefined;
  /** Anthropic's own tools, and what must be called of them. They travel in additionalModelRequestFields. */
  builtInTools: JsonObject[] | undefined;
  builtInChoice: JsonObject | undefined;
  /** Instructions that Adit must add, after the caller's own. */
  readonly instructions: string[];
  /** What goes to additionalModelRequestFields besides the caller's own. */
  additional: JsonObject | undefined;
  structuredOutput: StructuredOutputMeans | undefined;
  answerTool: string | undefined;
  /** True when a message calls a tool or brings a tool's result. */
  hasToolHistory: boolean;
  hasReasoning: boolean;
  /** Id given to the last `function_call`, OpenAI's older form, which has none. */
  functionCallId: string | undefined;
  /** True when a tool's result came after other content of its turn. */
  hasLateResults: boolean;
  /** Cache marks with the path that each came from. */
  cacheMarks: Map<CachePointBlock, string> | undefined;
  /** Names of documents in the request, with the number that the next of that name gets. */
  documentNames: Map<string, number> | undefined;
  /** Caller's tool name -> name sent, for names that AWS would refuse. */
  toolAliases: ReadonlyMap<string, string> | undefined;
  /** Index of the message in hand. */
  messageIndex: number;
  /** Field of that message in hand. */
  field: "content" | "content_blocks";
  /** Index of the part in hand; -1 when the content is a string. */
  partIndex: number;
}

export function newDraft(request: ChatRequest, context: RequestContext): TranslationDraft {
  return {
    request,
    context,
    model: context.model,
    dropped: new Set(),
    system: undefined,
    messages: [],
    origins: [],
    tools: undefined,
    toolChoice: undefined,
    builtInTools: undefined,
    builtInChoice: undefined,
    instructions: [],
    additional: undefined,
    structuredOutput: undefined,
    answerTool: undefined,
    hasToolHistory: false,
    hasReasoning: false,
    functionCallId: undefined,
    hasLateResults: false,
    cacheMarks: undefined,
    documentNames: undefined,
    toolAliases: undefined,
    messageIndex: 0,
    field: "content",
    partIndex: -1,
  };
}

/** Names what was left out or changed. */
export function drop(draft: TranslationDraft, path: string): void {
  draft.dropped.add(plainPath(path));
}

/** Path of the part in hand. */
export function here(draft: TranslationDraft): string {
  const part = draft.partIndex < 0 ? "" : `[${draft.partIndex}]`;
  return `messages[${draft.messageIndex}].${draft.field}${part}`;
}

/** Content of the last turn where it is of this role, else of a new one: turns of one role are merged, since AWS wants them to alternate. */
export function turnOf(draft: TranslationDraft, role: ConversationRole): ContentBlock[] {
  const last = draft.messages.at(-1);
  if (last !== undefined && last.role === role) {
    return last.content;
  }
  const content: ContentBlock[] = [];
  draft.messages.push({ role, content });
  draft.origins.push(draft.messageIndex);
  return content;
}

/** Sets a field of additionalModelRequestFields, by path. */
export function setAdditional(draft: TranslationDraft, path: readonly string[], value: JsonObject[string]): void {
  draft.additional ??= {};
  let holder: JsonObject = draft.additional;
  for (const key of path.slice(0, -1)) {
    const inner: JsonObject = { ...(holder[key] as JsonObject | undefined) };
    holder[key] = inner;
    holder = inner;
  }
  const last = path.at(-1);
  if (last !== undefined) {
    holder[last] = value;
  }
}

/** Adds the blocks; a spread would overflow the stack at some hundred thousand. */
export function pushAll(content: ContentBlock[], blocks: readonly ContentBlock[]): void {
  for (const block of blocks) {
    content.push(block);
  }
}
