/** One token of a model by a stored credential: a call like all others, within limits, with its cost in the log. */
import type { CompatibleEndpoint } from "@adit/bedrock";
import { keyCredential, targetFor } from "../connectors/connector-target.ts";
import { askForeign, invokeWhole, newWay, type InvokeDependencies } from "../connectors/invoke.ts";
import type { Target } from "../routing/plan/plan.ts";
import { labelOf } from "../vault/virtual-key-sources.ts";
import type { VirtualKey } from "../vault/virtual-key.ts";
import type { Call, CallTools } from "./operation.ts";

export interface CredentialCallTools extends CallTools {
  calls: InvokeDependencies & { endpoint: CompatibleEndpoint };
}

type AskingCall = Pick<Call<unknown, unknown>, "incoming" | "reply" | "principal" | "parts">;

/** The model that answered. Rejects with AditError, of the limits too. */
export async function askOneToken(
  call: AskingCall,
  { key, model, region }: { key: VirtualKey; model: string; region: string },
  { calls }: CredentialCallTools,
): Promise<string> {
  const { virtualKeySources } = call.parts;
  const parts = { region, modelId: model, inferenceProfile: undefined, requestTimeoutMs: undefined };
  if (key.credential.kind === "openai_compatible") {
    const body = { messages: [{ role: "user", content: "Hi" }], max_tokens: 1 };
    const target = foreignTarget(key, model, { virtualKeySources });
    const way = newWay(call, { target, modelId: model, body: JSON.stringify(body), format: "openai-chat" });
    way.facts.projectId ??= key.projectId;
    await askForeign(way, body, calls);
    return model;
  }
  const body = { messages: [{ role: "user", content: [{ text: "Hi" }] }], inferenceConfig: { maxTokens: 1 } };
  const credential = await keyCredential(key, { virtualKeySources });
  // The region that was asked for is the one that is tried.
  const target: Target = { ...targetFor(parts, { ...credential, region }, region), path: "config" };
  const way = newWay(call, { target, modelId: model, body: JSON.stringify(body), api: "converse" });
  way.facts.projectId ??= key.projectId;
  await invokeWhole(way, calls);
  return way.facts.modelUsed ?? model;
}

function foreignTarget(
  key: VirtualKey,
  model: string,
  { virtualKeySources }: Pick<AskingCall["parts"], "virtualKeySources">,
): Target {
  const { credential } = key;
  const nobody = {
    source: noAws,
    from: "virtual_key",
    virtualKey: key,
    region: "",
    requestMetadata: undefined,
  } as const;
  return {
    ...targetFor({ region: "", modelId: model, inferenceProfile: undefined, requestTimeoutMs: undefined }, nobody, ""),
    path: "config",
    provider: "openai",
    model,
    credentials: undefined,
    baseUrl: credential.kind === "openai_compatible" ? credential.baseUrl : undefined,
    apiKey: () => virtualKeySources.apiKeyOf(key),
    apiKeyLabel: labelOf(key),
  };
}

/** A host that is not AWS gets no credential of AWS's. */
const noAws = { label: "", get: () => Promise.reject(new TypeError("It is not asked.")), invalidate: () => {} };
