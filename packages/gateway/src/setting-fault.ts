import { AditError } from "@adit/bedrock";

/** What is wrong with a variable of the environment: `words` go on from its name. */
export function settingFault(name: string, words: string): AditError {
  return new AditError("invalid_request", `${name} ${words}`, {
    param: name,
    remedy: `Set ${name} anew and start again.`,
  });
}
