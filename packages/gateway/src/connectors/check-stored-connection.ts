/** Tries a connection, saved or not, by one call of its model. */
import { AditError } from "@adit/bedrock";
import { credentialsFromFields } from "@adit/bedrock/gateway";
import type { Principal } from "../access/principal.ts";
import type { Incoming, Reply } from "../http/routes/route.ts";
import type { RoutingDependencies } from "../routing/dependencies.ts";
import type { Target } from "../routing/plan/plan.ts";
import type { StoredParts } from "../stored.ts";
import { failed, succeeded, type ConnectionStatus } from "./check-connection.ts";
import { checkConnectionSpec, filled } from "./check-connection-spec.ts";
import { credentialOf } from "./connector-credential.ts";
import type { ConnectionSpec } from "./connector-schema.ts";
import { keyCredential, serverCredential, targetFor, targetOf, type TargetCredential } from "./connector-target.ts";
import type { Connector } from "./connector.ts";
import { invokeWhole, newWay, type ConnectorCall, type InvokeDependencies } from "./invoke.ts";
import { formatOf } from "./request-body.ts";
import { checkUnguarded } from "./unguarded.ts";

export interface CheckDependencies extends InvokeDependencies {
  routing: Pick<RoutingDependencies, "sources" | "serverRegion" | "settings" | "findConfig">;
}

interface Checking {
  incoming: Incoming;
  reply: Reply;
  principal: Principal;
  parts: Pick<StoredParts, "virtualKeys" | "virtualKeySources">;
  projectId: string;
}

/** A connection as it is saved, or as a form holds it. */
type Checked = { connector: Connector; spec?: never } | { spec: ConnectionSpec; connector?: never };

/** What fails is the answer, and no error. Nothing is sent where the connection itself has a fault. */
export async function checkConnection(
  checking: Checking,
  connection: Checked,
  deps: CheckDependencies,
): Promise<ConnectionStatus> {
  try {
    await checkUnguarded(checking.incoming, checking.principal, deps.routing.findConfig);
    const call =
      connection.spec === undefined
        ? callOf(connection.connector, await targetOf(connection.connector, toolsOf(checking, deps)))
        : await callOfSpec(connection.spec, checking, deps);
    const way = newWay(checking, call);
    // Whoever checks it, the call is one of the connector's project: it is counted and logged there.
    way.facts.projectId = checking.projectId;
    await invokeWhole(way, deps);
    return succeeded;
  } catch (error) {
    return failed(error);
  }
}

function callOf(
  connector: Pick<Connector, "requestFormat" | "inferenceProfile" | "modelId">,
  target: Target,
): ConnectorCall {
  return { target, modelId: connector.modelId, body: formatOf(connector) };
}

async function callOfSpec(spec: ConnectionSpec, checking: Checking, deps: CheckDependencies): Promise<ConnectorCall> {
  const parts = checkConnectionSpec(spec);
  const credential = await credentialFor(spec, checking, deps);
  return callOf(parts, targetFor({ ...parts, requestTimeoutMs: undefined }, credential, deps.routing.serverRegion));
}

async function credentialFor(
  spec: ConnectionSpec,
  { parts, projectId, principal }: Checking,
  { routing: { sources } }: CheckDependencies,
): Promise<TargetCredential> {
  const slug = filled(spec.virtual_key)?.replace(/^@/, "");
  if (slug !== undefined) {
    const key = await parts.virtualKeys.bySlug(projectId, slug);
    if (key !== undefined) return keyCredential(key, parts);
    throw new AditError("not_stored", `No virtual key is stored as ${JSON.stringify(slug.slice(0, 64))}.`, {
      param: "connection_spec.virtual_key",
      remedy: "Name the slug of a virtual key of the project, or give the connection a credential of its own.",
    });
  }
  const fields = credentialOf(spec);
  if (fields === undefined) return serverCredential({ server: sources.server });
  const label = "connection_spec";
  const input = credentialsFromFields(fields, label);
  const common = { from: "request", virtualKey: undefined, region: undefined, requestMetadata: undefined } as const;
  if (input?.role !== undefined) {
    // Without the external id that Adit chooses when it is stored, the server would assume whatever role trusts it.
    if (input.credentials === undefined && !isOperator(principal)) throw roleByServer();
    const region = filled(spec.region);
    return { ...common, source: sources.role(input.role, input.credentials, { region, label }) };
  }
  if (input?.credentials !== undefined) return { ...common, source: sources.fixed(input.credentials, label) };
  throw new AditError("incomplete_credentials", "The connection has a session token, and no key pair beside it.", {
    param: "connection_spec.access_key",
  });
}

function isOperator(principal: Principal): boolean {
  return principal.kind === "admin_key" || (principal.kind === "person" && principal.person.role === "admin");
}

function roleByServer(): AditError {
  return new AditError(
    "forbidden",
    "Only an admin of the gateway may have the server assume a role that is not stored.",
    {
      param: "connection_spec.role_arn",
      remedy: "Save the connector and check it then, or give the key pair that assumes the role.",
    },
  );
}

export function toolsOf({ parts }: Pick<Checking, "parts">, { routing: { sources, serverRegion } }: CheckDependencies) {
  const { virtualKeys, virtualKeySources } = parts;
  return { virtualKeys, virtualKeySources, server: sources.server, serverRegion };
}
