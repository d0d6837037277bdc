/** Amazon Nova Multimodal Embeddings: one input a call. Texts are recorded; the other kinds are AWS's page of the model. */
import { tokensOf } from "../generate/tokens.ts";
import { malformed } from "../invoke/fault-words.ts";
import type { NativeBody } from "../invoke/native-family.ts";
import { any, choice, closed, integer, open, string } from "../invoke/schema.ts";
import { schemaFaults } from "../invoke/schema-faults.ts";
import { isRecord } from "../validate/read-shape.ts";
import { invalid, type Refusal } from "../validate/refusal.ts";
import { mediaTokens, type Embedding } from "./embedding-family.ts";
import { sizeFault } from "./titan.ts";
import { vectorOf } from "./vectors.ts";

const purposes =
  "GENERIC_INDEX GENERIC_RETRIEVAL TEXT_RETRIEVAL IMAGE_RETRIEVAL VIDEO_RETRIEVAL DOCUMENT_RETRIEVAL AUDIO_RETRIEVAL CLASSIFICATION CLUSTERING";
const kinds = ["text", "image", "audio", "video"] as const;
const media = closed({ format: string, source: open(), detailLevel: string, embeddingMode: string }, [
  "format",
  "source",
]);

const schema = closed(
  {
    schemaVersion: string,
    taskType: choice("SINGLE_EMBEDDING"),
    singleEmbeddingParams: closed(
      {
        embeddingPurpose: choice(...purposes.split(" ")),
        embeddingDimension: integer(),
        text: closed({ truncationMode: choice("START", "END", "NONE"), value: string, source: any }, [
          "truncationMode",
        ]),
        image: media,
        audio: media,
        video: media,
      },
      ["embeddingPurpose"],
    ),
  },
  ["taskType", "singleEmbeddingParams"],
);

export function novaEmbedding(body: NativeBody): Embedding | { refusal: Refusal } {
  const malformedBody = malformed(schemaFaults(body, schema));
  if (malformedBody !== undefined) return { refusal: malformedBody };
  const params = isRecord(body["singleEmbeddingParams"]) ? body["singleEmbeddingParams"] : {};
  const dimensions = Number(params["embeddingDimension"] ?? 3072);
  const refusal = sizeFault("singleEmbeddingParams/embeddingDimension", dimensions, [256, 384, 1024, 3072]);
  if (refusal !== undefined) return { refusal };
  const given = kinds.filter((kind) => params[kind] !== undefined);
  const [kind] = given;
  if (kind === undefined || given.length > 1)
    return {
      refusal: invalid("Exactly one of text, image, audio or video must be provided in singleEmbeddingParams."),
    };
  const input = params[kind];
  const text = isRecord(input) && typeof input["value"] === "string" ? input["value"] : undefined;
  const key = text ?? JSON.stringify(input);
  return {
    response: { embeddings: [{ embedding: vectorOf(key, dimensions), embeddingType: kind.toUpperCase() }] },
    inputTokens: text === undefined ? mediaTokens(key) : tokensOf(text),
  };
}
