/** What the forms of a request have in common: data URLs, texts, arguments. */
import { exactJson } from "../../controls/forms/exact-json.ts";
import type { ChatTurn, Part } from "./chat-call.ts";

export interface Media {
  mediaType: string;
  base64: string;
}

/** Undefined for an address that is no data URL. */
export function mediaIn(url: string): Media | undefined {
  const [, mediaType, base64] = /^data:([^;,]*)(?:;[^,]*)?;base64,(.*)$/s.exec(url) ?? [];
  return base64 === undefined ? undefined : { mediaType: mediaType || "text/plain", base64 };
}

export function partsIn(content: string | Part[]): Part[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

/** What a model wrote that is no JSON, as where its answer was cut, stays as it wrote it. */
export function argumentsIn(text: string): unknown {
  if (text.trim() === "") return {};
  try {
    return exactJson(text);
  } catch {
    return text;
  }
}

/** Members of an answer's body, in the terms of one form, and those that the form has no place for. */
export interface Formed {
  request: Record<string, unknown>;
  leftOut: string[];
}

/** Turns of one side, one after another, are one message: Anthropic and AWS take no two of a role in a row. */
export function mergedTurns<Block>(
  turns: readonly ChatTurn[],
  blocksOf: (turn: ChatTurn) => Block[],
): { role: "user" | "assistant"; content: Block[] }[] {
  const merged: { role: "user" | "assistant"; content: Block[] }[] = [];
  for (const turn of turns) {
    if (turn.role === "system") continue;
    const role = turn.role === "assistant" ? "assistant" : "user";
    const last = merged.at(-1);
    if (last?.role === role) last.content.push(...blocksOf(turn));
    else merged.push({ role, content: blocksOf(turn) });
  }
  return merged;
}
