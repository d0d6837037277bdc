import { AditError } from "@adit/bedrock";

const longest = 200;

/**
 * The name of an object, as people read it in lists.
 * @throws AditError `invalid_request`
 */
export function checkLine(given: string, param: string): string {
  const text = given.trim();
  // oxlint-disable-next-line no-control-regex -- these are what a name may not hold
  if (text !== "" && text.length <= longest && !/[\u0000-\u001f\u007f]/.test(text)) return text;
  throw new AditError("invalid_request", `${param} must be 1 to ${longest} characters on one line.`, {
    param,
    remedy: `Change ${param}.`,
  });
}
