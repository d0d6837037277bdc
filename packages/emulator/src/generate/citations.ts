/** Citations of documents and search results that ask for them. Shapes are recorded (Claude Sonnet 4 to 5). */
import type { Citation, SearchResultBlock } from "@adit/bedrock";
import { type Call } from "../validate/call.ts";
import type { AnswerBlock } from "./answer.ts";
import { documentsOf, documentText } from "./prompt.ts";
import { lengthOf } from "./tokens.ts";

/** A cited text for each source whose citations are enabled. */
export function citedTexts(call: Call): AnswerBlock[] {
  if (call.traits.family !== "claude") return [];
  const documents = documentsOf(call).flatMap((document, documentIndex) => {
    if (document.citations?.enabled !== true) return [];
    const sentence = firstSentence(documentText(document) ?? "");
    const range = { documentIndex, start: 0, end: lengthOf(sentence) };
    return [{ title: document.name, sentence, location: locationOf(document.source, range, sentence) }];
  });
  const results = searchResultsOf(call).flatMap((found, searchResultIndex) => {
    if (found.citations?.enabled !== true) return [];
    const location = { searchResultLocation: { searchResultIndex, start: 0, end: 1 } };
    return [{ title: found.title, sentence: found.content[0]?.text ?? "", location, source: found.source }];
  });
  return [...documents, ...results].map(({ sentence, title, ...place }) => ({
    kind: "citations",
    text: sentence.trim() === "" ? "what the document holds" : sentence.trim(),
    citations: [{ ...place, sourceContent: [{ text: sentence }], title }],
  }));
}

type Place = { documentIndex: number; start: number; end: number };

/** Recorded: characters from 0, the end excluded, for text; pages from 1 for files; chunks for content given in parts. */
function locationOf(source: object, range: Place, sentence: string): NonNullable<Citation["location"]> {
  const { documentIndex } = range;
  if ("content" in source) return { documentChunk: { documentIndex, start: 0, end: 1 } };
  return sentence === "" ? { documentPage: { documentIndex, start: 1, end: 2 } } : { documentChar: range };
}

/** The first sentence with the space after it, as recorded. */
function firstSentence(text: string): string {
  return /^[\s\S]*?[.!?](\s+|$)/.exec(text)?.[0] ?? text;
}

function searchResultsOf(call: Call): SearchResultBlock[] {
  return call.blocks.flatMap(({ block }) => [
    ...(block.searchResult === undefined ? [] : [block.searchResult]),
    ...(block.toolResult?.content ?? []).flatMap((part) =>
      part.searchResult === undefined ? [] : [part.searchResult],
    ),
  ]);
}
