/** A connector: a stored call of one model, after AI Squared's. Its secrets are a virtual key's, and in the vault alone. */
import type { InputField, OutputField } from "./connector-schema.ts";

export interface Connector {
  id: string;
  projectId: string;
  slug: string;
  name: string;
  /** Undefined: the server's own credentials sign. */
  virtualKeyId: string | undefined;
  /** True where that virtual key was made from the connector's own credential fields, and goes with it. */
  ownsVirtualKey: boolean;
  region: string | undefined;
  /** Called in place of the model where it is given. */
  inferenceProfile: string | undefined;
  modelId: string | undefined;
  /** JSON text, as it was given. */
  requestFormat: string | undefined;
  responseFormat: string | undefined;
  inputSchema: readonly InputField[];
  outputSchema: readonly OutputField[];
  requestTimeoutMs: number | undefined;
  /** Milliseconds since 1970. */
  createdAt: number;
  updatedAt: number;
}

/** What goes on the wire as the model: the profile, else the model. */
export function modelOf({ inferenceProfile, modelId }: Pick<Connector, "inferenceProfile" | "modelId">): string {
  return inferenceProfile ?? modelId ?? "";
}
