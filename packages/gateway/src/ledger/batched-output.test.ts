import { mkdtempSync, openSync, closeSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { BatchedOutput } from "./batched-output.ts";

let folder: string;
let descriptor: number;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "adit-lines-"));
  descriptor = openSync(path.join(folder, "lines"), "a");
});
afterEach(() => {
  closeSync(descriptor);
  rmSync(folder, { recursive: true });
});
const written = (): string => readFileSync(path.join(folder, "lines"), "utf8");

it("writes every line whole and in order, whatever their lengths and characters", async () => {
  const output = new BatchedOutput(descriptor);
  const texts = ["plain", "é", "日本語", "\u{1f600}", "\ud800"];
  const lines = Array.from({ length: 500 }, (_, index) => {
    const text = texts[index % texts.length] ?? "";
    return `${index} ${text.repeat(index % 50 === 0 ? 20_000 : index % 90)}\n`;
  });
  for (const line of lines) output.write(line);
  const whole = Buffer.from(lines.join("")).toString();
  await expect.poll(() => written() === whole).toBe(true);
});

it("writes what waits by itself, and takes more after that", async () => {
  const output = new BatchedOutput(descriptor);
  for (const line of ["one\n", "two\n"]) {
    output.write(line);
    const before = written();
    await expect.poll(written).toBe(before + line);
  }
  output.flushSync();
  expect(written()).toBe("one\ntwo\n");
});
