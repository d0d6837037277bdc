import type { AditError } from "./adit-error.ts";
import { errorRow } from "./error-table.ts";

/** OpenAI's error body. */
export interface OpenAiErrorBody {
  /** Portkey's, where its fields were asked for. */
  status?: "failure";
  /** Portkey's: the same words as `error.message`, which its SDKs read here. */
  message?: string;
  error: { message: string; type: string; code: string; param: string | null };
  /** Portkey's, where the refusal is AWS's. */
  provider?: "bedrock";
}

/**
 * The error as OpenAI's clients read it, also in a stream's error event. With vendor fields (a request under Portkey's or Obiguard's
 * prefix) it also has what their clients read at the top, and AWS's refusals begin with `bedrock error: ` as there.
 */
export function openAiErrorBody(error: AditError, withVendorFields: boolean): OpenAiErrorBody {
  const { type, code } = errorRow(error.code).openai;
  const param = error.param ?? null;
  const words = error.describe();
  if (!withVendorFields) {
    return { error: { message: words, type, code, param }, ...error.beside };
  }
  const isFromAws = error.aws !== undefined;
  const message = isFromAws ? `bedrock error: ${words}` : words;
  return {
    status: "failure",
    message,
    error: { message, type, code, param, ...error.vendor },
    ...(isFromAws ? { provider: "bedrock" } : {}),
    ...error.beside,
  };
}
