/**
 * A conversation that the model cannot hold, in the words of AWS (recorded), of Claude, and of the open families' servers (LiteLLM's and
 * Strands' lists for Bedrock).
 */
export const inputTooLong =
  /(?:input|prompt) is too long|exceeds? (?:the )?context (?:limit|window|length)|too many (?:input tokens|total text bytes)|number of input tokens exceeds maximum length|maximum context length|longer than the maximum model length/i;

/** The input would fit if less were asked for: `input length and max_tokens exceed context limit: 190000 + 20000 > 200000`. */
const togetherTooLong = /exceed context limit/i;

/**
 * What to do, in words by which agents know that the conversation must be shortened: many look for them in the message alone, and know few of
 * AWS's own. Claude Code 2.1, pi 1.6, Cline 3.0 and LangChain's Anthropic look for "prompt is too long", LangChain's OpenAI for "exceeds the
 * context window", LiteLLM (aider) for "model's maximum context limit", Continue 1.5 for "reduce the length of the messages". A sum of input
 * and max_tokens says nothing of the prompt alone: at that Claude Code asks for less, and keeps the conversation.
 */
export function remedyForTooLong(words: string): string {
  return togetherTooLong.test(words)
    ? "Lower max_tokens, or reduce the length of the messages: together that exceeds the context window."
    : "The prompt is too long: it exceeds the context window (the model's maximum context limit). Please reduce the length of the messages or texts, or use a model that takes more.";
}
