import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSqliteFile } from "./sqlite-file.ts";

/** The kernel's own list of locks on a file, as other processes meet them. */
function locksOn(path: string): string[] {
  const { ino } = statSync(path);
  return readFileSync("/proc/locks", "utf8")
    .split("\n")
    .filter((line) => line.includes(`:${ino} `));
}

test.skipIf(process.platform !== "linux")(
  "the lock by which other processes see that the file is open stays, however many connections this one opens",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "adit-sqlite-"));
    const path = join(folder, "adit.db");
    try {
      const files = [];
      for (let connections = 1; connections < 5; connections += 1) {
        const file = await openSqliteFile(path, { timeoutMs: 1_000 });
        files.push(file);
        file.exec(connections === 1 ? "create table t (x)" : "insert into t values (1)");
        expect(locksOn(path)).toEqual([expect.stringContaining("READ")]);
      }
      for (const file of files) file.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
