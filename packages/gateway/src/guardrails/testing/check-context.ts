import type { CheckContext } from "../check.ts";

/** A call of a model, as checks see it; nobody can be asked anything. */
export function checkContext(changes: Partial<CheckContext> = {}): CheckContext {
  const nobody = (): Promise<never> => Promise.reject(new Error("This test asks nobody."));
  return {
    phase: "before",
    requestType: "chatComplete",
    request: { json: {}, isStreaming: false, isChanged: false },
    response: undefined,
    model: "model",
    modelAsked: "model",
    provider: "bedrock",
    metadata: {},
    patience: { steps: 10_000_000 },
    tools: { post: nobody, lookUp: nobody, reach: nobody, bedrock: nobody, modelBehind: nobody },
    ...changes,
  };
}
