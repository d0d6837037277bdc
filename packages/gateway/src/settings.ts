/** What the operator set, read once from the environment. An empty variable is an unset one. */
import { existsSync } from "node:fs";
import { AditError, Secret, type Environment } from "@adit/bedrock";
import { checkEndpointVariables, parseUrl, variable } from "@adit/bedrock/gateway";
import { isEverybody, isNetwork } from "./http/request/address-list.ts";
import { readTraceExport, type TraceExportSettings } from "./ledger/traces/export-settings.ts";
import { settingFault } from "./setting-fault.ts";

export interface TlsFiles {
  certFile: string;
  keyFile: string;
}

export interface Settings {
  /** Address to listen on. `ADIT_HOST`, default `127.0.0.1`. */
  host: string;
  /** `ADIT_PORT`, default 8787; 0 picks a free one. */
  port: number;
  /** `ADIT_DATA_DIR`, default `./data`; made if missing. */
  dataDir: string;
  /** `DATABASE_URL`: PostgreSQL in place of the SQLite file in the data folder. Holds a password. */
  databaseUrl: Secret | undefined;
  /** `ADIT_MASTER_KEY`: in place of the key file in the data folder. Its form is checked where it is used. */
  masterKey: Secret | undefined;
  /** `ADIT_MASTER_KEY_OLD`: the one before, for the time of a rotation. */
  oldMasterKey: Secret | undefined;
  /** `ADIT_ADMIN_KEY`: 16 characters or more. */
  adminKey: Secret | undefined;
  /** `ADIT_MAX_BODY_BYTES`, default 64 MiB. */
  maxBodyBytes: number;
  /** `ADIT_CACHE_BYTES`, default 64 MiB: what stored answers may take of the memory; 0 stores none. */
  cacheBytes: number;
  /** Nesting of JSON bodies. */
  maxJsonDepth: number;
  /** `ADIT_FIRST_BYTE_SECONDS` in milliseconds, default 30 s: the wait for a stream's first frame. */
  firstByteMs: number;
  /** `ADIT_SHUTDOWN_SECONDS`, default 60. */
  shutdownSeconds: number;
  /** `ADIT_KEEP_ALIVE_COMMENT_SECONDS` in milliseconds, default 15 s of silence in a stream. */
  keepAliveCommentMs: number;
  /** `ADIT_CUSTOM_HOSTS`: exact origins that a request may name. */
  customHosts: ReadonlySet<string>;
  /** `ADIT_TRUSTED_PROXIES`: addresses and networks whose `X-Forwarded-For` counts. */
  trustedProxies: readonly string[];
  /** `ADIT_CORS_ORIGINS`: exact origins of browsers' pages, or `*`. */
  corsOrigins: ReadonlySet<string>;
  /** `ADIT_FETCH_MEDIA`: false with `off`. */
  fetchMedia: boolean;
  /** `ADIT_LEAVE_OUT_REFUSED`: false with `off`: what a Claude model has refused by name is not left out by itself. */
  leaveOutRefused: boolean;
  /** `ADIT_AUTO_PROFILE`: false with `off`. */
  autoProfile: boolean;
  /** `ADIT_DEFAULT_MAX_TOKENS`: sent where the caller gives none. */
  defaultMaxTokens: number | undefined;
  /** `ADIT_TLS_CERT` and `ADIT_TLS_KEY`. */
  tls: TlsFiles | undefined;
  /** `ADIT_LOG_LEVEL`: a level of pino, default `info`; `silent` for none. */
  logLevel: string;
  /** OpenTelemetry's `OTEL_EXPORTER_OTLP_ENDPOINT` and its kin: where traces go; undefined: nowhere. */
  traceExport: TraceExportSettings | undefined;
  /** The variables themselves, for what AWS's standards name. */
  environment: Environment;
}

const logLevels = new Set(["trace", "debug", "info", "warn", "error", "fatal", "silent"]);

function integer(variables: Environment, name: string, range: { least: number; most: number }): number | undefined {
  const value = variable(variables, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isInteger(number) || number < range.least || number > range.most) {
    throw settingFault(name, `must be a whole number from ${range.least} to ${range.most}, and is "${value}".`);
  }
  return number;
}

