/** A stream of server-sent events, read as a client without a library would. */
import type { ChatCompletionChunk } from "@adit/bedrock";

export interface ServerSentEvent {
  event: string | undefined;
  data: string;
}

/** All events of a body. Comments are left out. */
export async function readEvents(response: Response): Promise<ServerSentEvent[]> {
  const text = await response.text();
  return text
    .split("\n\n")
    .map((block) => block.split("\n").filter((line) => line !== "" && !line.startsWith(":")))
    .filter((lines) => lines.length > 0)
    .map((lines) => ({
      event: fieldOf(lines, "event"),
      data: fieldOf(lines, "data") ?? "",
    }));
}

function fieldOf(lines: readonly string[], name: string): string | undefined {
  return lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
}

/** A piece of `delta.content_blocks`, as Portkey's and Obiguard's documents print them. */
export interface ContentBlockPiece {
  index: number;
  delta?: { text?: string; thinking?: string; signature?: string; data?: string };
}

export interface WholeStream {
  chunks: ChatCompletionChunk[];
  /** The answer's words: `delta.content`. */
  text: string;
  /** `delta.reasoning_content`. */
  reasoning: string;
  /** All pieces of `delta.content_blocks`. */
  pieces: ContentBlockPiece[];
  finishReasons: string[];
  endsWithDone: boolean;
}

/** The chunks of a chat completion's stream, put together. */
export async function readChat(response: Response): Promise<WholeStream> {
  const events = await readEvents(response);
  const chunks = events
    .filter(({ event, data }) => event === undefined && data.startsWith("{"))
    .map(({ data }) => JSON.parse(data) as ChatCompletionChunk);
  return { ...assemble(chunks), endsWithDone: events.at(-1)?.data === "[DONE]" };
}

/** What chunks say together, whoever read them. */
export function assemble(chunks: ChatCompletionChunk[]): Omit<WholeStream, "endsWithDone"> {
  const choices = chunks.flatMap((chunk) => chunk.choices);
  const deltas = choices.map(({ delta }) => delta as { [name: string]: unknown });
  const joined = (name: string): string =>
    deltas.map((delta) => (typeof delta[name] === "string" ? delta[name] : "")).join("");
  return {
    chunks,
    text: joined("content"),
    reasoning: joined("reasoning_content"),
    pieces: deltas.flatMap((delta) => (delta["content_blocks"] ?? []) as ContentBlockPiece[]),
    finishReasons: choices.flatMap(({ finish_reason: reason }) => (typeof reason === "string" ? [reason] : [])),
  };
}

/** The pieces of one kind, joined. */
export function joinPieces(
  pieces: readonly ContentBlockPiece[],
  kind: "text" | "thinking" | "signature" | "data",
): string {
  return pieces.map(({ delta }) => delta?.[kind] ?? "").join("");
}
