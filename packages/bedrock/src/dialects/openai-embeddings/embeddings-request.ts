/** A request of `/v1/embeddings`, checked, with what Cohere's, Nova's and Portkey's users add to OpenAI's fields. */
import type { EmbeddingInputType, EmbeddingTruncation } from "../../embedding/embedding.ts";
import type { JsonObject } from "../../json.ts";

export interface EmbeddingsRequest extends JsonObject {
  model: string;
  input: EmbeddingsInput | EmbeddingsInput[];
  dimensions?: number | null;
  encoding_format?: "float" | "base64" | null;
  user?: string | null;
  /** Cohere's; Nova's purpose follows from it. */
  input_type?: EmbeddingInputType | null;
  truncate?: EmbeddingTruncation | null;
  /** Titan's. */
  normalize?: boolean | null;
  /** Nova's. */
  embedding_purpose?: string | null;
  /** Cohere's: tokens of a text beyond which it is cut. */
  max_tokens?: number | null;
}

/**
 * A text; an image as a data URL; or an object: `{"text"}`, `{"image"}` with a data URL, an https address, base64 or Portkey's
 * `{"base64"}`, both for one vector, `{"type":"text"}` and `{"type":"image_url"}` as in chat, or Cohere's `{"content":[...]}` of these.
 */
export type EmbeddingsInput = string | JsonObject;
