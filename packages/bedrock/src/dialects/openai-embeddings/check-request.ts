import { embeddingInputTypes, embeddingTruncations } from "../../embedding/embedding.ts";
import type { JsonObject } from "../../json.ts";
import { checkBoolean, checkName, checkString, checkWhole, needRequest } from "../translation/fields/check-field.ts";
import { unsupported, wrongType } from "../translation/fields/request-fault.ts";
import type { EmbeddingsRequest } from "./embeddings-request.ts";
import { inputsOf } from "./input-parts.ts";

/**
 * Sees to the types of a request of embeddings and gives it back, the same object. Throws an AditError: `invalid_request` with the path of
 * the field, or `unsupported_parameter` for what Bedrock has no means for. Fields that are not known are no error.
 */
export function checkEmbeddingsRequest(body: JsonObject): EmbeddingsRequest {
  needRequest(body);
  const { model, input } = body;
  if (typeof model !== "string" || model === "") {
    throw wrongType("model", "the name of a model", model);
  }
  // Cohere's own fields: what is in them would be missing from the answer.
  for (const field of ["texts", "images", "inputs"]) {
    if (body[field] !== undefined && body[field] !== null) {
      throw unsupported(
        field,
        `${field} is not read here: put texts and images into input, such as {"image": "data:..."}`,
      );
    }
  }
  if (input === undefined || input === null) {
    throw wrongType("input", "a text, an object with text or image, or a list of these", input);
  }
  inputsOf(body);
  checkWhole(body["dimensions"], "dimensions", 1);
  checkName(body["encoding_format"], "encoding_format", ["float", "base64"]);
  checkName(body["input_type"], "input_type", embeddingInputTypes);
  checkName(body["truncate"], "truncate", embeddingTruncations);
  checkBoolean(body["normalize"], "normalize");
  checkString(body["embedding_purpose"], "embedding_purpose");
  checkWhole(body["max_tokens"], "max_tokens", 1);
  checkTypes(body);
  return body as EmbeddingsRequest;
}

/** Cohere's and Titan's lists of types: an answer in OpenAI's form has floats. */
function checkTypes(body: JsonObject): void {
  for (const field of ["embedding_types", "embeddingTypes"]) {
    const value = body[field] ?? undefined;
    const types = Array.isArray(value) ? value : [value];
    if (value !== undefined && types.some((type) => type !== "float")) {
      throw unsupported(field, `${field} may only hold "float" here: an answer in OpenAI's form has no other type`);
    }
  }
}
