import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";

test("a file that a full disk does not take leaves nothing behind", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "adit-data-file-"));
  try {
    const module = path.resolve(import.meta.dirname, "../dist/data-file.js");
    const script = `const { keepFirst } = await import(process.argv[1]); await keepFirst(process.argv[2], "a key");`;
    // A limit on the size of files is to a process what a full disk is.
    const ended = spawnSync(
      "bash",
      ["-c", 'ulimit -f 0 && exec "$0" "$@"', process.execPath, "--input-type=module", "-e", script].concat(
        module,
        path.join(folder, "master-key"),
      ),
      { encoding: "utf8" },
    );
    expect([ended.status, ended.stderr]).toEqual([1, expect.stringContaining("EFBIG")]);
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
