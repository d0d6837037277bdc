import { lineSafe } from "../translation/answers/event-text.ts";

/** Server-sent events as Anthropic writes them: each named by the type that its JSON tells as well. */

/** What keeps a stream alive while the model thinks; as Anthropic's page on streams has it. */
export const pingEvent = 'event: ping\ndata: {"type": "ping"}\n\n';

/** `json` must hold no line feed outside its strings, as JSON.stringify and AWS write it. */
export function sseEvent(type: string, json: string): string {
  return `event: ${type}\ndata: ${lineSafe(json)}\n\n`;
}
