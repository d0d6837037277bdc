/** How the documents' Python and curl samples look on the wire. */
import type { House } from "../support/house.ts";

/** What Portkey's Python SDK adds to each call. Its key comes a second time as `Authorization`, from the OpenAI client inside it. */
export function portkeyPython(key: string, options: Record<string, string> = {}): Record<string, string> {
  return {
    ...openAiPython(key),
    "x-portkey-api-key": key,
    "x-portkey-strict-open-ai-compliance": "false",
    "x-portkey-package-version": "portkey-1.14.0",
    "x-portkey-runtime": "CPython",
    "x-portkey-runtime-version": "3.12.4",
    ...options,
  };
}

/** Obiguard's SDK is made the same way under its own prefix. */
export function obiguardPython(key: string, options: Record<string, string> = {}): Record<string, string> {
  return { ...openAiPython(key), "x-obiguard-api-key": key, ...options };
}

/** OpenAI's Python client. */
export function openAiPython(apiKey: string): Record<string, string> {
  return {
    accept: "application/json",
    authorization: `Bearer ${apiKey}`,
    "content-type": "application/json",
    "user-agent": "OpenAI/Python 1.99.9",
    "x-stainless-arch": "x64",
    "x-stainless-async": "false",
    "x-stainless-lang": "python",
    "x-stainless-os": "Linux",
    "x-stainless-package-version": "1.99.9",
    "x-stainless-read-timeout": "600",
    "x-stainless-retry-count": "0",
    "x-stainless-runtime": "CPython",
    "x-stainless-runtime-version": "3.12.4",
  };
}

/** What curl sends of itself. */
export const curl: Record<string, string> = {
  accept: "*/*",
  "content-type": "application/json",
  "user-agent": "curl/8.5.0",
};

/** Sends a chat completion with exactly these headers. */
export function sendChat(house: House, headers: Record<string, string>, body: unknown): Promise<Response> {
  return fetch(`${house.baseUrl}/chat/completions`, {
    method: "POST",
    headers,
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

/** The error of a refusal. */
export interface RefusalBody {
  status?: string;
  message?: string;
  provider?: string;
  error: { message: string; type: string; code: string; param: string | null };
}

export async function refusalOf(response: Response): Promise<RefusalBody> {
  return (await response.json()) as RefusalBody;
}
