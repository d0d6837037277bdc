/** The commands of the store and the vault, run as a user runs them. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { onBothEngines, type House } from "../../packages/gateway/src/store/testing/engines.ts";
import { Store } from "../../packages/gateway/src/store/store.ts";
import { withStore } from "../../packages/gateway/src/cli/store.ts";
import { built, runHere, Running, runToEnd } from "./command.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "adit-cli-store-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const project = JSON.stringify({
  table: "projects",
  row: { id: "prj_1", slug: "alpha", name: "Alpha", description: null, createdAt: 1, updatedAt: 1 },
});

test("an export is read in elsewhere, backed up and restored", async () => {
  const at = (name: string): Record<string, string> => ({ ADIT_DATA_DIR: join(folder, name) });
  const first = await runToEnd(["export"], at("one"));
  expect(first.code).toBe(0);
  await writeFile(join(folder, "export.jsonl"), `${first.stdout}${project}\n`);
  expect(await runToEnd(["import", join(folder, "export.jsonl")], at("two"))).toMatchObject({
    code: 0,
    // Two projects, and the three labels that every store has.
    stderr: expect.stringContaining("5 rows were read in"),
  });
  const backup = join(folder, "backup.db");
  expect((await runToEnd(["backup", backup], at("two"))).code).toBe(0);
  expect((await stat(backup)).mode & 0o777).toBe(0o600);
  expect((await runToEnd(["restore", backup], at("three"))).code).toBe(0);
  expect((await runToEnd(["export"], at("three"))).stdout).toContain(project);
  // Nothing is overwritten.
  const again = await runToEnd(["restore", backup], at("three"));
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("There is a store already") });
});

test("while an import waits for its pipe, the store can be written to", async () => {
  const variables = { ADIT_DATA_DIR: join(folder, "data") };
  const exported = (await runToEnd(["export"], variables)).stdout;
  const pipe = join(folder, "pipe");
  spawnSync("mkfifo", [pipe]);
  const importing = Running.start(["import", pipe], variables);
  const writer = await open(pipe, "w");
  const [heading = "", ...rest] = exported.split("\n");
  await writer.write(`${heading}\n${project}\n`);
  const store = await Store.open({ file: join(folder, "data", "adit.db") });
  for (let turn = 0; turn < 20; turn += 1) {
    await store.write(({ changed }) => Promise.resolve(changed("project", "prj_1")));
    await pause(50);
  }
  await writer.write(rest.join("\n"));
  await writer.close();
  expect(await (await importing).ended()).toMatchObject({ code: 0 });
  expect(await store.read((db) => db.selectFrom("projects").select("slug").execute())).toContainEqual({
    slug: "alpha",
  });
  await store.close();
}, 60_000);

test.runIf(existsSync("/dev/full"))("an export that finds the disk full says so, and fails", async () => {
  const full = await open("/dev/full", "w");
  const child = spawn(process.execPath, [built, "export"], {
    env: { ...process.env, ADIT_DATA_DIR: join(folder, "data") },
    stdio: ["ignore", full.fd, "pipe"],
  });
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise((settle) => child.on("close", settle));
  await full.close();
  expect([code, said]).toEqual([
    1,
    expect.stringMatching(/\nadit: what it prints could not be written.*ENOSPC.*\.\n$/),
  ]);
});

test("whoever reads an export may leave early", () => {
  const ended = spawnSync("bash", ["-c", `"${process.execPath}" "${built}" export | true; echo "\${PIPESTATUS[0]}"`], {
    encoding: "utf8",
    env: { ...process.env, ADIT_DATA_DIR: join(folder, "left") },
  });
  expect([ended.stdout, ended.stderr]).toEqual(["0\n", expect.stringMatching(/^A new store was made.*\n$/)]);
});

onBothEngines((house) => {
  test("an export of any length is read in whole by the command, and the audit log says so", async () => {
    const variables = await variablesOf(house);
    const [heading = "", ...exported] = (await runToEnd(["export"], variables)).stdout.trim().split("\n");
    const last = exported.at(-1) ?? "";
    const rows = Array.from({ length: 600 }, (_, number) => {
      // Ends of lines to some readers, and not to JSON; and a line longer than what is read at a time.
      const name = number === 7 ? "A\u2028B\u2029C" : `Project ${number}${number === 8 ? "x".repeat(200_000) : ""}`;
      const row = { id: `prj_${number}`, slug: `p-${number}`, name, description: null, createdAt: 1, updatedAt: 1 };
      return JSON.stringify({ table: "projects", row });
    });
    for (const count of [4, 600]) {
      const file = join(folder, `${count}.jsonl`);
      // As an editor on Windows keeps it, and without an end of the last line.
      await writeFile(file, [heading, ...rows.slice(0, count), last].join(count === 4 ? "\r\n" : "\n"));
      expect(await runToEnd(["import", file], variables)).toMatchObject({
        code: 0,
        stderr: expect.stringContaining(`${count} rows were read in`),
      });
    }
    const { stdout } = await runToEnd(["export"], variables);
    for (const row of rows) expect(stdout).toContain(row);
    expect(stdout.match(/"actorKind":"command".*"action":"store.import"/g)).toHaveLength(2);
  }, 120_000);
});

test("a command says why the store does not answer: it has no log", async () => {
  const refused = withStore({ ADIT_DATA_DIR: folder }, (store) =>
    store.write(() => Promise.reject(Object.assign(new Error("disk full"), { code: "53100" }))),
  );
  await expect(refused).rejects.toMatchObject({
    code: "store_unavailable",
    message: expect.stringContaining("disk full"),
  });
});

test("a rotation to another variable waits for word that running gateways hold both keys", async () => {
  const [first, second] = ["1", "2"].map((digit) => Buffer.alloc(32, digit).toString("base64"));
  const dataDir = join(folder, "data");
  await runHere(["keys", "create", "app"], { ADIT_DATA_DIR: dataDir, ADIT_MASTER_KEY: first ?? "" });
  const store = await Store.open({ file: join(dataDir, "adit.db") });
  const alive = { id: "gateway", seenAt: Date.now(), name: "host-1 (process 7)", masterKeys: '["mk_0"]' };
  await store.write(({ db }) => db.insertInto("limitHolders").values(alive).execute());
  const both = { ADIT_DATA_DIR: dataDir, ADIT_MASTER_KEY: second ?? "", ADIT_MASTER_KEY_OLD: first ?? "" };
  const refused = await runHere(["vault", "rotate"], both);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("host-1 (process 7), last heard of") });
  const keyId = /master key (mk_\w+)/.exec(refused.stderr)?.[1];
  await store.write(({ db }) =>
    db
      .updateTable("limitHolders")
      .set({ masterKeys: JSON.stringify([keyId]) })
      .execute(),
  );
  const rotated = await runHere(["vault", "rotate"], both);
  expect(rotated).toMatchObject({ code: 0, stderr: expect.stringContaining("Rotated from") });
  const entries = await store.read((db) => db.selectFrom("auditLog").select(["action", "actorKind"]).execute());
  expect(entries).toContainEqual({ action: "vault.rotate", actorKind: "command" });
  await store.close();
});

/** An empty store on the engine, as the command is told of it. */
async function variablesOf(house: House): Promise<Record<string, string>> {
  const location = await house.newLocation();
  return {
    ADIT_DATA_DIR: join(folder, "data"),
    ...("databaseUrl" in location && { DATABASE_URL: location.databaseUrl }),
  };
}

