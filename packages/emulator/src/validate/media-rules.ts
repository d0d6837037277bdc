/** Images, documents, video and audio: which a model takes, where from, how many. */
import { Buffer } from "node:buffer";
import { type Call, type PlacedBlock, type Rule } from "./call.ts";
import { modelRefuses, invalid, unsupportedBlock, unsupportedField, type Refusal } from "./refusal.ts";

export const mediaRules: readonly Rule[] = [known, inUserTurns, inResults, counted, placed];

const mediaKinds = ["image", "document", "video", "audio"] as const;
/** Most images of one message, as the service model's text says. */
const mostImages = 20;

function known(call: Call): Refusal | undefined {
  for (const { block } of call.blocks) {
    const kind = mediaKinds.find((name) => block[name] !== undefined);
    if (kind !== undefined && !call.traits.media.includes(kind)) return unsupportedBlock(kind);
    if (block.searchResult !== undefined && call.traits.family !== "claude") return unsupportedBlock("searchResult");
  }
  return undefined;
}

function inUserTurns({ turns }: Call): Refusal | undefined {
  for (const turn of turns)
    for (const { block, path } of turn.blocks) {
      const kind = mediaKinds.find((name) => block[name] !== undefined);
      if (kind !== undefined && turn.role !== "user")
        return invalid(
          `The ${kind} content block at ${path} is only allowed in messages with the user role. Update the content block and try again.`,
        );
    }
  return undefined;
}

/** Nova takes text documents in tool results, not pdf or Office files (pydantic-ai, tried live). */
function inResults(call: Call): Refusal | undefined {
  const { toolResultMedia, family } = call.traits;
  if (toolResultMedia === undefined) return undefined;
  for (const part of call.blocks.flatMap(({ block }) => block.toolResult?.content ?? [])) {
    const kind = mediaKinds.find((name) => name !== "audio" && part[name] !== undefined);
    if (kind !== undefined && !toolResultMedia.includes(kind)) return unsupportedBlock(kind);
    if (family === "nova" && part.document !== undefined && !/^(csv|txt|md|html)$/.test(part.document.format ?? "txt"))
      return unsupportedBlock("document");
  }
  return undefined;
}

function counted({ request }: Call): Refusal | undefined {
  for (const message of request.messages ?? []) {
    const images = message.content.filter((block) => block.image !== undefined).length;
    if (images > mostImages)
      return invalid(
        `The number of images exceeds the limit of ${mostImages} in a message. Remove images and try again.`,
      );
  }
  return undefined;
}

/** Recorded: a document of Claude's in S3 is refused by its own layer; Nova reads S3. */
function placed(call: Call): Refusal | undefined {
  if (call.traits.s3) return undefined;
  for (const placedBlock of call.blocks) {
    const kind = s3KindOf(placedBlock);
    if (kind === undefined) continue;
    return call.traits.family === "claude" && kind === "document"
      ? modelRefuses(`${placedBlock.path}.document.source.type: Field required`)
      : unsupportedField("s3Uri");
  }
  return undefined;
}

function s3KindOf({ block }: PlacedBlock): string | undefined {
  return mediaKinds.find((kind) => block[kind]?.source.s3Location !== undefined);
}

/** First bytes of the image formats. */
const signatures: readonly [string, RegExp][] = [
  ["image/png", /^89504e47/],
  ["image/jpeg", /^ffd8ff/],
  ["image/gif", /^47494638/],
  ["image/webp", /^52494646.{8}57454250/],
  ["application/pdf", /^25504446/],
];

/** Nova looks at the bytes once the stream has begun. Recorded on ConverseStream: an exception frame of a 200. */
export function imageBytesRefusal(call: Call): Refusal | undefined {
  if (call.traits.family !== "nova") return undefined;
  for (const { block } of call.blocks) {
    if (block.image?.source.bytes === undefined) continue;
    const expected = `image/${block.image.format}`;
    const detected = mimeOf(block.image.source.bytes);
    if (detected !== expected)
      return {
        ...modelRefuses(
          `The detected file MIME type ${detected} does not match the expected type ${expected}. Reformat your input and try again.`,
        ),
        ...(call.stream ? { inStream: true as const } : {}),
      };
  }
  return undefined;
}

/** The kind of file that bytes look like. */
export function mimeOf(base64: string): string {
  const head = Buffer.from(base64.slice(0, 64), "base64");
  const hex = head.toString("hex");
  const found = signatures.find(([, form]) => form.test(hex))?.[0];
  if (found !== undefined) return found;
  return head.every((byte) => byte > 31 || byte === 10 || byte === 13 || byte === 9)
    ? "text/plain"
    : "application/octet-stream";
}
