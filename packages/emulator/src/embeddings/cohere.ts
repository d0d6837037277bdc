/** Cohere Embed 3 and 4. Shapes of float vectors are recorded; the other types are Cohere's page. */
import { tokensOf } from "../generate/tokens.ts";
import { malformed } from "../invoke/fault-words.ts";
import type { NativeBody } from "../invoke/native-family.ts";
import { choice, closed, integer, listOf, open, string, tagged, type Schema } from "../invoke/schema.ts";
import { schemaFaults } from "../invoke/schema-faults.ts";
import { uuidFrom } from "../invoke/families/ids.ts";
import { digestOf, randomFrom } from "../generate/random.ts";
import { isRecord } from "../validate/read-shape.ts";
import { invalid, type Refusal } from "../validate/refusal.ts";
import { mediaTokens, type Embedding } from "./embedding-family.ts";
import { sizeFault } from "./titan.ts";
import { bytesOf, packedSigns, vectorOf } from "./vectors.ts";

/** Most texts of a request. */
const mostTexts = 96;
const inputTypes = ["search_document", "search_query", "classification", "clustering", "image"];

/** Both generations; the fourth has more. */
const shared: Record<string, Schema> = {
  texts: listOf(string, { min: 1, max: mostTexts }),
  images: listOf(string, { min: 1, max: mostTexts }),
  input_type: choice(...inputTypes),
  truncate: choice("NONE", "START", "END", "LEFT", "RIGHT"),
  embedding_types: listOf(choice("float", "int8", "uint8", "binary", "ubinary", "base64"), { min: 1 }),
};
const part = tagged({ text: open({ text: string }, ["text"]), image_url: open({}, ["image_url"]) });
/** By AWS's page the third has Cohere's older words alone; the fourth takes both (recorded). */
const third = closed(
  {
    ...shared,
    // Reported in Bedrock's words, whatever `truncate` says.
    texts: listOf({ kind: "string", max: 2048 }, { min: 1, max: mostTexts }),
    truncate: choice("NONE", "START", "END"),
  },
  ["input_type"],
);
const fourth = closed(
  {
    ...shared,
    inputs: listOf(closed({ content: listOf(part, { min: 1 }) }, ["content"]), { min: 1, max: mostTexts }),
    output_dimension: integer(),
    max_tokens: integer(1, 128_000),
  },
  ["input_type"],
);

/** One thing to embed. */
interface Item {
  /** What the vector depends on. */
  key: string;
  tokens: number;
}

export function cohereEmbedding(body: NativeBody, baseId: string): Embedding | { refusal: Refusal } {
  const isFourth = baseId.includes("embed-v4");
  const dimensions = isFourth ? Number(body["output_dimension"] ?? 1536) : 1024;
  const refusal =
    malformed(schemaFaults(body, isFourth ? fourth : third)) ??
    (isFourth ? sizeFault("output_dimension", dimensions, [256, 512, 1024, 1536]) : undefined);
  if (refusal !== undefined) return { refusal };
  const items = itemsOf(body);
  if (items.length === 0)
    return { refusal: invalid("valid input must be provided: one of texts, images or inputs is required") };
  const types = Array.isArray(body["embedding_types"]) ? body["embedding_types"].map(String) : undefined;
  const vectors = items.map(({ key }) => vectorOf(key, dimensions));
  return {
    response: {
      embeddings: embeddingsOf(vectors, types ?? (isFourth ? ["float"] : undefined)),
      id: uuidFrom(randomFrom(digestOf(body))),
      response_type: types === undefined && !isFourth ? "embeddings_floats" : "embeddings_by_type",
      texts: echoedTexts(body, baseId),
    },
    inputTokens: items.reduce((sum, { tokens }) => sum + tokens, 0),
  };
}

function itemsOf(body: NativeBody): Item[] {
  const texts = listIn(body, "texts").map((text) => ({ key: String(text), tokens: tokensOf(String(text)) }));
  const images = listIn(body, "images").map((image) => ({ key: String(image), tokens: mediaTokens(String(image)) }));
  const inputs = listIn(body, "inputs").map((input) => {
    const key = JSON.stringify(input);
    return { key, tokens: tokensOf(textsIn(input).join(" ")) + (key.includes("image_url") ? mediaTokens(key) : 0) };
  });
  return [...texts, ...images, ...inputs];
}

function listIn(body: NativeBody, name: string): unknown[] {
  const value: unknown = body[name];
  return Array.isArray(value) ? value : [];
}

function textsIn(input: unknown): string[] {
  const content = isRecord(input) && Array.isArray(input["content"]) ? input["content"] : [];
  return content.flatMap((each: unknown) => (isRecord(each) && typeof each["text"] === "string" ? [each["text"]] : []));
}

/** Recorded: the English model of the third generation lowers its texts. */
function echoedTexts(body: NativeBody, baseId: string): string[] {
  const texts = [...listIn(body, "texts").map(String), ...listIn(body, "inputs").flatMap(textsIn)];
  return baseId.includes("english") ? texts.map((text) => text.toLowerCase()) : texts;
}

/** A list of vectors where no types are asked for, else lists by type. */
function embeddingsOf(vectors: readonly number[][], types: readonly string[] | undefined): object {
  if (types === undefined) return vectors;
  return Object.fromEntries(types.map((type) => [type, vectors.map((vector) => typed(vector, type))]));
}

function typed(vector: readonly number[], type: string): readonly number[] | string {
  switch (type) {
    case "int8":
      return bytesOf(vector);
    case "uint8":
      return bytesOf(vector, 128);
    case "binary":
      return packedSigns(vector, -128);
    case "ubinary":
      return packedSigns(vector);
    case "base64":
      return Buffer.from(Float32Array.from(vector).buffer).toString("base64");
    default:
      return vector;
  }
}
