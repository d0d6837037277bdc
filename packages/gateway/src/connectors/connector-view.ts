/** A connector as the API shows it: what it was made from, without a secret. */
import type { VirtualKey } from "../vault/virtual-key.ts";
import type { Connector } from "./connector.ts";

export type ConnectorView = ReturnType<typeof connectorView>;

export function connectorView(connector: Connector, key: VirtualKey | undefined) {
  return {
    object: "connector",
    id: connector.id,
    slug: connector.slug,
    workspace_id: connector.projectId,
    name: connector.name,
    connection_spec: {
      ...(key === undefined ? {} : shownCredential(connector, key)),
      region: connector.region,
      inference_profile: connector.inferenceProfile,
      model_id: connector.modelId,
      request_format: connector.requestFormat,
      response_format: connector.responseFormat,
    },
    input_schema: connector.inputSchema,
    output_schema: connector.outputSchema,
    request_timeout: connector.requestTimeoutMs,
    created_at: new Date(connector.createdAt).toISOString(),
    last_updated_at: new Date(connector.updatedAt).toISOString(),
  };
}

/** The end of the access key's id tells one from another; no secret is shown, not even its length. */
function shownCredential({ ownsVirtualKey }: Connector, { credential, slug }: VirtualKey) {
  if (!ownsVirtualKey) return { virtual_key: slug };
  const hint = "accessKeyHint" in credential ? credential.accessKeyHint : undefined;
  return {
    ...(hint !== undefined && { access_key: hint }),
    ...(credential.kind === "assumed_role" && { role_arn: credential.roleArn, external_id: credential.externalId }),
    credential_kind: credential.kind,
  };
}
