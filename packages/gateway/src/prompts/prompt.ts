import { isDeepStrictEqual } from "node:util";
import type { JsonObject, JsonValue } from "@adit/bedrock";

/** What a version of a prompt says. */
export interface PromptContent {
  /** The template: JSON text of messages, or the text of one message of the user. */
  string: string;
  /** True: the template is JSON only once it is filled; sections may hold whole messages. */
  isRaw: boolean;
  /** Parameters of chat completions. */
  parameters: JsonObject;
  /** `ID`, `@slug/ID` or any other of the spellings of docs/models.md. */
  model?: string | undefined;
  /** Slug of the virtual key that it is called by. */
  virtualKey?: string | undefined;
  tools?: JsonValue[] | undefined;
  functions?: JsonValue[] | undefined;
  toolChoice?: JsonObject | string | undefined;
  /** The owner's own notes. */
  metadata?: JsonObject | undefined;
}

/** As they are kept: members that are undefined are none, and their order says nothing. */
export function isSameContent(content: PromptContent, other: PromptContent): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(content)), JSON.parse(JSON.stringify(other)));
}

export interface Prompt {
  id: string;
  projectId: string;
  /** Unique in the project. */
  slug: string;
  name: string;
  collectionId: string | undefined;
  /** Number of the newest version. */
  currentVersion: number;
  /** Number of the version that counts where a call names none. */
  publishedVersion: number;
  createdAt: number;
  updatedAt: number;
}

/** A version is never changed. */
export interface PromptVersion {
  id: string;
  promptId: string;
  version: number;
  content: PromptContent;
  description: string | undefined;
  /** Who wrote it, as the audit log names them. */
  authorId: string | undefined;
  /** Those that point to it. */
  labels: readonly { id: string; name: string }[];
  createdAt: number;
}

export interface PromptInput {
  name: string;
  /** Made from the name where it is absent. */
  slug?: string | undefined;
  collectionId?: string | undefined;
  content: PromptContent;
  description?: string | undefined;
}

export interface PromptPatch {
  name?: string | undefined;
  collectionId?: string | null | undefined;
  /** Members that are to be different; another content is another version. */
  content?: Partial<PromptContent> | undefined;
  /** Of the new version. */
  description?: string | undefined;
}
