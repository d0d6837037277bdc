/**
 * Where the tests of a run keep their files: in memory where there is room, since a database waits for its disk at each change. The
 * PostgreSQL server that they share lives there too, and is stopped after the last of them.
 */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { TestProject } from "vitest/node";

const inMemory = "/dev/shm";
const roomBytes = 6 * 1024 ** 3;

export function setup(project: TestProject): () => Promise<void> {
  const folder = mkdtempSync(join(hasRoom() ? inMemory : tmpdir(), "adit-tests-"));
  // PostgreSQL runs as another user than root.
  chmodSync(folder, 0o755);
  const before = process.env["TMPDIR"];
  // The processes that run the tests get it from this one.
  process.env["TMPDIR"] = folder;
  project.provide("postgresFolder", folder);
  const pidFile = join(folder, "server", "data", "postmaster.pid");
  const onExit = (): void => void quit(pidFile);
  // Where the run is broken off.
  process.once("exit", onExit);
  return async () => {
    process.off("exit", onExit);
    await stop(pidFile);
    rmSync(folder, { recursive: true, force: true });
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  };
}

function hasRoom(): boolean {
  if (!existsSync(inMemory)) return false;
  const { bavail, bsize } = statfsSync(inMemory);
  return bavail * bsize > roomBytes && freemem() > roomBytes;
}

/** By PostgreSQL's immediate shutdown; false where there is no server. */
function quit(pidFile: string): boolean {
  return existsSync(pidFile) && process.kill(Number(readFileSync(pidFile, "utf8").split("\n")[0]), "SIGQUIT");
}

/** The server takes the file away as its last step. */
async function stop(pidFile: string): Promise<void> {
  if (!quit(pidFile)) return;
  for (let tries = 0; existsSync(pidFile) && tries < 200; tries += 1) await pause(50);
}
