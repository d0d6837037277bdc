/** Three processes start at once on one empty database, write, and are killed: one migrated, and nothing that was acknowledged is lost. */
import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { migrations } from "./migrations/list.ts";
import type { StoreLocation } from "./store.ts";
import { onBothEngines } from "./testing/engines.ts";
import { until } from "./testing/until.ts";
import { sql } from "kysely";

/** As `npm test` builds it: Node 20 runs no TypeScript. */
const program = resolve(import.meta.dirname, "../../dist/store/testing/writer.js");

function startWriter(location: StoreLocation, name: string) {
  const child = spawn(process.execPath, [program, JSON.stringify(location), name], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise((settle) => child.on("close", settle));
  return {
    /** Whole lines only. */
    acknowledged: () => said.split("\n").slice(0, -1),
    hasEnded: () => child.exitCode !== null,
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

onBothEngines((house) => {
  test("kill -9 of three writers loses nothing acknowledged", async () => {
    const location = await house.newLocation();
    const writers = ["a", "b", "c"].map((name) => startWriter(location, name));
    await until(
      () => writers.some((writer) => writer.hasEnded()) || writers.every((writer) => writer.acknowledged().length > 20),
    );
    for (const writer of writers) await writer.kill();
    const acknowledged = writers.map((writer) => writer.acknowledged());
    for (const lines of acknowledged) expect(lines.length).toBeGreaterThan(20);

    const store = await house.open(location);
    const kept = await store.read((db) => db.selectFrom("settings").select("name").execute());
    const names = new Set(kept.map((row) => row.name));
    expect(acknowledged.flat().filter((name) => !names.has(name))).toEqual([]);
    const steps = await store.read((db) => sql`select version from schema_steps`.execute(db));
    expect(steps.rows).toHaveLength(migrations.length);
  });
});
