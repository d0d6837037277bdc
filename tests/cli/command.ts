/** Runs the command `adit` as a user's shell would: the built one, or another. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { vi } from "vitest";
import { runCommand } from "../../packages/gateway/src/cli/command.ts";

export const built = resolve(import.meta.dirname, "../../packages/gateway/dist/program/main.js");

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Nothing of AWS or of Adit but what the test gives; a home without profiles. */
function environmentOf(variables: Record<string, string>, home: string): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", HOME: home, AWS_EC2_METADATA_DISABLED: "true", ...variables };
}

/** A started command. */
export class Running {
  stdout = "";
  stderr = "";
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #home: string;
  readonly #exit: Promise<number | null>;

  private constructor(child: ChildProcessWithoutNullStreams, home: string) {
    this.#child = child;
    this.#home = home;
    child.stdout.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.#exit = new Promise((settle) => child.on("close", settle));
  }

  static async start(args: string[], variables: Record<string, string> = {}, program = built): Promise<Running> {
    const home = await mkdtemp(join(tmpdir(), "adit-cli-"));
    const environment = environmentOf({ ADIT_DATA_DIR: join(home, "data"), ...variables }, home);
    return new Running(spawn(process.execPath, [program, ...args], { cwd: home, env: environment }), home);
  }

  /** The first group of the form's first match in what the command has said so far on either stream. */
  async said(form: RegExp): Promise<string> {
    for (;;) {
      const found = form.exec(this.stderr) ?? form.exec(this.stdout);
      if (found !== null) return found[1] ?? found[0];
      const ended = await Promise.race([this.#exit.then(() => true), pause()]);
      if (ended === true) throw new Error(`It ended without saying ${String(form)}:\n${this.stdout}${this.stderr}`);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async ended(): Promise<Ended> {
    const code = await this.#exit;
    await rm(this.#home, { recursive: true, force: true });
    return { code, stdout: this.stdout, stderr: this.stderr };
  }
}

export async function runToEnd(args: string[], variables: Record<string, string> = {}): Promise<Ended> {
  return (await Running.start(args, variables)).ended();
}

/** Runs the command in this process, which takes a moment where a process takes half a second: for what a process has no part in. */
export async function runHere(args: string[], variables: Record<string, string> = {}): Promise<Ended> {
  const home = await mkdtemp(join(tmpdir(), "adit-cli-"));
  const ended: Ended = { code: null, stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((chunk) => {
      ended[name] += chunk.toString();
      return true;
    }),
  );
  try {
    ended.code = await runCommand(args, environmentOf({ ADIT_DATA_DIR: join(home, "data"), ...variables }, home));
  } finally {
    for (const spy of spies) spy.mockRestore();
    await rm(home, { recursive: true, force: true });
  }
  return ended;
}

function pause(): Promise<void> {
  return new Promise((settle) => setTimeout(settle, 20));
}
