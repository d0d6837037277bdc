/** Texts that the command line names by their files. */
import { readFile } from "node:fs/promises";
import { AditError } from "@adit/bedrock";

/**
 * The text of a file or a pipe, without the mark at its beginning by which Windows' programs tell UTF-8 and UTF-16 apart.
 * @throws AditError `invalid_request` with the system's words where it cannot be read.
 */
export async function textOfFile(file: string, remedy = "Name a file that is there and may be read."): Promise<string> {
  try {
    const bytes = await readFile(file);
    // What is written in another way than its mark says would be kept with other letters than it has.
    return new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? `: ${cause.message}` : "";
    throw new AditError("invalid_request", `The file ${file} cannot be read${reason}.`, { cause, remedy });
  }
}

/** PowerShell's `>` writes UTF-16 up to version 5. */
function encodingOf(bytes: Buffer): string {
  const mark = bytes.subarray(0, 2).toString("hex");
  if (mark === "fffe") return "utf-16le";
  return mark === "feff" ? "utf-16be" : "utf-8";
}
