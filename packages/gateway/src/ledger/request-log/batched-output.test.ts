import { execFileSync } from "node:child_process";
import { pbkdf2 } from "node:crypto";
import { mkdtempSync, openSync, closeSync, constants, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
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
  await output.flush();
  expect(written()).toBe("one\ntwo\n");
});

it("at a stop writes what waits behind what is being written, however long that takes", async () => {
  const output = new BatchedOutput(descriptor);
  // The threads that write are at other work: what is handed on first is still to be written when the stop comes.
  const busy = Array.from({ length: 16 }, () => promisify(pbkdf2)("password", "salt", 40_000, 32, "sha512"));
  const lines = Array.from({ length: 40 }, (_, index) => `${index} ${"x".repeat(4_000)}\n`);
  for (const line of lines) output.write(line);
  await output.flush();
  expect(written()).toBe(lines.join(""));
  // A second time there is nothing to wait for.
  await output.flush();
  await Promise.all(busy);
});

it("loses what a full disk does not take, says so once, and goes on", async () => {
  const full = openSync("/dev/full", "w");
  const said = vi.spyOn(process, "emitWarning").mockReturnValue();
  try {
    const output = new BatchedOutput(full);
    for (const line of ["lost\n", "lost too\n"]) {
      output.write(line);
      await output.flush();
    }
    expect(said.mock.calls).toEqual([[expect.stringMatching(/log could not be written.*no space left/) as string]]);
  } finally {
    said.mockRestore();
    closeSync(full);
  }
});

it("has no end of waiting where whoever read the lines has left, and says so once", async () => {
  const { reader, writer } = pipe();
  const output = new BatchedOutput(writer);
  output.write("read\n");
  await output.flush();
  closeSync(reader);
  const said = vi.spyOn(process, "emitWarning").mockReturnValue();
  for (const line of ["lost\n", "lost too\n"]) {
    output.write(line);
    await expect(output.flush()).resolves.toBeUndefined();
  }
  const calls = [...said.mock.calls];
  said.mockRestore();
  expect(calls).toEqual([[expect.stringMatching(/log could not be written.*broken pipe/) as string]]);
  closeSync(writer);
});

it("keeps no more than its share for a reader who is behind, says so once, and takes lines again when the reader has caught up", async () => {
  const { reader, writer } = pipe();
  const said = vi.spyOn(process, "emitWarning").mockReturnValue();
  const output = new BatchedOutput(writer, 100_000);
  // More than a pipe holds.
  const first = `${"x".repeat(90_000)}\n`;
  for (const line of [first, "kept\n", `${"y".repeat(20_000)}\n`, `${"z".repeat(20_000)}\n`]) {
    output.write(line);
    void output.flush();
  }
  const calls = [...said.mock.calls];
  said.mockRestore();
  expect(await readFrom(reader, first.length + 5, output)).toBe(`${first}kept\n`);
  output.write("later\n");
  expect(await readFrom(reader, 6, output)).toBe("later\n");
  expect(calls).toEqual([[expect.stringContaining("behind") as string]]);
  for (const end of [reader, writer]) closeSync(end);
});

it("at a stop does not wait without end for a reader who takes nothing", async () => {
  const { reader, writer } = pipe();
  const said = vi.spyOn(process, "emitWarning").mockReturnValue();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const output = new BatchedOutput(writer);
  output.write(`${"x".repeat(90_000)}\n`);
  let isOver = false;
  void output.flush().then(() => (isOver = true));
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(100);
  }
  vi.useRealTimers();
  expect(said.mock.calls).toEqual([[expect.stringContaining("behind") as string]]);
  said.mockRestore();
  // What comes later is a line of its own.
  output.write("later\n");
  const rest = await readFrom(reader, 65_536 + 7, output);
  expect(rest.replace(/^x+/, "")).toBe("\nlater\n");
  for (const end of [reader, writer]) closeSync(end);
});

/** As many bytes of the pipe, while the output writes them. */
async function readFrom(reader: number, bytes: number, output: BatchedOutput): Promise<string> {
  const flushed = output.flush();
  const buffer = Buffer.alloc(bytes);
  let read = "";
  while (read.length < bytes) {
    try {
      read += buffer.toString("utf8", 0, readSync(reader, buffer));
    } catch {
      // There is nothing yet.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  await flushed;
  return read;
}

/** Both ends of a pipe with a name in the file system, neither of which waits: as a process has its standard output. */
function pipe(): { reader: number; writer: number } {
  const file = path.join(folder, "pipe");
  execFileSync("mkfifo", [file]);
  // Opened for both, it waits for no other end.
  const both = openSync(file, "r+");
  const writer = openSync(file, constants.O_WRONLY | constants.O_NONBLOCK);
  const reader = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  closeSync(both);
  return { reader, writer };
}
