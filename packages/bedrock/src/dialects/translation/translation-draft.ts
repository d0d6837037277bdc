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
import { BuiltTexts } from "../../json-text/many-values.ts";
import type { ModelFacts } from "../../models/model-facts.ts";
import type { RequestContext, StructuredOutputMeans } from "./context.ts";
import { plainPath } from "../../plain-path.ts";
import type { DocumentNames } from "./media/document-names.ts";
import { FetchedUses } from "./media/fetched-uses.ts";
import { SchemaRoom } from "./tools/nova-schema.ts";
import { nothingStrict, type StrictCount } from "./tools/strict-room.ts";
import type { DialectTerms, Wishes } from "./wishes.ts";

export interface TranslationDraft {
  /** The caller's checked body; it is not changed. */
  readonly body: JsonObject;
  readonly wishes: Wishes;
  readonly terms: DialectTerms;
  readonly context: RequestContext;
  readonly fetchedUses: FetchedUses;
  readonly model: ModelFacts;
  readonly dropped: Set<string>;
  system: SystemContentBlock[] | undefined;
  readonly messages: Message[];
  /** By turn: the index of the caller's message that began it. */
  readonly origins: number[];
  /** The assistant's blocks of messages that joined a turn before them, with the index of theirs. */
  readonly joined: Map<ContentBlock, number>;
  tools: Tool[] | undefined;
  /** What of the caller's is strict. */
  strict: StrictCount;
  toolChoice: ToolChoice | undefined;
  /** Anthropic's own tools, and what must be called of them. They travel in additionalModelRequestFields. */
  builtInTools: JsonObject[] | undefined;
  builtInChoice: JsonObject | undefined;
  /** Instructions that Adit must add, after the caller's own. */
  readonly instructions: string[];
  /** The caller's own additionalModelRequestFields, but what has become a wish. */
  given: JsonObject | undefined;
  /** What goes there besides. */
  additional: JsonObject | undefined;
  /** Path of the field in which the caller said its wish for thinking, and the name under which Claude gets it. */
  thinkingPath: string;
  thinkingField: "thinking" | "reasoning_config";
  structuredOutput: StructuredOutputMeans | undefined;
  answerTool: string | undefined;
  /** True when a message calls a tool or brings a tool's result. */
  hasToolHistory: boolean;
  hasReasoning: boolean;
  /** True when a tool's result came after other content of its turn. */
  hasLateResults: boolean;
  /** Cache marks with the path that each came from. */
  cacheMarks: Map<CachePointBlock, string> | undefined;
  /** Names of documents in the request. */
  documentNames: DocumentNames | undefined;
  /** Caller's tool name -> name sent, for names that AWS would refuse. */
  toolAliases: ReadonlyMap<string, string> | undefined;
  readonly schemaRoom: SchemaRoom;
  /** Texts of JSON in the request that become values. */
  readonly builtTexts: BuiltTexts;
  /** Member of the body in hand: the list of messages, or that of the system prompt. */
  list: string;
  /** Index of the message in hand; -1 where the member is not a list. */
  messageIndex: number;
  /** Field of that message in hand; "" where the list holds the parts themselves. */
  field: string;
  /** Index of the part in hand; -1 when the content is a string. */
  partIndex: number;
  /** List inside that part which is in hand, such as a result's `content`; "" where there is none. */
  innerField: string;
  /** Index of the part in that list; -1 when it is a string. */
  innerIndex: number;
}

export function newDraft(
  body: JsonObject,
  wishes: Wishes,
  terms: DialectTerms,
  context: RequestContext,
): TranslationDraft {
  return {
    body,
    wishes,
    terms,
    context,
    fetchedUses: new FetchedUses(context.media),
    model: context.model,
    dropped: new Set(),
    system: undefined,
    messages: [],
    origins: [],
    joined: new Map(),
    tools: undefined,
    strict: nothingStrict,
    toolChoice: undefined,
    builtInTools: undefined,
    builtInChoice: undefined,
    instructions: [],
    given: undefined,
    additional: undefined,
    thinkingPath: terms.thinking,
    thinkingField: "thinking",
    structuredOutput: undefined,
    answerTool: undefined,
    hasToolHistory: false,
    hasReasoning: false,
    hasLateResults: false,
    cacheMarks: undefined,
    documentNames: undefined,
    toolAliases: undefined,
    schemaRoom: new SchemaRoom(),
    builtTexts: new BuiltTexts(),
    list: terms.messages,
    messageIndex: 0,
    field: "content",
    partIndex: -1,
    innerField: "",
    innerIndex: -1,
  };
}

/** Names what was left out or changed. */
export function drop(draft: TranslationDraft, path: string): void {
  draft.dropped.add(plainPath(path));
}

/** Path of the message in hand. */
export function messageHere(draft: TranslationDraft): string {
  return draft.messageIndex < 0 ? draft.list : `${draft.list}[${draft.messageIndex}]`;
}

/** Path of the part in hand. */
export function here(draft: TranslationDraft): string {
  const { field, partIndex, innerField, innerIndex } = draft;
  const holder = field === "" ? messageHere(draft) : `${messageHere(draft)}.${field}`;
  const part = partIndex < 0 ? holder : `${holder}[${partIndex}]`;
  if (innerField === "") {
    return part;
  }
  return innerIndex < 0 ? `${part}.${innerField}` : `${part}.${innerField}[${innerIndex}]`;
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

/** Adds the blocks of a message to the turn of its role. Those of the assistant are known by their message where another began the turn. */
export function addBlocks(draft: TranslationDraft, role: ConversationRole, blocks: readonly ContentBlock[]): void {
  const content = turnOf(draft, role);
  if (role === "assistant" && content.length > 0) {
    for (const block of blocks) {
      draft.joined.set(block, draft.messageIndex);
    }
  }
  pushAll(content, blocks);
}

/** Adds the blocks; a spread would overflow the stack at some hundred thousand. */
export function pushAll(content: ContentBlock[], blocks: readonly ContentBlock[]): void {
  for (const block of blocks) {
    content.push(block);
  }
}
