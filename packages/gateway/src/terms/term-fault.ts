import { AditError } from "@adit/bedrock";

/** The refusal of one term of an object that is to be kept: it names the field, and `words` say what is wrong with it. */
export function termFault(param: string, words: string): AditError {
  return new AditError("invalid_request", `${param} ${words}`, { param, remedy: `Change ${param}.` });
}
