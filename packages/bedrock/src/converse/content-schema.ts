/** Content blocks as `check-request.ts` looks at them. Figures and members: AWS's service model of bedrock-runtime (2026-08-07). */
import { z } from "zod";
import type { AudioFormat, DocumentFormat, ImageFormat, VideoFormat } from "./content.ts";
import { anyJson, base64, integer, matching, maybe, oneOf, structure, text } from "./schema-parts.ts";

const imageFormats = ["png", "jpeg", "gif", "webp"] as const satisfies readonly ImageFormat[];
const documentFormats = [
  "pdf",
  "csv",
  "doc",
  "docx",
  "xls",
  "xlsx",
  "html",
  "txt",
  "md",
] as const satisfies readonly DocumentFormat[];
const videoFormats = [
  "mkv",
  "mov",
  "mp4",
  "webm",
  "flv",
  "mpeg",
  "mpg",
  "wmv",
  "three_gp",
] as const satisfies readonly VideoFormat[];
const audioFormats = [
  "mp3",
  "opus",
  "wav",
  "aac",
  "flac",
  "mp4",
  "ogg",
  "mkv",
  "mka",
  "x-aac",
  "m4a",
  "mpeg",
  "mpga",
  "pcm",
  "webm",
] as const satisfies readonly AudioFormat[];

const s3Location = structure(
  {
    uri: matching(
      /^(?=[^]{1,1024}$)s3:\/\/[a-z0-9][.\-a-z0-9]{1,61}[a-z0-9](\/.*)?$/,
      "s3://BUCKET/KEY of at most 1024 characters",
    ),
  },
  { bucketOwner: matching(/^[0-9]{12}$/, "an account id of 12 digits") },
);

const mediaSource = oneOf({ bytes: base64(), s3Location });
const citationsConfig = structure({ enabled: z.boolean() });
const replyError = structure({}, { message: text() });

const image = structure({ format: z.enum(imageFormats), source: mediaSource }, { error: replyError });
const video = structure({ format: z.enum(videoFormats), source: mediaSource });
const audio = structure({ format: z.enum(audioFormats), source: mediaSource }, { error: replyError });

const document = structure(
  {
    name: text(1, 200),
    source: oneOf({ bytes: base64(), s3Location, text: text(), content: z.array(oneOf({ text: text() })) }),
  },
  { format: z.enum(documentFormats), context: text(), citations: citationsConfig },
);

const searchResult = structure(
  { source: text(), title: text(), content: z.array(structure({ text: text() })) },
  { citations: citationsConfig },
);

const toolUseId = matching(/^[a-zA-Z0-9_.:-]{1,64}$/, "1 to 64 of the characters a-z A-Z 0-9 _ . : -");

/** Also the name of a tool in the request's toolConfig. */
export const toolName = matching(/^[a-zA-Z0-9_-]{1,64}$/, "1 to 64 of the characters a-z A-Z 0-9 _ -");

const toolUse = structure({ toolUseId, name: toolName, input: anyJson }, { type: z.enum(["server_tool_use"]) });

const toolResult = structure(
  {
    toolUseId,
    content: z.array(oneOf({ json: anyJson, text: text(), image, document, video, searchResult })),
  },
  { status: z.enum(["success", "error"]), type: text() },
);

const guardContent = oneOf({
  text: structure({ text: text() }, { qualifiers: z.array(z.enum(["grounding_source", "query", "guard_content"])) }),
  image: structure({ format: z.enum(["png", "jpeg"]), source: oneOf({ bytes: base64() }) }),
});

export const cachePoint = structure({ type: z.enum(["default"]) }, { ttl: z.enum(["5m", "1h"]) });

const reasoningContent = oneOf({
  reasoningText: structure({ text: text() }, { signature: text() }),
  redactedContent: base64(0),
});

const index = integer(0);
const inDocument = structure({}, { documentIndex: index, start: index, end: index });

const citation = structure(
  {},
  {
    title: text(),
    source: text(),
    sourceContent: z.array(oneOf({ text: text() })),
    location: oneOf({
      web: structure({}, { url: text(), domain: text() }),
      documentChar: inDocument,
      documentPage: inDocument,
      documentChunk: inDocument,
      searchResultLocation: structure({}, { searchResultIndex: index, start: index, end: index }),
    }),
  },
);

const citationsContent = structure({}, { content: z.array(oneOf({ text: text() })), citations: z.array(citation) });

const toolReference = structure({
  tool: structure({}, { type: text(1, 64), name: text(1, 128), serverName: text(1, 128) }),
});

const contentBlock = oneOf({
  text: text(),
  image,
  document,
  video,
  audio,
  toolUse,
  toolResult,
  guardContent,
  cachePoint,
  reasoningContent,
  citationsContent,
  searchResult,
  toolAddition: toolReference,
  toolRemoval: toolReference,
});

export const messages = maybe(
  z.array(structure({ role: z.enum(["user", "assistant", "system"]), content: z.array(contentBlock) })),
);

export const system = maybe(z.array(oneOf({ text: text(1), guardContent, cachePoint })));
