/** Gateways as processes of their own, which a test may kill: over one data folder, in front of one emulator. */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startEmulator, type Emulator } from "@adit/emulator";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { gatewayKey } from "./house.ts";

const program = fileURLToPath(new URL("../../packages/gateway/bin/adit.js", import.meta.url));

/** False where the program was not built: then there is none to start. */
export const isBuilt = existsSync(
  fileURLToPath(new URL("../../packages/gateway/dist/program/main.js", import.meta.url)),
);

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
  async serve(databaseUrl: string | undefined): Promise<{ url: string; child: ChildProcess }> {
    const { accessKeyId, secretAccessKey } = this.emulator.credential;
    const child = spawn(process.execPath, [program, "serve"], {
      env: {
        PATH: process.env["PATH"],
        ADIT_PORT: "0",
        ADIT_ADMIN_KEY: gatewayKey,
        ADIT_DATA_DIR: this.dataDir,
        ADIT_LOG_LEVEL: "silent",
        AWS_REGION: "us-east-1",
        AWS_ENDPOINT_URL: this.emulator.url,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
      },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#running.push(child);
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
    await until(() => /listens on \S+/.test(said));
    return { url: /listens on (\S+)/.exec(said)?.[1] ?? "", child };
  }

  async close(): Promise<void> {
    for (const child of this.#running) child.kill("SIGKILL");
    await this.emulator.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
