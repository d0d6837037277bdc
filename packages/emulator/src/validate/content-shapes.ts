/** Content blocks of Converse. Source: AWS's service model of bedrock-runtime (2026-08-07). */
import { blob, boolean, document, listOf, oneOf, string, structure, text, union, type Shape } from "./shape.ts";

const toolUseId = text({ min: 1, max: 64, pattern: "[a-zA-Z0-9_.:-]+" });
export const toolName = text({ min: 1, max: 64, pattern: "[a-zA-Z0-9_-]+" });

const s3Location = structure(
  {
    uri: text({ min: 1, max: 1024, pattern: "s3://[a-z0-9][\\.\\-a-z0-9]{1,61}[a-z0-9](/.*)?" }),
    bucketOwner: text({ pattern: "[0-9]{12}" }),
  },
  ["uri"],
);
const errorBlock = structure({ message: string });
const citationsConfig = structure({ enabled: boolean }, ["enabled"]);

const imageBlock = structure(
  {
    format: oneOf("png", "jpeg", "gif", "webp"),
    source: union("ImageSource", { bytes: blob, s3Location }),
    error: errorBlock,
  },
  ["format", "source"],
);

const documentBlock = structure(
  {
    format: oneOf("pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"),
    name: text({ min: 1, max: 200 }),
    source: union("DocumentSource", {
      bytes: blob,
      s3Location,
      text: string,
      content: listOf(union("DocumentContentBlock", { text: string })),
    }),
    context: string,
    citations: citationsConfig,
  },
  ["name", "source"],
);

const videoBlock = structure(
  {
    format: oneOf("mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp"),
    source: union("VideoSource", { bytes: blob, s3Location }),
  },
  ["format", "source"],
);

const audioFormats = "mp3 opus wav aac flac mp4 ogg mkv mka x-aac m4a mpeg mpga pcm webm".split(" ");
const audioBlock = structure(
  { format: oneOf(...audioFormats), source: union("AudioSource", { bytes: blob, s3Location }), error: errorBlock },
  ["format", "source"],
);

const searchResult = structure(
  {
    source: string,
    title: string,
    content: listOf(structure({ text: string }, ["text"])),
    citations: citationsConfig,
  },
  ["source", "title", "content"],
);

/** Answers of newer Claude say `tool_use`, and AWS's own samples send an answer's message back as it came. */
const toolUseType: Shape = { kind: "string", values: ["server_tool_use"], alsoTaken: "tool_use" };
const toolUse = structure({ toolUseId, name: toolName, input: document, type: toolUseType }, [
  "toolUseId",
  "name",
  "input",
]);

const toolResult = structure(
  {
    toolUseId,
    content: listOf(
      union("ToolResultContentBlock", {
        json: document,
        text: string,
        image: imageBlock,
        document: documentBlock,
        video: videoBlock,
        searchResult,
      }),
    ),
    status: oneOf("success", "error"),
    type: string,
  },
  ["toolUseId", "content"],
);

export const guardContent = union("GuardrailConverseContentBlock", {
  text: structure({ text: string, qualifiers: listOf(oneOf("grounding_source", "query", "guard_content")) }, ["text"]),
  image: structure({ format: oneOf("png", "jpeg"), source: union("GuardrailConverseImageSource", { bytes: blob }) }, [
    "format",
    "source",
  ]),
});

export const cachePoint = structure({ type: oneOf("default"), ttl: oneOf("5m", "1h") }, ["type"]);

const index = { kind: "integer", min: 0 } as const;
const documentLocation = structure({ documentIndex: index, start: index, end: index });
const citation = structure({
  title: string,
  source: string,
  sourceContent: listOf(union("CitationSourceContent", { text: string })),
  location: union("CitationLocation", {
    web: structure({ url: string, domain: string }),
    documentChar: documentLocation,
    documentPage: documentLocation,
    documentChunk: documentLocation,
    searchResultLocation: structure({ searchResultIndex: index, start: index, end: index }),
  }),
});

const toolReference = structure(
  {
    tool: structure({
      type: text({ min: 1, max: 64 }),
      name: text({ min: 1, max: 128 }),
      serverName: text({ min: 1, max: 128 }),
    }),
  },
  ["tool"],
);

/** One block of a message. */
export const contentBlock = union("ContentBlock", {
  text: string,
  image: imageBlock,
  document: documentBlock,
  video: videoBlock,
  audio: audioBlock,
  toolUse,
  toolResult,
  guardContent,
  cachePoint,
  reasoningContent: union("ReasoningContentBlock", {
    reasoningText: structure({ text: string, signature: string }, ["text"]),
    redactedContent: { kind: "blob" },
  }),
  citationsContent: structure({
    content: listOf(union("CitationGeneratedContent", { text: string })),
    citations: listOf(citation),
  }),
  searchResult,
  toolAddition: toolReference,
  toolRemoval: toolReference,
});
