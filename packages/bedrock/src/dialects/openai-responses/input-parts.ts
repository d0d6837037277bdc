/** Parts of a message to blocks of Converse. */
import type { ContentBlock } from "../../converse/content.ts";
import { markOfPart } from "../translation/cache-marks.ts";
import { blockFromAddress, blockFromAudio, blockFromFile } from "../translation/media/media.ts";
import { textBlock } from "../translation/text-blocks.ts";
import { drop, here, type TranslationDraft } from "../translation/translation-draft.ts";
import { nameUnread } from "../translation/fields/unread-fields.ts";
import type { InputFilePart, InputImagePart, InputPart } from "./responses-request.ts";

/** The parts as blocks, each followed by its cache mark. */
export function blocksFromParts(draft: TranslationDraft, parts: readonly InputPart[]): ContentBlock[] {
  const blocks: ContentBlock[] = [];
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    if (part === undefined) {
      continue;
    }
    draft.partIndex = index;
    nameUnreadOfPart(draft, part);
    const mark = markOfPart(draft, part);
    const block = blockFromPart(draft, part, mark !== undefined && blocks.length > 0);
    if (block !== undefined) {
      blocks.push(block);
      if (mark !== undefined) {
        blocks.push(mark);
      }
    }
  }
  draft.partIndex = -1;
  return blocks;
}

function blockFromPart(draft: TranslationDraft, part: InputPart, isMarked: boolean): ContentBlock | undefined {
  switch (part.type) {
    case "input_text":
    case "output_text":
    case "summary_text":
    case "text":
      return textBlock(draft, part.text, isMarked);
    case "refusal":
      return textBlock(draft, part.refusal, isMarked);
    case "input_image":
      return blockFromImage(draft, part);
    case "input_file":
      return blockFromInputFile(draft, part);
    case "input_audio":
      return blockFromAudio(draft, { format: undefined, ...part.input_audio }, `${here(draft)}.input_audio`);
  }
}

export function blockFromImage(draft: TranslationDraft, part: InputImagePart): ContentBlock {
  nameDetail(draft, part);
  const place = { path: `${here(draft)}.image_url`, mimeType: undefined, bucketOwner: undefined };
  return blockFromAddress(draft, part.image_url, place, "image");
}

export function blockFromInputFile(draft: TranslationDraft, part: InputFilePart): ContentBlock {
  nameDetail(draft, part);
  const url = part.file_url ?? undefined;
  if (url !== undefined && typeof part.file_data === "string") {
    drop(draft, `${here(draft)}.file_data`);
  }
  return blockFromFile(draft, {
    url,
    data: part.file_data ?? undefined,
    filename: part.filename ?? undefined,
    path: `${here(draft)}.${url === undefined ? "file_data" : "file_url"}`,
    namePath: `${here(draft)}.filename`,
    mimeType: undefined,
    bucketOwner: undefined,
  });
}

/** How closely to look at it: Bedrock's models decide that themselves. */
function nameDetail(draft: TranslationDraft, { detail }: InputImagePart | InputFilePart): void {
  if (detail !== undefined && detail !== null && detail !== "auto") {
    drop(draft, `${here(draft)}.detail`);
  }
}

const always = ["type", "cache_control", "prompt_cache_breakpoint"];
const ofText: ReadonlySet<string> = new Set([...always, "text"]);

const readOfParts: Record<InputPart["type"], ReadonlySet<string>> = {
  input_text: ofText,
  output_text: ofText,
  summary_text: ofText,
  text: ofText,
  refusal: new Set([...always, "refusal"]),
  input_image: new Set([...always, "image_url", "detail"]),
  input_file: new Set([...always, "file_data", "file_url", "filename", "detail"]),
  input_audio: new Set([...always, "input_audio"]),
};

/** Names fields of the part in hand that nothing here reads. */
export function nameUnreadOfPart(draft: TranslationDraft, part: InputPart): void {
  nameUnread(draft, part, readOfParts[part.type], here);
}
