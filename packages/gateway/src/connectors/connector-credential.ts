import { filled, underSpec } from "./check-connection-spec.ts";
import type { ConnectionSpec } from "./connector-schema.ts";

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
