/** Error events for callers that pass over events with a name. */
import type { CallerHeaders } from "../request/caller-headers.ts";
import type { EventWriter } from "../routes/route.ts";
import { isForAnthropic } from "./anthropic-errors.ts";

/**
 * OpenAI's clients before JavaScript's 4.29 and Python's 1.14 (both of March 2024) read events without a name alone, and throw where one
 * holds an `error`: to them a stream that breaks with `event: error` is an answer that has ended well.
 */
const passingOver: Readonly<Record<string, RegExp>> = {
  js: /^4\.1?\d\.|^4\.2[0-8]\./,
  python: /^1\.\d\.|^1\.1[0-3]\./,
};

/** `events`, for the caller that these headers tell of. Anthropic's clients count their versions by themselves, and read names alone. */
export function eventsAsRead(events: EventWriter, headers: CallerHeaders): EventWriter {
  const version = isForAnthropic(headers) ? undefined : headers.raw("x-stainless-package-version");
  const isPassingOver = version !== undefined && passingOver[headers.raw("x-stainless-lang") ?? ""]?.test(version);
  return isPassingOver === true ? withoutNames(events) : events;
}

/** A line of an event stream that begins so is the name: in JSON a line break is an escape. */
function withoutNames(events: EventWriter): EventWriter {
  return {
    write: (text) => events.write(text.replace(/^event: error\n/m, "")),
    flush: () => events.flush(),
    onDrain: (listener) => events.onDrain(listener),
    end: () => events.end(),
  };
}
