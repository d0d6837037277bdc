/** Gateways as processes of their own, which a test may kill: over one data folder, in front of one emulator. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEmulator, type Emulator } from "@adit/emulator";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { gatewayKey } from "./house.ts";

const program = fileURLToPath(new URL("../../packages/gateway/bin/adit.js", import.meta.url));

/**
 * `adit serve` in front of the emulator, as a process of its own: resolves once it listens. `variables` are its other settings. It is put among
 * `running` before that, so that whoever ends those ends it too.
 */
export async function startGatewayProcess(
  emulator: Emulator,
  variables: Readonly<Record<string, string>>,
  running: ChildProcess[],
): Promise<{ url: string; child: ChildProcess }> {
  const { accessKeyId, secretAccessKey } = emulator.credential;
  const child = spawn(process.execPath, [program, "serve"], {
    env: {
      PATH: process.env["PATH"],
      ADIT_PORT: "0",
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL: emulator.url,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ...variables,
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  running.push(child);
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  await until(() => /listens on \S+/.test(said));
  return { url: /listens on (\S+)/.exec(said)?.[1] ?? "", child };
}

export class KillableGateways {
  readonly emulator: Emulator;
  readonly dataDir: string;
  readonly #running: ChildProcess[] = [];

  private constructor(emulator: Emulator, dataDir: string) {
    this.emulator = emulator;
    this.dataDir = dataDir;
  }

  static async open(): Promise<KillableGateways> {
    return new KillableGateways(await startEmulator(), await mkdtemp(join(tmpdir(), "adit-killed-")));
  }

  /** Starts one, over SQLite in the data folder or the database that is given, and waits until it listens. */
  serve(databaseUrl: string | undefined): Promise<{ url: string; child: ChildProcess }> {
    const variables = {
      ADIT_ADMIN_KEY: gatewayKey,
      ADIT_DATA_DIR: this.dataDir,
      ADIT_LOG_LEVEL: "silent",
      ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
    };
    return startGatewayProcess(this.emulator, variables, this.#running);
  }

  async close(): Promise<void> {
    for (const child of this.#running) child.kill("SIGKILL");
    await this.emulator.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
