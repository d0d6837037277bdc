/** The events of a stream as a plain reader of server-sent events sees them. Nothing here comes from the code under test. */
export interface SentEvent {
  name: string;
  data: Record<string, unknown>;
}

export function eventsOf(sse: string): SentEvent[] {
  if (sse !== "" && !sse.endsWith("\n\n")) throw new Error("the last event has no end");
  return sse
    .split("\n\n")
    .slice(0, -1)
    .map((event) => {
      const [first = "", second = "", ...more] = event.split("\n");
      if (!first.startsWith("event: ") || !second.startsWith("data: ") || more.length > 0) {
        throw new Error(`not an event of Anthropic's: ${event}`);
      }
      return { name: first.slice(7), data: JSON.parse(second.slice(6)) as Record<string, unknown> };
    });
}
