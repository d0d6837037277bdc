/** What a family of embedding models speaks under InvokeModel. */
import type { NativeBody } from "../invoke/native-family.ts";
import type { Refusal } from "../validate/refusal.ts";

export interface Embedding {
  response: object;
  /** For the header; some families tell it in the body too. */
  inputTokens: number;
}

export type EmbeddingFamily = (body: NativeBody, baseId: string) => Embedding | { refusal: Refusal };

/** Characters of base64 that count as a token of media. */
const mediaCharactersPerToken = 1000;

export function mediaTokens(base64: string): number {
  return Math.ceil(base64.length / mediaCharactersPerToken);
}
