/** What the pages give to copy, done by the program that the reader would paste it into. */
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { patienceMs } from "./pages.ts";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");

/** Lines of curl go into a shell, all others into Node. What was written comes back. */
export async function runCopied(client: string, code: string): Promise<string> {
  const options = { cwd: root, timeout: patienceMs };
  const { stdout } =
    client === "curl"
      ? await run("sh", ["-c", code], options)
      : await run(process.execPath, ["--input-type=module", "-e", code], options);
  return stdout;
}
