/** Faults in the order of a stream's events, whatever the format that they come in. */
import { AditError } from "./adit-error.ts";

/** `place`: where in the stream, in its own words. */
export function argumentsWithoutCall(place: string): AditError {
  return new AditError(
    "corrupt_stream",
    `AWS's stream has a tool's arguments at ${place}, where no call of a tool has begun: whose they are cannot be told.`,
  );
}
