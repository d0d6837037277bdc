/** The texts of files that stand in a request: as a model reads them, and not as base64. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { fileWithText, textInFile, type ValuePath } from "@adit/bedrock/gateway";
import type { PlacedText } from "./placed-text.ts";

/** What a part says of its file, in the words of each dialect; AWS's formats are the endings of names. */
const types = ["mime_type", "media_type"];
const names = ["filename", "file_name", "format"];

/**
 * Of a file in base64 or in a data URL; none of one that is no text. `holder`: the part. @throws AditError `unsupported_parameter` for a text that
 * cannot be read
 */
export function fileTexts(written: string, holder: JsonObject, path: ValuePath): PlacedText[] {
  const file = textInFile(written, { mimeType: firstOf(holder, types), name: firstOf(holder, names) });
  if (file === undefined) return [];
  if (file.kind === "text") return [{ path, text: file.text, write: (text) => fileWithText(written, text) }];
  const place = path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .slice(1);
  throw new AditError(
    "unsupported_parameter",
    `${place} is a text file that no guardrail can read: it is no base64, or not in UTF-8.`,
    { param: place, remedy: "Send it in UTF-8, or send its text." },
  );
}

function firstOf(holder: JsonObject, members: readonly string[]): string | undefined {
  return members.map((name) => holder[name]).find((value) => typeof value === "string");
}
