/** How a dialect says no: the path of the field, what was expected, what is there. */
import { AditError } from "../../../errors/adit-error.ts";

/** What a JSON value is, in the words of a message. */
function kindOf(value: unknown): string {
  if (value === null) {
    return "null";
  }
  if (value === undefined) {
    return "missing";
  }
  return Array.isArray(value) ? "an array" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** `PATH must be EXPECTED (it is ...)`. */
export function wrongType(path: string, expected: string, value: unknown): AditError {
  return invalidRequest(path, `${path} must be ${expected} (it is ${kindOf(value)})`);
}

export function invalidRequest(path: string, message: string): AditError {
  return new AditError("invalid_request", message, { param: path });
}

/** What Bedrock has no means for and what would change the meaning if it were left out. */
export function unsupported(path: string, message: string): AditError {
  return new AditError("unsupported_parameter", message, { param: path });
}
