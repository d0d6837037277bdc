/** A gateway with its control API in front of the emulator, on either engine, and callers of every role. */
import { startEmulator, type Emulator } from "@adit/emulator";
import { readSettings, RequestLog, startGateway, type Gateway } from "@adit/gateway";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { checkAnswer } from "./answer-shape.ts";
import type { StoreLocation } from "../../packages/gateway/src/store/store.ts";
import { postgresPrograms } from "../../packages/gateway/src/store/testing/postgres.ts";
import { SharedPostgres } from "../../packages/gateway/src/store/testing/shared-postgres.ts";

export const adminKey = "test-admin-key-0123456789";

export interface Answered<Body = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface Control {
  gateway: Gateway;
  emulator: Emulator;
  dataDir: string;
  /** Where it keeps what it keeps. */
  location: StoreLocation;
  /** Its address with `/v1`. */
  baseUrl: string;
  /** Asks as the admin key, unless headers say otherwise. */
  ask: <Body = Record<string, never>>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Answered<Body>>;
  /** Everything that was logged. */
  log: string[];
}

/** Runs `tests` on each engine; PostgreSQL's are not run where its server is not installed. */
export function onBothEngines(tests: (control: () => Control) => void, variables: Record<string, string> = {}): void {
  for (const engine of ["sqlite", "postgres"] as const) {
    describe.skipIf(engine === "postgres" && postgresPrograms === undefined)(`on ${engine}`, () => {
      let server: SharedPostgres | undefined;
      let control: (Control & { close: () => Promise<void> }) | undefined;
      beforeAll(async () => {
        if (engine === "postgres") server = await SharedPostgres.open();
        const databaseUrl = await server?.newDatabase("newest");
        control = await openControl({ ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }), ...variables });
      });
      afterAll(async () => {
        await control?.close();
        await server?.stop();
      });
      tests(() => {
        if (control === undefined) throw new Error("It is not open yet.");
        return control;
      });
    });
  }
}

export async function openControl(
  variables: Record<string, string> = {},
): Promise<Control & { close: () => Promise<void> }> {
  const emulator = await startEmulator();
  const databaseUrl = variables["DATABASE_URL"];
  const dataDir = await mkdtemp(join(tmpdir(), "adit-control-"));
  const log: string[] = [];
  const settings = readSettings({
    ADIT_PORT: "0",
    ADIT_ADMIN_KEY: adminKey,
    ADIT_DATA_DIR: dataDir,
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL: emulator.url,
    AWS_ACCESS_KEY_ID: emulator.credential.accessKeyId,
    AWS_SECRET_ACCESS_KEY: emulator.credential.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    ...variables,
  });
  const requestLog = new RequestLog(settings.logLevel, { write: (line: string) => void log.push(line) });
  const gateway = await startGateway({ settings, log: requestLog, limitTickMs: 50 });
  await gateway.opened;
  return {
    gateway,
    emulator,
    dataDir,
    location: databaseUrl === undefined ? { file: join(dataDir, "adit.db") } : { databaseUrl },
    baseUrl: `${gateway.url}/v1`,
    get log() {
      void requestLog.flush();
      return log;
    },
    ask: async <Body>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
      const response = await fetch(`${gateway.url}${path}`, {
        method,
        headers: {
          ...(body !== undefined && { "content-type": "application/json" }),
          ...(headers["cookie"] === undefined && { authorization: `Bearer ${adminKey}` }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const answered = { status: response.status, body: (text === "" ? {} : JSON.parse(text)) as Body };
      // What is shown once is null in an answer that is given again.
      if (!response.headers.has("idempotent-replayed")) checkAnswer(method, path, answered);
      return { ...answered, headers: response.headers };
    },
    close: async () => {
      await gateway.stop();
      await emulator.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