function isOff(variables: Environment, name: string): boolean {
  const value = variable(variables, name)?.toLowerCase();
  if (value === undefined || value === "on") return false;
  if (value === "off") return true;
  throw settingFault(name, `must be "on" or "off", and is "${value}".`);
}

function origins(variables: Environment, name: string): Set<string> {
  const listed = (variable(variables, name) ?? "").split(",").map((entry) => entry.trim());
  return new Set(
    listed
      .filter((entry) => entry !== "")
      .map((entry) => {
        if (entry === "*" && name === "ADIT_CORS_ORIGINS") return entry;
        const url = parseUrl(entry);
        if (
          url === undefined ||
          !/^https?:$/.test(url.protocol) ||
          url.origin !== entry.replace(/\/$/, "").toLowerCase() ||
          // It would be the origin of that very name, and no other would ever match it.
          url.hostname.includes("*")
        ) {
          throw settingFault(
            name,
            `holds ${shownEntry(entry)}, which is not an origin such as https://api.example.com.`,
          );
        }
        return url.origin;
      }),
  );
}

/** As it is printed: a password, a token in a query, and the path of a webhook's address, which is a secret too, stay out of it. */
function shownEntry(entry: string): string {
  const [origin = ""] = /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^/?#\\]*/i.exec(entry) ?? [];
  if (entry.includes("@")) return "an address with more than an origin";
  return origin === entry.replace(/\/$/, "") ? `"${entry}"` : `"${origin}" with more behind it`;
}

function proxies(variables: Environment): string[] {
  const name = "ADIT_TRUSTED_PROXIES";
  const listed = (variable(variables, name) ?? "").split(",").map((entry) => entry.trim());
  const given = listed.filter((entry) => entry !== "");
  for (const entry of given) {
    if (!isNetwork(entry))
      throw settingFault(name, `holds "${entry}", which is no address or network such as 10.0.0.0/8.`);
    // Then every caller could name its own address.
    if (isEverybody([entry])) throw settingFault(name, `holds "${entry}", which is everybody.`);
  }
  if (isEverybody(given)) throw settingFault(name, "holds networks that are everybody together.");
  return given;
}

function tls(variables: Environment): TlsFiles | undefined {
  const certFile = variable(variables, "ADIT_TLS_CERT");
  const keyFile = variable(variables, "ADIT_TLS_KEY");
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined) throw settingFault("ADIT_TLS_CERT", "is missing beside ADIT_TLS_KEY.");
  if (keyFile === undefined) throw settingFault("ADIT_TLS_KEY", "is missing beside ADIT_TLS_CERT.");
  for (const [name, file] of Object.entries({ ADIT_TLS_CERT: certFile, ADIT_TLS_KEY: keyFile })) {
    // The message about a file that is not there would print it.
    if (file.startsWith("-----BEGIN")) throw settingFault(name, "holds PEM itself, and is to name a file of it.");
  }
  return { certFile, keyFile };
}

function adminKey(variables: Environment): Secret | undefined {
  const value = variable(variables, "ADIT_ADMIN_KEY");
  if (value === undefined) return undefined;
  if (value.length < 16) throw settingFault("ADIT_ADMIN_KEY", "must have 16 characters or more.");
  // oxlint-disable-next-line no-control-regex -- no header can carry these, so nobody could ever show the key
  if (/[\u0000-\u001f\u007f]/.test(value)) {
    throw settingFault(
      "ADIT_ADMIN_KEY",
      "must be one line without control characters: no request could show it otherwise.",
    );
  }
  return new Secret(value);
}

/** An address to listen on: IPv6 also in the brackets in which URLs have it, the gateway's own first line too. */
export function listenAddress(text: string): string {
  return text.replace(/^\[(.*:.*)\]$/, "$1");
}

function dataDir(variables: Environment): string {
  const folder = variable(variables, "ADIT_DATA_DIR") ?? "./data";
  // Files of variables are read by no shell: a folder of that very name would be made where the gateway was started. Where one was made before
  // this was refused, the store and its keys are in it.
  if (/^~(?:\/|$)/.test(folder) && !existsSync(folder)) {
    throw settingFault(
      "ADIT_DATA_DIR",
      `begins with "~", which a shell alone replaces by the home folder: write the whole path.`,
    );
  }
  return folder;
}

