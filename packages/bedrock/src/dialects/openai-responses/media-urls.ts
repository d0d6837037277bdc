import { mediaUrlsIn } from "../translation/media/media-urls.ts";
import type { InputItem, InputPart, ResponsesRequest } from "./responses-request.ts";

/** Images and files of messages and of outputs: see {@link mediaUrlsIn}. */
export function mediaUrlsOfResponses({ input }: ResponsesRequest): ReadonlyMap<string, string> {
  return mediaUrlsIn(typeof input === "string" ? [] : input, places);
}

const places = { list: "input", partsOf, urlOf };

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
