/** What a native call used of what is not paid by the token: images made or embedded, whether it was of any seconds, and queries of models that rank. AWS does not count them for its callers. */
import { Buffer } from "node:buffer";
import { embeddingFactsOf, isJsonObject, type EmbeddingFormat, type JsonObject, type JsonValue } from "@adit/bedrock";
import { outputOf, parsedObject } from "@adit/bedrock/gateway";
import { embeddedImages, embedsSeconds } from "./embedded-images.ts";

export type CountedPieces = Partial<Record<"images" | "seconds" | "queries", number>>;

/** A call's bodies, as they went and came. */
export interface NativeBodies {
  request: Buffer | string;
  answer: Buffer;
}

/** Undefined for a model that is paid otherwise, and where the bodies do not make the count certain. */
export function countedPieces(
  baseId: string | undefined,
  { request, answer }: NativeBodies,
): CountedPieces | undefined {
  switch (baseId === undefined ? undefined : outputOf(baseId)) {
    case "image":
      return imagesIn(answer);
    case "rerank":
      return queriesOf(request);
    case "embedding":
      return embeddedOf(baseId, request);
    case undefined:
    case "text":
    case "video":
    case "speech":
      return undefined;
  }
}

/** Undefined of a model of texts alone, which are paid by the token. How long a video or a sound is nobody tells. */
function embeddedOf(baseId = "", request: Buffer | string): CountedPieces | undefined {
  const facts = embeddingFactsOf(baseId);
  if (facts === undefined || !facts.images) return undefined;
  const body = parsedObject(request.toString()) ?? {};
  const images = embeddedImages(body, facts.format);
  const isWithoutSeconds = takesSeconds.has(facts.format) && !embedsSeconds(body, facts.format);
  if (images === 0 && !isWithoutSeconds) return undefined;
  return { ...(images > 0 && { images }), ...(isWithoutSeconds && { seconds: 0 }) };
}

const takesSeconds: ReadonlySet<EmbeddingFormat> = new Set(["nova", "marengo-2", "marengo-3"]);

/** True where a native call may have the model look or listen for a time. */
export function mayHaveSeconds(baseId: string, body: JsonObject): boolean {
  const facts = embeddingFactsOf(baseId);
  if (facts !== undefined) return embedsSeconds(body, facts.format);
  const output = outputOf(baseId);
  return output !== "image" && output !== "rerank";
}

/**
 * AWS's pages on Stability's models, Titan Image and Nova Canvas: `images`, a list of base64. What was filtered is told beside it, in
 * `finish_reasons` or `error`: whether that is billed nobody says.
 */
function imagesIn(answer: Buffer): CountedPieces | undefined {
  const { images, finish_reasons: reasons, error } = parsedObject(answer.toString("utf8")) ?? {};
  const isWhole = (error ?? null) === null && (!Array.isArray(reasons) || reasons.every((reason) => reason === null));
  return Array.isArray(images) && images.length > 0 && isWhole ? { images: images.length } : undefined;
}

/** AWS's page of prices: a query is a hundred documents; what is longer than so many tokens, the query among them, is several. */
const documentsInQuery = 100;
const tokensOfDocument = 500;

/** Where even as many tokens as bytes make no further query, the count is certain. */
function queriesOf(request: Buffer | string): CountedPieces | undefined {
  const body = parsedObject(request.toString()) ?? {};
  const most = mostQueries(body);
  if (most === undefined || !Array.isArray(body["documents"])) return undefined;
  const queries = Math.ceil(body["documents"].length / documentsInQuery);
  return queries === most ? { queries } : undefined;
}

/** The most queries that a request to rank can be, for no token is shorter than a byte; undefined where nobody can say. */
export function mostQueries({ query, documents }: JsonObject): number | undefined {
  if (typeof query !== "string" || !Array.isArray(documents) || documents.length === 0) return undefined;
  const room = tokensOfDocument - Buffer.byteLength(query);
  if (room <= 0) return undefined;
  let most = 0;
  for (const document of documents) most += Math.max(1, Math.ceil(bytesOf(document) / room));
  return Number.isFinite(most) ? Math.ceil(most / documentsInQuery) : undefined;
}

/** A text, or an object of fields. */
function bytesOf(document: JsonValue): number {
  if (typeof document === "string") return Buffer.byteLength(document);
  return isJsonObject(document) ? Buffer.byteLength(JSON.stringify(document)) : Number.POSITIVE_INFINITY;
}
