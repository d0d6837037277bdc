/**
 * `npm run conformance`: runs the tests of `tests/seeds` and writes `docs/conformance.md` from what they say.
 * `--report FILE` reads that report of vitest's in place of a run; `--check` compares the page with the one that is there, and fails
 * where they differ. A row without a test that is not put off to a named issue fails too.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { root } from "./set-up.mjs";

const page = path.join(root, "docs", "conformance.md");
/** In the name of a test that is expected to fail: what stands after it is known not to hold. */
const knownGap = "[does not hold]";

const options = process.argv.slice(2);
const reportAt = options.indexOf("--report");
const report = JSON.parse(reportAt === -1 ? runTests() : readFileSync(options[reportAt + 1], "utf8"));
const { issues, chapters } = JSON.parse(readFileSync(path.join(root, "tests", "seeds", "rows.json"), "utf8"));

const results = resultsByRow(report);
const faults = new Set();
const listed = chapters.flatMap((chapter) => chapter.rows);
const text = pageText();
for (const id of results.keys()) {
  if (!listed.some((row) => row.id === id)) faults.add(`${id} has tests, and is not in tests/seeds/rows.json.`);
}

if (!options.includes("--check")) writeFileSync(page, text);
else if (readPage() !== text) faults.add("docs/conformance.md is not what the tests say: run `npm run conformance`.");
for (const fault of faults) console.error(fault);
process.exit(faults.size === 0 ? 0 : 1);

function runTests() {
  const folder = mkdtempSync(path.join(tmpdir(), "adit-conformance-"));
  const file = path.join(folder, "report.json");
  const vitest = path.join(root, "node_modules", ".bin", "vitest");
  spawnSync(vitest, ["run", "tests/seeds", "--reporter=default", "--reporter=json", `--outputFile.json=${file}`], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  try {
    return readFileSync(file, "utf8");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readPage() {
  try {
    return readFileSync(page, "utf8");
  } catch {
    return "";
  }
}

/** What the tests of each row say. A test's name begins with the ids of its rows. */
function resultsByRow({ testResults }) {
  const rows = new Map();
  for (const suite of testResults) {
    const file = path.relative(root, suite.name).split(path.sep).join("/");
    if (!file.startsWith("tests/seeds/")) continue;
    for (const { title, status } of suite.assertionResults) addTest(rows, { file, title, status });
  }
  return rows;
}

function addTest(rows, { file, title, status }) {
  const ids = /^(?:[A-Z]\d+ )+/.exec(title)?.[0].trim().split(" ") ?? [];
  for (const id of ids) {
    const row = rows.get(id) ?? { files: new Set(), broken: 0, notRun: 0, gaps: [] };
    rows.set(id, row);
    row.files.add(file);
    const gap = title.indexOf(knownGap);
    if (gap !== -1) row.gaps.push(title.slice(gap + knownGap.length).trim());
    if (status === "failed") row.broken += 1;
    else if (status !== "passed") row.notRun += 1;
  }
}

function pageText() {
  const lines = [
    "# Conformance",
    "",
    "Adit takes the place of five products for users of Amazon Bedrock. Each row is a promise of one of their pages, and whether it holds",
    "here: by which tests, or when it comes. This page is written by `npm run conformance`; `npm test` fails where it is not what",
    "the tests say.",
    "",
    ...summary(),
    "",
  ];
  for (const chapter of chapters) {
    lines.push(`## ${chapter.title}`, "", chapter.about, "", "| row | promise | state |", "| --- | --- | --- |");
    for (const row of chapter.rows) lines.push(`| ${row.id} | ${row.promise} | ${stateOf(row).words} |`);
    lines.push("");
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

function summary() {
  const count = (kind) => listed.filter((row) => stateOf(row).kind === kind).length;
  return [
    `Of ${listed.length} rows ${count("holds")} hold, ${count("in part")} hold in part, ${count("later")} come later, and of ` +
      `${count("not")} something does not hold.`,
  ];
}

function stateOf(row) {
  if (row.by !== undefined) return stateByOthers(row);
  const result = results.get(row.id);
  const later = row.later === undefined ? undefined : `later (${row.later.map((issue) => issues[issue]).join("; ")})`;
  if (result === undefined) {
    if (later !== undefined) return { kind: "later", words: later };
    faults.add(`${row.id} has neither a test nor an issue.`);
    return { kind: "not", words: "does not hold: no test" };
  }
  const files = [...result.files]
    .toSorted((one, other) => one.localeCompare(other))
    .map((file) => `\`${path.basename(file)}\``);
  if (result.broken > 0) return { kind: "not", words: `**does not hold** (${files.join(", ")})` };
  if (result.notRun > 0) return { kind: "not", words: `not shown: not all of its tests ran (${files.join(", ")})` };
  if (row.meanwhile !== undefined) {
    return { kind: "later", words: `${later}; until then ${row.meanwhile} (${files.join(", ")})` };
  }
  const held = `holds (${files.join(", ")})`;
  if (result.gaps.length > 0) {
    return { kind: "not", words: `${held}, but not: ${result.gaps.join("; ")}` };
  }
  if (later === undefined) return { kind: "holds", words: held };
  return { kind: "in part", words: `${held}; ${row.what} ${later}` };
}

/** A row that other rows make up. */
function stateByOthers(row) {
  const parts = row.by.map((id) => ({ id, ...stateOf(listed.find((other) => other.id === id) ?? { id }) }));
  const open = parts.filter(({ kind }) => kind !== "holds").map(({ id }) => id);
  if (open.length === 0) return { kind: "holds", words: `holds: ${row.by.join(", ")}` };
  return { kind: "in part", words: `holds in part: ${row.by.join(", ")}; see ${open.join(", ")}` };
}
