/** What bodies of every dialect hold, for tests of properties: odd texts, names and ids that AWS refuses, media by their first bytes. */
import fc from "fast-check";

export const words = fc.oneof(
  fc.constantFrom("", " ", "\n\t", "Hello", "  spaced  ", "天气 é", "x".repeat(300)),
  fc.string({ maxLength: 12 }),
);
/** The beginning of an archive that holds a folder `word/`. */
const docx = "UEsDBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAd29yZC8=";

export const base64 = fc.constantFrom("iVBORw0KGgo=", "/9j/4AAQ", "R0lGODlh", "JVBERi0xLjc=", "eCx5", docx);
export const cacheControl = fc.option(
  fc.record({ type: fc.constant("ephemeral"), ttl: fc.constantFrom("5m", "1h", null) }),
  {
    nil: null,
  },
);
export const toolName = fc.constantFrom("f", "get_weather", "a.b", "a/b", "天气", "x".repeat(80), "-");
export const callId = fc.constantFrom("call_1", "call_2", "id|with|bars", "y".repeat(90));
