/**
 * What `top_p` and `top_k` are where the caller has no wish: Anthropic's API takes -1 so, and LangChain's `ChatAnthropic` before 1.0 (seen
 * with 0.3.34) sends it in every request. Bedrock takes 0 to 1, and whole numbers from 0 on.
 */
export const unsetSampling = -1;

/** The wish; undefined where there is none. */
export function setSampling(value: number | null | undefined): number | undefined {
  return value === null || value === unsetSampling ? undefined : value;
}
