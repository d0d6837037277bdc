/**
 * `npm test`: sets up what is missing, then every check and every test that can run here.
 * Ends with the line `N passed, N failed`, where a failed check (types, lint, format, layers) counts as one.
 * `npm test -- PATTERN` runs the tests of matching files alone.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build, checkNode, findChromium, hasPostgres, installDependencies, root } from "./set-up.mjs";

checkNode();
const installing = spawn(process.execPath, [path.join(root, "scripts", "install-for-tests.mjs")], {
  stdio: ["ignore", 2, 2],
});
const installed = new Promise((resolve) => installing.on("close", resolve));
installDependencies();
build();

const bin = (name) => path.join(root, "node_modules", ".bin", name);
const chosen = process.argv.slice(2);
const checks = [
  ["types", bin("tsc"), ["-b"]],
  ["types of the tests", bin("tsc"), ["-p", "tests"]],
  ["lint", bin("oxlint"), ["--type-aware"]],
  ["format", bin("oxfmt"), ["--check", "."]],
  ["layers", process.execPath, ["scripts/check-layers.mjs"]],
  ["lock file", process.execPath, ["scripts/check-lock.mjs"]],
];

/** Where more files fail, the code is at fault, not the machine. */
const mostRunAgain = 3;
/** Without PostgreSQL, Chromium and the recordings there are hundreds. */
const mostTold = 60;
const recordings = process.env.ADIT_RECORDINGS ?? path.join(root, "..", "shared", "recordings");

let passed = 0;
let failed = 0;

function step([name, command, args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (bytes) => (output += bytes);
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("error", keep);
    child.on("close", (status) => {
      const good = status === 0;
      console.log(`${good ? "ok  " : "FAIL"} ${name}`);
      if (!good) console.log(output);
      if (good) passed += 1;
      else failed += 1;
      resolve();
    });
  });
}

function runTests(outputFile, files) {
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${outputFile}`];
  const { status } = spawnSync(bin("vitest"), ["run", ...reporters, ...files], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...(existsSync(recordings) ? { ADIT_RECORDINGS: recordings } : {}) },
  });
  return status;
}

/**
 * A file that failed among all the others, of which there are few such, is run once more by itself: what a fault of the code breaks
 * breaks again, and what a busy machine broke is named here, to be mended.
 */
function tellApart(first) {
  const broken = first.testResults.filter(({ status }) => status === "failed");
  if (broken.length === 0 || broken.length > mostRunAgain) return first;
  const files = broken.map(({ name }) => name);
  console.log(`Run again by themselves: ${files.map((file) => path.relative(root, file)).join(", ")}`);
  const again = path.join(folder, "again.json");
  const status = runTests(again, files);
  if (!existsSync(again)) return first;
  const second = JSON.parse(readFileSync(again, "utf8")).testResults;
  for (const file of broken) {
    for (const { status: ended, fullName } of file.assertionResults) {
      if (ended === "failed") console.log(`FAILED AT FIRST: ${path.relative(root, file.name)}: ${fullName}`);
    }
  }
  const others = first.testResults.filter(({ name }) => !files.includes(name));
  return { ...first, testResults: [...others, ...second], passesAgain: status === 0 };
}

/** One by one, so that a test which ought to run here, and does not, is seen. */
function tellWhatDidNotRun({ testResults }) {
  const lines = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status: ended }) => ended === "skipped" || ended === "pending")
      .map(({ fullName }) => `did not run: ${path.relative(root, name)}: ${fullName}`),
  );
  if (lines.length === 0) return;
  console.log([...lines.slice(0, mostTold), `${lines.length} tests did not run here.`].join("\n"));
}

// Most of them use one core: they run side by side.
if (chosen.length === 0) await Promise.all(checks.map(step));

if (!existsSync(recordings)) {
  console.log(
    "The recordings of Bedrock's traffic are not here (ADIT_RECORDINGS): the tests that read them run on fixtures/ alone.",
  );
}

await installed;
if (!hasPostgres()) {
  console.log(
    "PostgreSQL's server is not here (Debian: apt-get install postgresql): the tests of the store run on SQLite alone.",
  );
}

const hasChromium = findChromium() !== undefined;
if (!hasChromium) {
  console.log(
    "Chromium is not here (Debian: apt-get install chromium), and could not be installed: the tests of the dashboard do not run.",
  );
}

const folder = mkdtempSync(path.join(tmpdir(), "adit-test-"));
const report = path.join(folder, "report.json");
const status = runTests(report, chosen);
if (existsSync(report)) {
  const counts = tellApart(JSON.parse(readFileSync(report, "utf8")));
  writeFileSync(report, JSON.stringify(counts));
  const tests = counts.testResults.flatMap((file) => file.assertionResults);
  const filesThatBroke = counts.testResults.filter((file) => file.status === "failed" && !file.assertionResults.length);
  passed += tests.filter((test) => test.status === "passed").length;
  const testsThatFailed = tests.filter((test) => test.status === "failed").length + filesThatBroke.length;
  failed += testsThatFailed;
  // What failed outside of a test, such as a rejection that nobody handled, is in no count.
  if (status !== 0 && testsThatFailed === 0 && !counts.passesAgain) failed += 1;
  tellWhatDidNotRun(counts);
} else {
  failed += 1;
}
if (chosen.length === 0 && existsSync(report) && hasChromium) {
  const page = ["scripts/conformance.mjs", "--check", "--report", report];
  await step(["docs/conformance.md is what the tests say (npm run conformance)", process.execPath, page]);
}
rmSync(folder, { recursive: true, force: true });

if (chosen.length === 0 && process.env.ADIT_SKIP_NEWCOMER === undefined) {
  await step(["a newcomer's first answer (npm run newcomer)", process.execPath, ["scripts/newcomer.mjs"]]);
}

console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
