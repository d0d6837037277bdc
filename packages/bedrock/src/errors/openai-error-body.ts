import type { AditError } from "./adit-error.ts";
import { errorRow } from "./error-table.ts";
import { inputTooLong } from "./input-too-long.ts";

/** OpenAI's error body. */
export interface OpenAiErrorBody {
  /** Portkey's, where its fields were asked for. */
  status?: "failure";
  /** Portkey's: the same words as `error.message`, which its SDKs read here. */
  message?: string;
  error: { message: string; type: string; code: string | null; param: string | null };
  /** Portkey's, where the refusal is AWS's or another target's. */
  provider?: "bedrock" | "openai";
}

/** OpenAI's name for an input that the model cannot hold: agents shorten the conversation by it. */
const tooLongCode = "context_length_exceeded";

/** Type, code and field at fault: a target's own where it speaks OpenAI's format itself, for clients go by them. */
function namesOf({ code, param, provider, aws }: AditError): Omit<OpenAiErrorBody["error"], "message"> {
  const row = errorRow(code).openai;
  const isTooLong = code === "ValidationException" && inputTooLong.test(aws?.message ?? "");
  return provider === undefined
    ? { type: row.type, code: isTooLong ? tooLongCode : row.code, param: param ?? null }
    : {
        type: provider.type ?? row.type,
        code: provider.code === undefined ? row.code : provider.code,
        param: provider.param ?? param ?? null,
      };
}

/**
 * The error as OpenAI's clients read it, also in a stream's error event. With vendor fields (a request under Portkey's or Obiguard's
 * prefix) it also has what their clients read at the top, and refusals of AWS or another target begin with their provider's name as there:
 * `bedrock error: `, `openai error: `.
 */
export function openAiErrorBody(error: AditError, withVendorFields: boolean): OpenAiErrorBody {
  const names = namesOf(error);
  const words = error.describe();
  if (!withVendorFields) {
    return { error: { message: words, ...names }, ...error.beside };
  }
  const provider = error.aws === undefined ? error.provider?.vendorName : "bedrock";
  const message = provider === undefined ? words : `${provider} error: ${words}`;
  const { type = names.type, code = names.code } = error.vendor ?? {};
  return {
    status: "failure",
    message,
    error: { message, ...names, type, code },
    ...(provider !== undefined && { provider }),
    ...error.beside,
  };
}
