/** Adit as a user has it: a gateway in front of the emulator, each on a port of its own, nothing shared but the wire. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret, staticSource, systemClock, type CredentialSource } from "@adit/bedrock";
import { startEmulator, type Emulator, type EmulatorOptions } from "@adit/emulator";
import { readSettings, RequestLog, startGateway, type Gateway } from "@adit/gateway";

type Variables = Record<string, string | undefined>;

export interface HouseOptions {
  /** Laid over the gateway's environment; `undefined` takes a variable away. A function gets the running emulator. */
  variables?: Variables | ((emulator: Emulator) => Variables);
  emulator?: EmulatorOptions;
  /** True: the server has no credentials of its own, and the emulator stands in for AWS as `npm start` has it. */
  isStandIn?: boolean;
}

export interface House {
  gateway: Gateway;
  emulator: Emulator;
  /** The gateway's address with `/v1`. */
  baseUrl: string;
  /** The gateway key. */
  key: string;
  /** The gateway's data folder. */
  dataDir: string;
  /** Lines of the request log so far. */
  logLines: () => Record<string, unknown>[];
  /** Calls the gateway with the key and a JSON body. */
  post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>;
  close: () => Promise<void>;
}

export const gatewayKey = "test-gateway-key-0123456789";

/** Starts both. The server's own credentials are the emulator's default pair. */
export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const emulator = await startEmulator(options.emulator);
  const dataDir = await mkdtemp(join(tmpdir(), "adit-house-"));
  const lines: string[] = [];
  const settings = readSettings({
    ADIT_PORT: "0",
    ADIT_ADMIN_KEY: gatewayKey,
    ADIT_DATA_DIR: dataDir,
    AWS_REGION: "us-east-1",
    ...(options.isStandIn !== true && {
      AWS_ENDPOINT_URL: emulator.url,
      AWS_ACCESS_KEY_ID: emulator.credential.accessKeyId,
      AWS_SECRET_ACCESS_KEY: emulator.credential.secretAccessKey,
    }),
    AWS_EC2_METADATA_DISABLED: "true",
    ...(typeof options.variables === "function" ? options.variables(emulator) : options.variables),
  });
  const log = new RequestLog(settings.logLevel, { write: (line: string) => void lines.push(line) });
  const startStandIn = options.isStandIn === true ? () => Promise.resolve(standInOf(emulator)) : undefined;
  const gateway = await startGateway({
    settings,
    log,
    limitTickMs: 50,
    ...(startStandIn !== undefined && { startStandIn }),
  });
  return {
    gateway,
    emulator,
    baseUrl: `${gateway.url}/v1`,
    key: gatewayKey,
    dataDir,
    logLines: () => {
      void log.flush();
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    post: (path, body, headers = {}) =>
      fetch(`${gateway.url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${gatewayKey}`, ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    close: async () => {
      await gateway.stop();
      await emulator.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** As `adit serve --emulator` makes it. */
function standInOf({ url, credential }: Emulator): { url: string; credentials: CredentialSource } {
  const { accessKeyId, secretAccessKey } = credential;
  const keys = { kind: "keys", accessKeyId, secretAccessKey: new Secret(secretAccessKey) } as const;
  return { url, credentials: staticSource(keys, "emulator", systemClock) };
}
