/** Faults in the order of a stream's events, whatever the format that they come in. */
import { AditError } from "./adit-error.ts";

/** What a frame brings when the message is over already, or a call that has begun before: two answers in one, or frames that came twice. */
export function outOfOrder(what: string): AditError {
  return new AditError("corrupt_stream", `AWS's stream is out of order: ${what}.`);
}

/** `place`: where in the stream, in its own words. */
export function argumentsWithoutCall(place: string): AditError {
  return new AditError(
    "corrupt_stream",
    `AWS's stream has a tool's arguments at ${place}, where no call of a tool has begun: whose they are cannot be told.`,
  );
}
