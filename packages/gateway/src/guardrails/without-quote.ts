import { AditError } from "@adit/bedrock";

/** The error without what it quotes of an answer that could not be read: no guardrail has judged that. */
export function withoutQuote(error: AditError): AditError {
  if (!error.quotesAnswer) return error;
  const { code, status, retryable, place } = error;
  const words =
    code === "malformed_model_output"
      ? "AWS could not read what the model wrote."
      : "An answer came that could not be read.";
  const bare = new AditError(code, `${words} Its text is left out: no guardrail has judged it.`, { status, retryable });
  bare.place = place;
  return bare;
}
