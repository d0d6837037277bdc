/**
 * Thinking and its signature in Anthropic's shape, which always has one. Models that sign nothing get a word in its place: clients that ask
 * for a signature mean a text that is not empty. Genkit's Anthropic plugin threw in the second step of every loop of tools, others leave the
 * thinking out.
 */

/** Stands where no model signed. */
export const unsigned = "unsigned";

/** True for what a model wrote. An empty text was the gateway's word for unsigned before, and is that of other hosts. */
export function isSignature(signature: unknown): signature is string {
  return typeof signature === "string" && signature !== "" && signature !== unsigned;
}
