/** Variables that look like settings and are none: a slip of the pen there would have the gateway serve in clear, or keep its store elsewhere, without a word. */
import type { Environment } from "@adit/bedrock";
import { nearName } from "@adit/bedrock/gateway";

/** All that begin with `ADIT_` and mean something here, to the library too. */
export const settingNames: readonly string[] = [
  "ADIT_ADMIN_KEY",
  "ADIT_AUTO_PROFILE",
  "ADIT_CACHE_BYTES",
  "ADIT_CORS_ORIGINS",
  "ADIT_CUSTOM_HOSTS",
  "ADIT_DATA_DIR",
  "ADIT_DEFAULT_MAX_TOKENS",
  "ADIT_ENDPOINT_URL_MANTLE",
  "ADIT_FETCH_MEDIA",
  "ADIT_FIRST_BYTE_SECONDS",
  "ADIT_HOST",
  "ADIT_KEEP_ALIVE_COMMENT_SECONDS",
  "ADIT_LEAVE_OUT_REFUSED",
  "ADIT_LOG_LEVEL",
  "ADIT_MASTER_KEY",
  "ADIT_MASTER_KEY_OLD",
  "ADIT_MAX_BODY_BYTES",
  "ADIT_PORT",
  "ADIT_SHUTDOWN_SECONDS",
  "ADIT_TLS_CERT",
  "ADIT_TLS_KEY",
  "ADIT_TRUSTED_PROXIES",
];

/** What has no prefix, and is written with one. */
const bareNames: ReadonlySet<string> = new Set([
  "DATABASE_URL",
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "ALL_PROXY",
  "NO_PROXY",
  "AWS_CA_BUNDLE",
]);

const prefix = "ADIT_";

/** What Kubernetes tells pods of services whose names begin with `adit`: `ADIT_SERVICE_HOST`, `ADIT_DB_PORT_5432_TCP_ADDR` ... */
const ofKubernetes = /_SERVICE_(?:HOST|PORT(?:_\w+)?)$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/;
const addressOfService = /^(?:tcp|udp|sctp):\/\//;

/** A sentence for each variable that begins as a setting does and is none. Never its value. */
export function unknownSettings(variables: Environment): string[] {
  const known = new Set(settingNames);
  return Object.entries(variables)
    .filter(([name, value]) => name.startsWith(prefix) && !known.has(name) && isGiven(value))
    .filter(([name, value]) => !ofKubernetes.test(name) && !addressOfService.test(value ?? ""))
    .map(([name]) => `${name} is no setting of Adit's, and counts for nothing.${meant(name)}`);
}

function isGiven(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== "";
}

/** `ADIT_TLS_CERT_FILE`, as other programs have it, begins with the whole name. */
function meant(name: string): string {
  const bare = name.slice(prefix.length);
  const begun = settingNames.findLast((one) => name.startsWith(`${one}_`));
  const near = bareNames.has(bare) ? bare : (begun ?? nearName(name, settingNames));
  return near === undefined ? "" : ` Did you mean ${near}?`;
}
