import { Buffer } from "node:buffer";
import type { DocumentFormat } from "../converse/content.ts";
import type { NativeDraft } from "./native-draft.ts";

/** Formats that are text. The others are taken apart by AWS, under Converse alone. */
const textFormats: ReadonlySet<string | undefined> = new Set(["txt", "md", "csv", "html"]);

export function isTextFormat(format: DocumentFormat | undefined): boolean {
  return textFormats.has(format);
}

/** The text of a document's base64. Throws where it is not UTF-8. */
export function decodedText(draft: NativeDraft, bytes: string, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(bytes, "base64"));
  } catch {
    throw draft.invalid(path, "a text document must be UTF-8");
  }
}
