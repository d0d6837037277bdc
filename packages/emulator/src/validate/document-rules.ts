/** Documents: a text beside them, names that AWS takes, no name twice in the whole request. */
import type { DocumentBlock } from "@adit/bedrock";
import type { Call, Rule } from "./call.ts";
import { invalid, type Refusal } from "./refusal.ts";

export const documentRules: readonly Rule[] = [besideText, wellNamed, unlikeNamed];

/** Most documents of one message, as the service model's text says. */
const mostDocuments = 5;

function besideText({ request }: Call): Refusal | undefined {
  for (const message of request.messages ?? []) {
    const documents = message.content.filter((block) => block.document !== undefined).length;
    if (documents === 0) continue;
    if (!message.content.some((block) => block.text !== undefined || block.guardContent !== undefined))
      return invalid("A text block must be included when using documents.");
    if (documents > mostDocuments)
      return invalid(
        `The number of documents exceeds the limit of ${mostDocuments} in a message. Remove documents and try again.`,
      );
  }
  return undefined;
}

/** Reports that tried it: `_` passes though the message does not name it; dots, tabs, wide spaces and double spaces do not. */
function wellNamed(call: Call): Refusal | undefined {
  const odd = documentsOf(call).some(({ name }) => !/^[\p{L}\p{N}_\-()[\] ]+$/u.test(name) || name.includes("  "));
  return odd
    ? invalid(
        "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, parentheses, and square brackets. The name can't contain more than one consecutive whitespace character. Check that the file name conforms to these restrictions and retry your request.",
      )
    : undefined;
}

function unlikeNamed(call: Call): Refusal | undefined {
  const names = documentsOf(call).map(({ name }) => name);
  return new Set(names).size === names.length
    ? undefined
    : invalid("Messages can't contain duplicate document names. Rename the document and retry your request.");
}

/** Documents in messages and in tool results. */
function documentsOf({ request }: Call): DocumentBlock[] {
  return (request.messages ?? []).flatMap((message) =>
    message.content.flatMap((block) => [
      ...(block.document === undefined ? [] : [block.document]),
      ...(block.toolResult?.content ?? []).flatMap((part) => (part.document === undefined ? [] : [part.document])),
    ]),
  );
}
