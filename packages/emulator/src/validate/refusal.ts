/** A refusal in AWS's words. */
export interface Refusal {
  status: number;
  /** AWS's name, such as `ValidationException`. */
  errorType: string;
  message: string;
  /** ConverseStream tells it as an exception frame of a 200, not as a status (recorded for Nova's check of image bytes). */
  inStream?: true;
}

/** Bedrock's own refusal of a request's form. */
export function invalid(message: string): Refusal {
  return { status: 400, errorType: "ValidationException", message };
}

const modelPrefix = "The model returned the following errors: ";

/** What the model's own layer says, with the words that Bedrock puts before it. */
export function modelRefuses(message: string): Refusal {
  return invalid(`${modelPrefix}${message}`);
}

/** The same refusal as InvokeModel and CountTokens tell it (recorded): without the words that Converse puts before it. */
export function withoutModelPrefix(refusal: Refusal): Refusal {
  return { ...refusal, message: refusal.message.replace(modelPrefix, "") };
}

/** The model's schema does not know a key; `pointer` is the place as a URI fragment, such as `#/toolConfig/tools/0`. */
export function extraneousKey(pointer: string, key: string): Refusal {
  return modelRefuses(
    `Malformed input request: ${pointer}: extraneous key [${key}] is not permitted, please reformat your input and try again.`,
  );
}

/** A member of Converse that this model lacks. */
export function unsupportedField(field: string): Refusal {
  return invalid(`This model doesn't support the ${field} field. Remove ${field} and try again.`);
}

/** A kind of content block that this model lacks. */
export function unsupportedBlock(kind: string): Refusal {
  return invalid(
    `This model doesn't support the ${kind} content block that you provided. Update the content block and try again.`,
  );
}

/** The body does not parse into Converse's shapes. */
export function unreadable(message: string): Refusal {
  return { status: 400, errorType: "SerializationException", message };
}
