import { filled } from "./check-connection-spec.ts";
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
