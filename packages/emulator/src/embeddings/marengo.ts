/** TwelveLabs Marengo 2.7 and 3.0 for texts and images; video and audio go by asynchronous calls. Source: AWS's pages of the models. */
import { tokensOf } from "../generate/tokens.ts";
import { malformed } from "../invoke/fault-words.ts";
import type { NativeBody } from "../invoke/native-family.ts";
import { choice, closed, open, string } from "../invoke/schema.ts";
import { schemaFaults } from "../invoke/schema-faults.ts";
import { isRecord } from "../validate/read-shape.ts";
import { invalid, type Refusal } from "../validate/refusal.ts";
import { mediaTokens, type Embedding } from "./embedding-family.ts";
import { vectorOf } from "./vectors.ts";

const inputType = choice("text", "image", "video", "audio", "text_image");
const textTruncate = choice("end", "none");
const second = closed({ inputType, inputText: string, textTruncate, mediaSource: open() }, ["inputType"]);
const third = closed(
  {
    inputType,
    text: closed({ inputText: string, textTruncate }, ["inputText"]),
    image: closed({ mediaSource: open() }, ["mediaSource"]),
    text_image: closed({ inputText: string, mediaSource: open() }, ["inputText", "mediaSource"]),
  },
  ["inputType"],
);

export function marengoEmbedding(body: NativeBody, baseId: string): Embedding | { refusal: Refusal } {
  const isThird = baseId.includes("-3-");
  const refusal = malformed(schemaFaults(body, isThird ? third : second));
  if (refusal !== undefined) return { refusal };
  const kind = String(body["inputType"]);
  if (kind === "video" || kind === "audio")
    return { refusal: invalid(`The inputType ${kind} is only supported by StartAsyncInvoke.`) };
  const given: unknown = isThird ? body[kind] : body;
  const { inputText, mediaSource } = isRecord(given) ? given : {};
  const isGiven = kind === "image" ? mediaSource !== undefined : inputText !== undefined;
  if (!isGiven) return { refusal: invalid(`The inputType ${kind} needs its input.`) };
  const text = typeof inputText === "string" ? inputText : "";
  const media = mediaSource === undefined ? "" : JSON.stringify(mediaSource);
  return {
    response: { data: [{ embedding: vectorOf(`${text}\n${media}`, isThird ? 512 : 1024) }] },
    inputTokens: tokensOf(text) + mediaTokens(media),
  };
}