describe("what cannot be done is said", () => {
  test.each<[args: string[], variables: Record<string, string>, code: number, words: string]>([
    [["vault", "rotate"], {}, 1, "Nothing was sealed yet"],
    [["vault"], {}, 2, '"rotate" is missing.'],
    [["vault", "rotat"], {}, 2, 'It has "rotate" alone, not "rotat".'],
    [["keys", "rotate", "gk_1", "gk_2"], {}, 2, '"gk_2" is a word too many.'],
    [["backup"], {}, 2, "FILE is missing."],
    [["export", "x"], {}, 2, "Unexpected argument"],
    [["export"], { ADIT_DATA_DIR: import.meta.filename }, 1, "cannot be made, or is no folder"],
    [["backup", "/tmp/x"], { ADIT_DATA_DIR: "/nowhere" }, 1, "Set ADIT_DATA_DIR to the folder that the gateway has."],
    [["import", "/nowhere.jsonl"], {}, 1, "The file /nowhere.jsonl cannot be read: ENOENT"],
    [["import", "/"], {}, 1, "Name a file that adit export has written."],
    [["backup", "/tmp/x"], { DATABASE_URL: "postgres://adit:CANARYpass@127.0.0.1:1/adit" }, 1, "Use pg_dump."],
    [["export"], { DATABASE_URL: "postgres://adit:CANARYpass@127.0.0.1:1/adit" }, 1, "Check DATABASE_URL"],
    [["export"], { DATABASE_URL: "mysql://adit:CANARYpass@host/adit" }, 1, "is not of the form postgres://"],
  ])("adit %j with %j", async (args, variables, code, words) => {
    const ended = await runToEnd(args, { ADIT_DATA_DIR: join(folder, "data"), ...variables });
    expect(ended).toMatchObject({ code, stderr: expect.stringContaining(words) });
    expect(ended.stdout + ended.stderr).not.toContain("CANARY");
  });

  test("a key file that is damaged is to be put back: a new key in its place would open nothing", async () => {
    const data = join(folder, "damaged");
    await mkdir(data, { mode: 0o700 });
    await writeFile(join(data, "master-key"), "canary, half of a key", { mode: 0o600 });
    const { code, stderr } = await runHere(["vault", "rotate"], { ADIT_DATA_DIR: data });
    expect(code).toBe(1);
    expect(stderr).toContain(`${join(data, "master-key")} holds no master key`);
    expect(stderr).toContain("Put back the file from your copy of it");
    expect(stderr).not.toMatch(/openssl|canary/);
  });

  test("a master key out of form is named, and not printed", async () => {
    const given = { ADIT_DATA_DIR: join(folder, "data"), ADIT_MASTER_KEY: "CANARY-not-a-key" };
    const ended = await runToEnd(["vault", "rotate"], given);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining("ADIT_MASTER_KEY holds no master key") });
    expect(ended.stderr).not.toContain("CANARY");
    await expect(readFile(join(folder, "data", "master-key"))).rejects.toThrow("ENOENT");
  });
});
