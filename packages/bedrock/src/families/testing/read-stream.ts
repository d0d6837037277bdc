import type { ConverseRequest } from "../../converse/request.ts";
import type { ConverseStreamEvent } from "../../converse/stream-events.ts";
import type { JsonObject } from "../../json.ts";
import type { ModelFacts } from "../../models/model-facts.ts";
import type { Family } from "../family.ts";

/** The events that a family's reader gives for chunks, and the keys that it did not know. */
export function readStream(
  family: Family,
  model: ModelFacts,
  chunks: readonly JsonObject[],
  request: ConverseRequest = {},
): { events: ConverseStreamEvent[]; unfamiliar: string[] } {
  const events: ConverseStreamEvent[] = [];
  const stream = family.stream((event) => events.push(event), { model, request, counts: {} });
  for (const chunk of chunks) stream.chunk(chunk);
  stream.end();
  return { events, unfamiliar: [...stream.unfamiliar] };
}
