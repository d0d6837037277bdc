/**
 * Content blocks of Converse, as wire types: blobs are base64 strings, as in the JSON.
 * Source: AWS's service model of bedrock-runtime (2026-08-07) and recorded traffic.
 */
import type { JsonValue } from "../json.ts";
import type { OneOf } from "./one-of.ts";

export type ImageFormat = "png" | "jpeg" | "gif" | "webp";
export type DocumentFormat = "pdf" | "csv" | "doc" | "docx" | "xls" | "xlsx" | "html" | "txt" | "md";
export type VideoFormat = "mkv" | "mov" | "mp4" | "webm" | "flv" | "mpeg" | "mpg" | "wmv" | "three_gp";
export type AudioFormat =
  | "mp3"
  | "opus"
  | "wav"
  | "aac"
  | "flac"
  | "mp4"
  | "ogg"
  | "mkv"
  | "mka"
  | "x-aac"
  | "m4a"
  | "mpeg"
  | "mpga"
  | "pcm"
  | "webm";

/** A place in Amazon S3. */
export interface S3Location {
  uri: string;
  /** 12 digits; needed when the bucket belongs to another account. */
  bucketOwner?: string;
}

/** Bytes as base64, or a place in S3. */
export type MediaSource = OneOf<{ bytes: string; s3Location: S3Location }>;

export interface ImageBlock {
  format: ImageFormat;
  source: MediaSource;
  /** Only in replies. */
  error?: { message?: string };
}

export interface DocumentBlock {
  /** 1 to 200 characters: letters, digits, single spaces, `-()[]`; unique in the whole request. */
  name: string;
  format?: DocumentFormat;
  source: OneOf<{ bytes: string; s3Location: S3Location; text: string; content: { text: string }[] }>;
  context?: string;
  citations?: { enabled: boolean };
}

export interface VideoBlock {
  format: VideoFormat;
  source: MediaSource;
}

export interface AudioBlock {
  format: AudioFormat;
  source: MediaSource;
  /** Only in replies. */
  error?: { message?: string };
}

export interface SearchResultBlock {
  source: string;
  title: string;
  content: { text: string }[];
  citations?: { enabled: boolean };
}

export interface ToolUseBlock {
  /** 1 to 64 of `[a-zA-Z0-9_.:-]`. */
  toolUseId: string;
  /** 1 to 64 of `[a-zA-Z0-9_-]`. */
  name: string;
  input: JsonValue;
  /** `server_tool_use` for tools that AWS runs itself; replies also carry `tool_use`, which must not be sent back. */
  type?: string;
}

export type ToolResultContent = OneOf<{
  json: JsonValue;
  text: string;
  image: ImageBlock;
  document: DocumentBlock;
  video: VideoBlock;
  searchResult: SearchResultBlock;
}>;

export interface ToolResultBlock {
  toolUseId: string;
  content: ToolResultContent[];
  status?: "success" | "error";
  type?: string;
}

export type GuardContentBlock = OneOf<{
  text: { text: string; qualifiers?: ("grounding_source" | "query" | "guard_content")[] };
  image: { format: "png" | "jpeg"; source: { bytes: string } };
}>;

/** Marks the end of a prefix to cache. At most four in a request; a `1h` mark never follows a `5m` mark. */
export interface CachePointBlock {
  type: "default";
  ttl?: "5m" | "1h";
}

export type ReasoningContentBlock = OneOf<{
  reasoningText: { text: string; signature?: string };
  /** Base64 of the model's own opaque string. */
  redactedContent: string;
}>;

export type CitationLocation = OneOf<{
  web: { url?: string; domain?: string };
  documentChar: { documentIndex?: number; start?: number; end?: number };
  documentPage: { documentIndex?: number; start?: number; end?: number };
  documentChunk: { documentIndex?: number; start?: number; end?: number };
  searchResultLocation: { searchResultIndex?: number; start?: number; end?: number };
}>;

export interface Citation {
  title?: string;
  source?: string;
  sourceContent?: { text: string }[];
  location?: CitationLocation;
}

export interface CitationsContentBlock {
  content?: { text: string }[];
  citations?: Citation[];
}

/** A tool added to, or removed from, the conversation; only in messages of role `system`. */
export interface ToolReference {
  tool: { type: string; name: string; serverName?: string };
}

/** One block of a message: exactly one member is set. */
export type ContentBlock = OneOf<{
  text: string;
  image: ImageBlock;
  document: DocumentBlock;
  video: VideoBlock;
  audio: AudioBlock;
  toolUse: ToolUseBlock;
  toolResult: ToolResultBlock;
  guardContent: GuardContentBlock;
  cachePoint: CachePointBlock;
  reasoningContent: ReasoningContentBlock;
  citationsContent: CitationsContentBlock;
  searchResult: SearchResultBlock;
  toolAddition: ToolReference;
  toolRemoval: ToolReference;
}>;

export type SystemContentBlock = OneOf<{
  text: string;
  guardContent: GuardContentBlock;
  cachePoint: CachePointBlock;
}>;

export type ConversationRole = "user" | "assistant" | "system";

export interface Message {
  role: ConversationRole;
  content: ContentBlock[];
}
