/** The scopes that a gateway key may have: Adit's own, and those of Portkey's that its clients send. Any other would be a right that nothing asks for. */
import { AditError } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";

const five = ["create", "read", "update", "delete", "list"];

/** What can be done, by the kind of object; `.*` is all of it. */
const verbsByKind: Readonly<Record<string, readonly string[]>> = {
  completions: ["write"],
  models: ["list", "read"],
  virtual_keys: [...five, "copy", "duplicate"],
  providers: five,
  integrations: five,
  configs: five,
  connectors: five,
  guardrails: [...five, "invoke"],
  prompts: [...five, "render", "publish"],
  api_keys: five,
  budgets: five,
  rate_limits: five,
  workspaces: five,
  people: five,
  logs: [...five, "write", "view", "export"],
  analytics: ["view"],
  metrics: ["read"],
  prices: five,
  vault: ["read", "update"],
  audit_logs: ["list", "read"],
  // Portkey's: of no meaning here, or another name for one of the above (see `hasScope`).
  workspace_integrations: five,
  organisation_integrations: five,
  workspace_service_api_keys: five,
  workspace_user_api_keys: five,
  organisation_service_api_keys: five,
  workspace_users: five,
  organisation_users: five,
  organisation_settings: ["read", "update"],
  organisation_guardrails: five,
  policies: five,
  secret_references: five,
  mcp: ["invoke"],
  mcp_servers: five,
  mcp_integrations: five,
  agents: [...five, "invoke"],
};

const knownScopes: ReadonlySet<string> = new Set(
  Object.entries(verbsByKind).flatMap(([kind, verbs]) => [...verbs, "*"].map((verb) => `${kind}.${verb}`)),
);

/** What else stands there may be a key that was put in the wrong field: it is not repeated. */
const scopeForm = /^[a-z_]{1,40}[.:]?[a-z_*]{0,20}$/;

/** @throws AditError `invalid_request` that names the scope, and one that is near. */
export function checkKnownScopes(scopes: readonly string[]): void {
  const index = scopes.findIndex((scope) => !knownScopes.has(scope));
  if (index === -1) return;
  const scope = scopes[index] ?? "";
  const param = `scopes[${index}]`;
  const named = scopeForm.test(scope) ? JSON.stringify(scope) : "of this name";
  throw new AditError("invalid_request", `${param}: there is no scope ${named}.${didYouMean(scope, knownScopes)}`, {
    param,
    remedy: "Scopes are of the form completions.write or virtual_keys.*: see docs/access.md.",
  });
}
