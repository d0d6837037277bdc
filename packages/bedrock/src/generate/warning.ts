/** What a call left out, changed or could not be sure of. Nothing of that kind happens without one. */
export interface Warning {
  /**
   * - `dropped`: left out or changed, because Bedrock or the model does not take it;
   * - `ignored-option`: an option that this function does not know, or that a better one outweighs;
   * - `unverified-model`: the data knows nothing of the model, AWS decides what it can do;
   * - `other-model`: an inference profile stood in for the model named;
   * - `cache-unused`: a prompt cache was asked for, and AWS neither read nor wrote one;
   * - `unfamiliar`: a part of the answer that this version does not know;
   * - `incomplete-tool-call`: the arguments of a call are no JSON, or the limit of tokens cut them;
   * - `unchecked-object`: neither AWS nor this library has held the object against its schema.
   */
  type:
    | "dropped"
    | "ignored-option"
    | "unverified-model"
    | "other-model"
    | "cache-unused"
    | "unfamiliar"
    | "incomplete-tool-call"
    | "unchecked-object";
  /** Path of what it is about, as the caller wrote it, such as `messages[2].content[0]`. */
  path?: string;
  message: string;
}

/** Of what was left out or changed on the way to AWS. */
export function droppedWarning(path: string): Warning {
  return {
    type: "dropped",
    path,
    message: `${path} was left out or changed: Bedrock, or this model, does not take it as it was.`,
  };
}
