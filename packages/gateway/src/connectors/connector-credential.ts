import { AditError } from "@adit/bedrock";
import type { VirtualKey } from "../vault/virtual-key.ts";
import { filled, underSpec } from "./check-connection-spec.ts";
import type { ConnectionSpec, ConnectorPatch } from "./connector-schema.ts";

const credentialFields = ["access_key", "secret_access_key", "session_token", "api_key", "role_arn"] as const;

/** The credential fields of a connection, as a virtual key takes them; undefined where it has none. */
export function credentialOf(spec: ConnectionSpec): Record<string, string> | undefined {
  const given = credentialFields.flatMap((name) => {
    const value = filled(spec[name]);
    return value === undefined ? [] : [[name, value]];
  });
  return given.length === 0 ? undefined : (Object.fromEntries(given) as Record<string, string>);
}

/** The connection's names of what a virtual key calls otherwise. */
const ownNames: Readonly<Record<string, string>> = {
  aws_access_key_id: "access_key",
  aws_secret_access_key: "secret_access_key",
  aws_session_token: "session_token",
  aws_role_arn: "role_arn",
};

/** Runs what makes a virtual key of a connection's fields: its faults name those. */
export async function withOwnNames<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw underSpec(error, (param) => ownNames[param] ?? param);
  }
}

/** What each kind of a connector's own credential cannot be without. */
const partsOfKind: Partial<Record<VirtualKey["credential"]["kind"], readonly (keyof ConnectionSpec)[]>> = {
  access_key: ["access_key", "secret_access_key"],
  bedrock_api_key: ["api_key"],
  assumed_role: ["role_arn"],
};

/** @throws AditError `invalid_request` where the patch takes a part of the connector's own credential away: it would be kept, and sign on. */
export function checkNotTakenApart({ credential }: VirtualKey, given: ConnectorPatch["connection_spec"] = {}): void {
  const part = partsOfKind[credential.kind]?.find((name) => given[name] === null);
  if (part === undefined) return;
  throw new AditError("invalid_request", `connection_spec.${part}: a credential is taken away whole.`, {
    param: `connection_spec.${part}`,
    remedy: "Send virtual_key: null, after which the server's own credentials sign, or another credential.",
  });
}

export function twoCredentials(): AditError {
  return new AditError("invalid_request", "The connection has a credential of its own and names a virtual key.", {
    param: "connection_spec.virtual_key",
    remedy: "Send one of the two.",
  });
}
