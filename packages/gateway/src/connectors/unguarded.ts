/** Guardrails do not read what a connector sends: a call that a config would have them read is not made. */
import { AditError } from "@adit/bedrock";
import type { Principal } from "../access/principal.ts";
import { hookLists } from "../guardrails/config-hooks.ts";
import type { Incoming } from "../http/routes/route.ts";
import type { ConfigNode } from "../routing/config/config-schema.ts";
import type { FindConfig } from "../routing/dependencies.ts";
import { configOfRequest } from "../routing/request/request-config.ts";

/** Rejects with AditError: `forbidden` where the request's config, or its key's, has guardrails anywhere; as {@link configOfRequest}. */
export async function checkUnguarded(
  { headers }: Pick<Incoming, "headers">,
  principal: Principal,
  findConfig: FindConfig,
): Promise<void> {
  // Configs are for calls, and a person makes none: one who tries a connector has none that counts.
  if (principal.kind === "person") return;
  const { root } = await configOfRequest(headers, principal, findConfig);
  if (!hasHooks(root)) return;
  throw new AditError(
    "forbidden",
    "The config of this call has guardrails, which do not read what a connector sends.",
    {
      param: "config",
      remedy: "Ask the model by /model/{id}/invoke, where they hold, or use a key whose config has none.",
    },
  );
}

function hasHooks(node: ConfigNode): boolean {
  return hookLists.some((list) => (node[list]?.length ?? 0) > 0) || (node.targets ?? []).some(hasHooks);
}
