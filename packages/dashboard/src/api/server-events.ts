/** Server-sent events of a body, by their names and data. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<{ event: string; data: string }> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      // Lines may end by CR and LF, as other hosts write them. A CR at the end may have its LF behind it.
      const events = (rest + decoder.decode(value, { stream: true })).split(/\r?\n\r?\n/);
      rest = events.pop() ?? "";
      for (const text of events) {
        const lines = text.split(/\r?\n/);
        const of = (field: string) =>
          lines.filter((line) => line.startsWith(field)).map((line) => line.slice(field.length).trim());
        yield { event: of("event:")[0] ?? "message", data: of("data:").join("\n") };
      }
    }
  } finally {
    // Whoever stops reading wants no more of it.
    await reader.cancel().catch(() => {});
  }
}