function secret(variables: Environment, name: string): Secret | undefined {
  const value = variable(variables, name);
  return value === undefined ? undefined : new Secret(value);
}

function logLevel(variables: Environment): string {
  const level = variable(variables, "ADIT_LOG_LEVEL") ?? "info";
  if (!logLevels.has(level)) throw settingFault("ADIT_LOG_LEVEL", `must be one of ${[...logLevels].join(", ")}.`);
  return level;
}

/** Reads what each variable sets, and gathers what is wrong with them: who mends one and starts again is not to meet the next. */
class Reading {
  readonly #faults: AditError[] = [];

  /** What is read; `otherwise` where that fails, or where nothing is set. @throws any other error than a setting's */
  of<Value>(read: () => Value | undefined, otherwise: Value): Value {
    try {
      return read() ?? otherwise;
    } catch (error) {
      if (!AditError.isInstance(error)) throw error;
      this.#faults.push(error);
      return otherwise;
    }
  }

  /** @throws AditError that tells all that is wrong */
  end(): void {
    const [first, ...more] = this.#faults;
    if (first === undefined) return;
    if (more.length === 0) throw first;
    const names = [...new Set(this.#faults.flatMap(({ param }) => param ?? []))];
    throw new AditError(first.code, this.#faults.map(({ message }) => message).join(" "), {
      ...(first.param !== undefined && { param: first.param }),
      remedy: `Set ${names.join(", ")} anew and start again.`,
    });
  }
}

/** The settings that the variables give. Values out of form are an AditError that names their variables, AWS's too. */
export function readSettings(variables: Environment): Settings {
  const reading = new Reading();
  // They are read with each call: its caller could do nothing about a fault in them.
  reading.of(() => checkEndpointVariables(variables), undefined);
  const given = (name: string, range: { least: number; most: number }, otherwise: number): number =>
    reading.of(() => integer(variables, name, range), otherwise);
  const isOn = (name: string): boolean => reading.of(() => !isOff(variables, name), true);
  const settings: Settings = {
    host: listenAddress(variable(variables, "ADIT_HOST") ?? "127.0.0.1"),
    port: given("ADIT_PORT", { least: 0, most: 65_535 }, 8787),
    dataDir: reading.of(() => dataDir(variables), ""),
    databaseUrl: secret(variables, "DATABASE_URL"),
    masterKey: secret(variables, "ADIT_MASTER_KEY"),
    oldMasterKey: secret(variables, "ADIT_MASTER_KEY_OLD"),
    adminKey: reading.of(() => adminKey(variables), undefined),
    cacheBytes: given("ADIT_CACHE_BYTES", { least: 0, most: 17_179_869_184 }, 67_108_864),
    maxBodyBytes: given("ADIT_MAX_BODY_BYTES", { least: 1024, most: 1_073_741_824 }, 67_108_864),
    maxJsonDepth: 200,
    firstByteMs: given("ADIT_FIRST_BYTE_SECONDS", { least: 1, most: 3600 }, 30) * 1000,
    shutdownSeconds: given("ADIT_SHUTDOWN_SECONDS", { least: 0, most: 86_400 }, 60),
    keepAliveCommentMs: given("ADIT_KEEP_ALIVE_COMMENT_SECONDS", { least: 1, most: 3600 }, 15) * 1000,
    customHosts: reading.of(() => origins(variables, "ADIT_CUSTOM_HOSTS"), new Set<string>()),
    trustedProxies: reading.of(() => proxies(variables), []),
    corsOrigins: reading.of(() => origins(variables, "ADIT_CORS_ORIGINS"), new Set<string>()),
    fetchMedia: isOn("ADIT_FETCH_MEDIA"),
    leaveOutRefused: isOn("ADIT_LEAVE_OUT_REFUSED"),
    autoProfile: isOn("ADIT_AUTO_PROFILE"),
    defaultMaxTokens: reading.of(
      () => integer(variables, "ADIT_DEFAULT_MAX_TOKENS", { least: 1, most: 1_000_000 }),
      undefined,
    ),
    tls: reading.of(() => tls(variables), undefined),
    logLevel: reading.of(() => logLevel(variables), ""),
    traceExport: reading.of(() => readTraceExport(variables), undefined),
    environment: variables,
  };
  reading.end();
  return settings;
}
