import { mustBeFetched } from "../translation/media/data-url.ts";
import type { InputItem, InputPart, ResponsesRequest } from "./responses-request.ts";

const noUrls: ReadonlyMap<string, string> = new Map();

/**
 * Addresses whose bytes are needed before the translation, each once, in order, with the path of the field that named it first:
 * images and files of messages and of outputs. Addresses that may not be fetched (http, file, inner hosts) are among them, and the fetcher
 * refuses them.
 */
export function mediaUrlsOfResponses({ input }: ResponsesRequest): ReadonlyMap<string, string> {
  if (typeof input === "string") {
    return noUrls;
  }
  let urls: Map<string, string> | undefined;
  for (const [index, item] of input.entries()) {
    const found = partsOf(item);
    for (const [place, part] of found?.parts.entries() ?? []) {
      const named = urlOf(part);
      if (named === undefined || !mustBeFetched(named.url)) {
        continue;
      }
      urls ??= new Map();
      if (!urls.has(named.url)) {
        urls.set(named.url, `input[${index}].${found?.field}[${place}].${named.field}`);
      }
    }
  }
  return urls ?? noUrls;
}

function partsOf(item: InputItem): { parts: InputPart[]; field: string } | undefined {
  if (item.type === "function_call_output" || item.type === "custom_tool_call_output") {
    return typeof item.output === "string" ? undefined : { parts: item.output, field: "output" };
  }
  const isMessage = item.type === "message" || item.type === undefined || item.type === null;
  return isMessage && typeof item.content !== "string" ? { parts: item.content, field: "content" } : undefined;
}

function urlOf(part: InputPart): { url: string; field: string } | undefined {
  if (part.type === "input_image") {
    return { url: part.image_url, field: "image_url" };
  }
  const url = part.type === "input_file" ? (part.file_url ?? undefined) : undefined;
  return url === undefined ? undefined : { url, field: "file_url" };
}
