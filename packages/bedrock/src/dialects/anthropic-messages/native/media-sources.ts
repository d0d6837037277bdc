/** Images and documents that a request gives by address: Claude on Bedrock takes bytes alone ("URL sources are not supported", recorded). */
import { Buffer } from "node:buffer";
import { isJsonObject, type JsonObject, type ValuePath } from "../../../json.ts";
import type { FetchedMedia } from "../../translation/context.ts";
import { isDataUrl, mustBeFetched } from "../../translation/media/data-url.ts";
import { FetchedUses } from "../../translation/media/fetched-uses.ts";
import { mediaInData } from "../../translation/media/media.ts";
import { mediaFormatOf } from "../../translation/media/media-format.ts";
import { invalidRequest } from "../../translation/fields/request-fault.ts";
import type { MessagesRequest } from "../messages-request.ts";
import { pathText, type NativeDraft } from "./draft.ts";

interface UrlSource {
  path: ValuePath;
  url: string;
  kind: "image" | "document";
}

const noUrls: ReadonlyMap<string, string> = new Map();

/**
 * Addresses whose bytes are needed before the translation, each once, in order, with the path of the field that named it first: images and
 * documents of every message, those in tool results and in documents' pieces too. A data URL holds its bytes, and a place in S3 is for the
 * models that read it there. Which others may be fetched the fetcher decides.
 */
export function messagesMediaUrls(request: MessagesRequest): ReadonlyMap<string, string> {
  let urls: Map<string, string> | undefined;
  for (const { url, path } of urlSourcesOf(request)) {
    if (!mustBeFetched(url)) {
      continue;
    }
    urls ??= new Map();
    if (!urls.has(url)) {
      urls.set(url, pathText([...path, "url"]));
    }
  }
  return urls ?? noUrls;
}

/** Puts what was fetched, or what a data URL holds, in the place of the addresses. */
export function inlineMedia(draft: NativeDraft, media: ReadonlyMap<string, FetchedMedia>): void {
  const uses = new FetchedUses(media);
  for (const source of urlSourcesOf(draft.request)) {
    const found = isDataUrl(source.url) ? heldIn(source) : uses.at(source.url, pathText([...source.path, "url"]));
    draft.edits.set(source.path, JSON.stringify(sourceOf(source, found)));
  }
}

function heldIn({ path, url }: UrlSource): FetchedMedia {
  const { source, hints } = mediaInData(url, pathText([...path, "url"]), undefined);
  return { bytes: source.bytes ?? "", contentType: hints.mimeType ?? "" };
}

function* urlSourcesOf(request: MessagesRequest): Generator<UrlSource, void, void> {
  for (const [index, message] of request.messages.entries()) {
    yield* sourcesIn(message.content, ["messages", index, "content"]);
  }
}

function* sourcesIn(blocks: unknown, path: ValuePath): Generator<UrlSource, void, void> {
  if (!Array.isArray(blocks)) {
    return;
  }
  for (const [index, block] of blocks.entries()) {
    if (!isJsonObject(block)) {
      continue;
    }
    const { type, source } = block;
    if (type === "tool_result") {
      yield* sourcesIn(block["content"], [...path, index, "content"]);
    } else if ((type === "image" || type === "document") && isJsonObject(source)) {
      if (source["type"] === "url" && typeof source["url"] === "string") {
        yield { path: [...path, index, "source"], url: source["url"], kind: type };
      } else if (source["type"] === "content") {
        yield* sourcesIn(source["content"], [...path, index, "source", "content"]);
      }
    }
  }
}

function sourceOf({ path, url, kind }: UrlSource, fetched: FetchedMedia | undefined): JsonObject {
  const at = pathText([...path, "url"]);
  if (fetched === undefined) {
    const why = url.startsWith("s3://") ? "is a place in Amazon S3, where Claude reads nothing" : "was not fetched";
    throw invalidRequest(at, `${at} ${why}: send the bytes as base64`);
  }
  const { bytes: data, contentType } = fetched;
  const found = mediaFormatOf({ bytes: data, mimeType: contentType });
  if (kind === "image" && found?.kind === "image") {
    return { type: "base64", media_type: `image/${found.format}`, data };
  }
  if (kind === "document" && found?.kind === "document" && found.format === "pdf") {
    return { type: "base64", media_type: "application/pdf", data };
  }
  if (kind === "document" && found?.kind === "document" && plainFormats.has(found.format)) {
    return { type: "text", media_type: "text/plain", data: Buffer.from(data, "base64").toString("utf8") };
  }
  const wanted = kind === "image" ? "a png, jpeg, gif or webp image" : "a PDF or plain text";
  throw invalidRequest(at, `${at} must lead to ${wanted} (it led to ${JSON.stringify(contentType.slice(0, 64))})`);
}

const plainFormats: ReadonlySet<string> = new Set(["txt", "md", "csv"]);
