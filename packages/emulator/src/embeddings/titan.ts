/** Amazon Titan Embeddings. Shapes of the text models are recorded, those of the multimodal one are AWS's page. */
import { tokensOf } from "../generate/tokens.ts";
import { malformed } from "../invoke/fault-words.ts";
import type { NativeBody } from "../invoke/native-family.ts";
import { boolean, choice, closed, listOf, string, type Schema } from "../invoke/schema.ts";
import { schemaFaults } from "../invoke/schema-faults.ts";
import { invalid, type Refusal } from "../validate/refusal.ts";
import { mediaTokens, type Embedding } from "./embedding-family.ts";
import { signsOf, vectorOf } from "./vectors.ts";

const inputText: Schema = { kind: "string", min: 1 };
const size: Schema = { kind: "integer" };

const textSchema = closed({ inputText }, ["inputText"]);
const textV2Schema = closed(
  { inputText, dimensions: size, normalize: boolean, embeddingTypes: listOf(choice("float", "binary"), { min: 1 }) },
  ["inputText"],
);
const imageSchema = closed({
  inputText: string,
  inputImage: string,
  embeddingConfig: closed({ outputEmbeddingLength: size }),
});

type Result = Embedding | { refusal: Refusal };

const [mostCharacters, mostTokens] = [50_000, 8192];

/** Both reported word for word, the second with the space at its end. */
function lengthFault(text: string): Refusal | undefined {
  if (text.length > mostCharacters)
    return invalid(
      `Malformed input request: expected maxLength: ${mostCharacters}, actual: ${text.length}, please reformat your input and try again.`,
    );
  const tokens = tokensOf(text);
  return tokens > mostTokens
    ? invalid(
        `400 Bad Request: Too many input tokens. Max input tokens: ${mostTokens}, request input token count: ${tokens} `,
      )
    : undefined;
}

export function titanTextEmbedding(body: NativeBody): Result {
  const text = String(body["inputText"]);
  const refusal = malformed(schemaFaults(body, textSchema)) ?? lengthFault(text);
  if (refusal !== undefined) return { refusal };
  const inputTokens = tokensOf(text);
  return { response: { embedding: vectorOf(text, 1536), inputTextTokenCount: inputTokens }, inputTokens };
}

export function titanTextV2Embedding(body: NativeBody): Result {
  const dimensions = Number(body["dimensions"] ?? 1024);
  const text = String(body["inputText"]);
  const refusal =
    malformed(schemaFaults(body, textV2Schema)) ??
    sizeFault("dimensions", dimensions, [256, 512, 1024]) ??
    lengthFault(text);
  if (refusal !== undefined) return { refusal };
  const types = Array.isArray(body["embeddingTypes"]) ? body["embeddingTypes"] : ["float"];
  const vector = vectorOf(text, dimensions, body["normalize"] !== false);
  const isFloat = types.includes("float");
  const embeddingsByType = {
    ...(isFloat && { float: vector }),
    ...(types.includes("binary") && { binary: signsOf(vector) }),
  };
  const inputTokens = tokensOf(text);
  const response = { ...(isFloat && { embedding: vector }), embeddingsByType, inputTextTokenCount: inputTokens };
  return { response, inputTokens };
}

export function titanImageEmbedding(body: NativeBody): Result {
  const config = body["embeddingConfig"] as { outputEmbeddingLength?: number } | undefined;
  const dimensions = config?.outputEmbeddingLength ?? 1024;
  const path = "embeddingConfig/outputEmbeddingLength";
  const refusal = malformed(schemaFaults(body, imageSchema)) ?? sizeFault(path, dimensions, [256, 384, 1024]);
  if (refusal !== undefined) return { refusal };
  const [text, image] = [textIn(body, "inputText"), textIn(body, "inputImage")];
  if (text === "" && image === "")
    return { refusal: invalid("Please provide at least one of inputText or inputImage.") };
  const inputTextTokenCount = tokensOf(text);
  const response = { embedding: vectorOf(`${text}\n${image}`, dimensions), inputTextTokenCount, message: null };
  return { response, inputTokens: inputTextTokenCount + mediaTokens(image) };
}

function textIn(body: NativeBody, name: string): string {
  const value: unknown = body[name];
  return typeof value === "string" ? value : "";
}

/** A size that the model has not, told as Bedrock tells a value out of an enum. */
export function sizeFault(path: string, size: number, sizes: readonly number[]): Refusal | undefined {
  return sizes.includes(size)
    ? undefined
    : invalid(
        `Malformed input request: #/${path}: ${size} is not a valid enum value, please reformat your input and try again.`,
      );
}
