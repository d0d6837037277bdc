/** The prompt in the order in which models read it: tools, system, messages. With its estimate in tokens. */
import type { CachePointBlock } from "@adit/bedrock";
import type { Call } from "../validate/call.ts";
import { tokensOf } from "./tokens.ts";

export type Segment =
  | { kind: "content"; tokens: number; value: object }
  | { kind: "cachePoint"; point: CachePointBlock };

/** Media are counted by their size: a token for so many characters of base64. */
const mediaCharactersPerToken = 1000;

/** Tools, system blocks and message blocks with the cache points between them. */
export function segmentsOf({ request }: Call): Segment[] {
  return [
    ...(request.toolConfig?.tools ?? []),
    ...(request.system ?? []),
    ...(request.messages ?? []).flatMap((message) => message.content),
  ].map((part) =>
    part.cachePoint === undefined
      ? { kind: "content", tokens: tokensOfPart(part), value: part }
      : { kind: "cachePoint", point: part.cachePoint },
  );
}

function tokensOfPart(part: object): number {
  if ("text" in part && typeof part.text === "string") return tokensOf(part.text);
  let media = 0;
  const text = JSON.stringify(part, (key, value: unknown) => {
    if (key !== "bytes" || typeof value !== "string") return value;
    media += Math.ceil(value.length / mediaCharactersPerToken);
    return "";
  });
  return tokensOf(text) + media;
}
