/** Images, video, files and sound as OpenAI's parts, and Portkey's, hold them. */
import type { ContentBlock } from "../../converse/content.ts";
import type { MediaKind } from "../translation/media/media-format.ts";
import { blockFromAddress, blockFromAudio, blockFromFile } from "../translation/media/media.ts";
import { drop, here, type TranslationDraft } from "../translation/translation-draft.ts";
import type { AudioPart, FilePart, ImagePart, MediaAddress, VideoPart } from "./chat-request.ts";

export function blockFromImagePart(draft: TranslationDraft, part: ImagePart): ContentBlock {
  return blockFromPart(draft, part.image_url, "image_url", "image");
}

export function blockFromVideoPart(draft: TranslationDraft, part: VideoPart): ContentBlock {
  return blockFromPart(draft, part.video_url, "video_url", "video");
}

function blockFromPart(
  draft: TranslationDraft,
  value: MediaAddress | string,
  field: string,
  kind: MediaKind,
): ContentBlock {
  if (typeof value === "string") {
    const place = { path: `${here(draft)}.${field}`, mimeType: undefined, bucketOwner: undefined };
    return blockFromAddress(draft, value, place, kind);
  }
  const { url, mime_type: mimeType, detail } = value;
  const bucketOwner = value.bucketOwner ?? value.bucket_owner;
  const block = blockFromAddress(draft, url, { path: `${here(draft)}.${field}.url`, mimeType, bucketOwner }, kind);
  if (detail !== undefined && detail !== null && detail !== "auto") {
    drop(draft, `${here(draft)}.${field}.detail`);
  }
  return block;
}

export function blockFromFilePart(draft: TranslationDraft, { file }: FilePart): ContentBlock {
  const url = file.file_url ?? undefined;
  const place = `${here(draft)}.file`;
  if (url !== undefined && typeof file.file_data === "string") {
    drop(draft, `${place}.file_data`);
  }
  return blockFromFile(draft, {
    url,
    data: file.file_data ?? undefined,
    filename: file.filename ?? file.file_name ?? undefined,
    path: `${place}.${url === undefined ? "file_data" : "file_url"}`,
    namePath: `${place}.filename`,
    mimeType: file.mime_type,
    bucketOwner: file.bucketOwner ?? file.bucket_owner,
  });
}

export function blockFromAudioPart(draft: TranslationDraft, part: AudioPart): ContentBlock {
  return blockFromAudio(
    draft,
    { data: part.input_audio.data, format: part.input_audio.format },
    `${here(draft)}.input_audio`,
  );
}
