import type { Prompt } from "./write-request.ts";
import type { ModelReference } from "./model-reference.ts";
import { textOptions } from "./option-names.ts";
import type { TextOptions } from "./options.ts";
import { prepareGeneration, type TextCall } from "./prepare-generation.ts";
import { resultFrom } from "./result.ts";
import { openAnswer } from "./send-call.ts";
import { PartReader, type TextStreamPart } from "./stream-parts.ts";
import { TextStream } from "./text-stream.ts";

/**
 * Asks a model, and gives its answer as it comes. The call begins at once. Iterate over the stream for its parts, or over `textStream` for
 * the text alone, and await `result` (or `text`) for all of it: either is enough. What fails is thrown by the iteration and rejects the
 * promises: AWS's refusal or exception, or `truncated_stream` where the answer was not whole. Leaving the loop ends the call.
 *
 * @example
 * const stream = streamText("bedrock:us.amazon.nova-lite-v1:0", "Good morning");
 * for await (const text of stream.textStream) process.stdout.write(text);
 * console.log((await stream.result).usage);
 */
export function streamText(model: string | ModelReference, prompt: Prompt, options: TextOptions = {}): TextStream {
  const asked = { model, prompt, options, accepted: textOptions, stream: true };
  return new TextStream((cancelled) => partsOf({ ...asked, cancelled }));
}

async function* partsOf(asked: TextCall): AsyncGenerator<TextStreamPart> {
  const call = await prepareGeneration(asked);
  const opened = await openAnswer(call);
  const reader = new PartReader(call.prepared.notes);
  for await (const event of opened.events) {
    const part = reader.partOf(event);
    if (part !== undefined) yield part;
  }
  yield { type: "finish", result: resultFrom(call, opened.answer()) };
}
