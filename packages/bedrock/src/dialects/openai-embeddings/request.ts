import type { EmbeddingInput, EmbeddingPart, EmbeddingRequest } from "../../embedding/embedding.ts";
import type { EmbeddingOption } from "../../models/embedding-facts.ts";
import type { RequestContext } from "../translation/context.ts";
import { mustBeFetched } from "../translation/media/data-url.ts";
import { FetchedUses } from "../translation/media/fetched-uses.ts";
import { mediaFormatOf } from "../translation/media/media-format.ts";
import { mediaAt, mediaInData } from "../translation/media/media.ts";
import { invalidRequest } from "../translation/fields/request-fault.ts";
import type { EmbeddingsRequest } from "./embeddings-request.ts";
import { inputsOf, type GivenPart } from "./input-parts.ts";

/** Fields that are read, or that ask for what happens anyway. */
const read: ReadonlySet<string> = new Set([
  "model",
  "input",
  "encoding_format",
  "dimensions",
  "input_type",
  "truncate",
  "normalize",
  "embedding_purpose",
  "max_tokens",
  "embedding_types",
  "embeddingTypes",
]);

/** Addresses whose bytes are needed before the translation, each once, with the path of the field that named it first. */
export function embeddingMediaUrlsOf(request: EmbeddingsRequest): ReadonlyMap<string, string> {
  const urls = new Map<string, string>();
  for (const part of inputsOf(request).flatMap(({ parts }) => parts)) {
    if ("url" in part && mustBeFetched(part.url) && !urls.has(part.url)) {
      urls.set(part.url, part.path);
    }
  }
  return urls;
}

/** A checked request in no dialect's words. `dropped` names the fields that no model has a place for. */
export function embeddingRequestFrom(
  request: EmbeddingsRequest,
  context: Pick<RequestContext, "media">,
): { request: EmbeddingRequest; dropped: string[] } {
  const given = inputsOf(request);
  const fetchedUses = new FetchedUses(context.media);
  const inputs = given.map(({ parts, path }): EmbeddingInput => ({
    parts: parts.map((part) => partFrom(part, fetchedUses)),
    path,
  }));
  const { dimensions, input_type: inputType, truncate, normalize } = request;
  const { embedding_purpose: purpose, max_tokens: maxTokens } = request;
  return {
    request: {
      inputs,
      ...present({ dimensions, inputType, truncate, normalize, purpose, maxTokens }),
      paths,
    },
    dropped: [
      ...given.flatMap(({ unread }) => unread),
      ...Object.keys(request).filter((field) => !read.has(field) && (request[field] ?? undefined) !== undefined),
    ],
  };
}

const paths: Readonly<Record<EmbeddingOption | "dimensions", string>> = {
  dimensions: "dimensions",
  inputType: "input_type",
  truncate: "truncate",
  normalize: "normalize",
  purpose: "embedding_purpose",
  maxTokens: "max_tokens",
};

type Present<Members> = { [Name in keyof Members]?: NonNullable<Members[Name]> };

function present<Members extends object>(members: Members): Present<Members> {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined && value !== null),
  ) as Present<Members>;
}

function partFrom(part: GivenPart, fetchedUses: FetchedUses): EmbeddingPart {
  if (part.kind === "text") {
    return part;
  }
  const { path } = part;
  const { source, hints } =
    "url" in part
      ? mediaAt({ fetchedUses }, part.url, { path, mimeType: undefined, bucketOwner: part.bucketOwner })
      : mediaInData(part.base64, path, undefined);
  const media = mediaFormatOf(hints);
  if (media?.kind !== "image") {
    throw invalidRequest(path, `${path} must be an image: png, jpeg, gif or webp`);
  }
  return { kind: "image", format: media.format, source, path };
}
