/** Builds message content from stream events, written for the tests from AWS's description of the events alone. */

type Json = Record<string, unknown>;
interface Building {
  texts: string[];
  inputs: string[];
  reasoning: string[];
  signature?: string;
  redacted?: string;
  citations: unknown[];
  results: unknown[];
  start?: Json;
}

export interface Assembled {
  content: Json[];
  stopReason: unknown;
  usage: Json;
  metrics: unknown;
}

/** Reads a whole stream; throws on an event out of order. */
export function assembled(events: readonly { type: string; payload: object }[]): Assembled {
  const payloads = events.map(({ type, payload }) => ({ type, payload: payload as Json }));
  const types = payloads.map(({ type }) => type);
  if (types[0] !== "messageStart" || types.at(-2) !== "messageStop" || types.at(-1) !== "metadata")
    throw new Error(`frame of the stream: ${types.join(" ")}`);
  const content: Json[] = [];
  let open: Building | undefined;
  for (const { type, payload } of payloads.slice(1, -2)) {
    if (payload["contentBlockIndex"] !== content.length) throw new Error(`index in ${JSON.stringify(payload)}`);
    if (type === "contentBlockStop") {
      content.push(closed(open));
      open = undefined;
      continue;
    }
    open ??= { texts: [], inputs: [], reasoning: [], citations: [], results: [] };
    if (type === "contentBlockStart") open.start = payload["start"] as Json;
    else addDelta(open, payload["delta"] as Json);
  }
  const [stop, metadata] = [payloads.at(-2)!.payload, payloads.at(-1)!.payload];
  return { content, stopReason: stop["stopReason"], usage: metadata["usage"] as Json, metrics: metadata["metrics"] };
}

function addDelta(open: Building, delta: Json): void {
  const reasoning = delta["reasoningContent"] as Json | undefined;
  if (typeof delta["text"] === "string") open.texts.push(delta["text"]);
  else if (delta["toolUse"] !== undefined) open.inputs.push(String((delta["toolUse"] as Json)["input"]));
  else if (delta["citation"] !== undefined) open.citations.push(delta["citation"]);
  else if (Array.isArray(delta["toolResult"])) open.results.push(...(delta["toolResult"] as unknown[]));
  else if (typeof reasoning?.["text"] === "string") open.reasoning.push(reasoning["text"]);
  else if (typeof reasoning?.["signature"] === "string") open.signature = reasoning["signature"];
  else if (typeof reasoning?.["redactedContent"] === "string") open.redacted = reasoning["redactedContent"];
  else throw new Error(`delta ${JSON.stringify(delta)}`);
}

function closed(open: Building | undefined): Json {
  if (open === undefined) throw new Error("a stop without a block");
  const text = open.texts.join("");
  const { toolUse, toolResult } = (open.start ?? {}) as { toolUse?: Json; toolResult?: Json };
  if (toolUse !== undefined)
    return { toolUse: { ...toolUse, input: JSON.parse(open.inputs.join("") || "{}") as unknown } };
  if (toolResult !== undefined) return { toolResult: { ...toolResult, content: open.results } };
  if (open.redacted !== undefined) return { reasoningContent: { redactedContent: open.redacted } };
  if (open.reasoning.length > 0 || open.signature !== undefined) {
    const signature = open.signature === undefined ? {} : { signature: open.signature };
    return { reasoningContent: { reasoningText: { text: open.reasoning.join(""), ...signature } } };
  }
  if (open.citations.length === 0) return { text };
  return { citationsContent: { citations: open.citations, ...(text === "" ? {} : { content: [{ text }] }) } };
}
