/** `adit apply`, `keys`, `virtual-keys` and `configs`, run as a user runs them: the first by a process. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runApply } from "../../packages/gateway/src/cli/apply.ts";
import { openSqliteFile } from "../../packages/gateway/src/store/engines/sqlite-file.ts";
import { runHere, runToEnd } from "./command.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "adit-cli-apply-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const secret = "CANARYcliapplyQ7vR2mK9pL4wT8zB3nH6wJalrX";
const file = `
version: 1
projects:
  - slug: default
    virtual_keys:
      - slug: main
        name: Main
        credential: { aws_access_key_id: AKIAIOSFODNN7EXAMPLE, aws_secret_access_key: "\${env:SECRET}" }
    api_keys:
      - name: Service
        scopes: [completions.write]
`;

test("the plan, the change, and nothing more the second time", async () => {
  const path = join(folder, "adit.yaml");
  await writeFile(path, file);
  const variables = { ADIT_DATA_DIR: join(folder, "data"), SECRET: secret };
  const plan = await runToEnd(["apply", "-f", path, "--dry-run"], variables);
  expect(plan).toMatchObject({ code: 0, stdout: "" });
  // In a folder that had none.
  const [made = "", ...planned] = plan.stderr.split("\n");
  expect(made).toBe(`A new store was made: ${join(folder, "data", "adit.db")} (ADIT_DATA_DIR).`);
  expect(planned.join("\n")).toBe(
    "= project default\n+ virtual key default/main\n+ API key default/Service\nWould create 2, update 0, keep 1. Nothing was changed.\n",
  );
  expect((await runToEnd(["virtual-keys", "list"], variables)).stdout).toBe("");
  const done = await runToEnd(["apply", "-f", path], variables);
  // The plan comes before what is done.
  expect(done.stderr).toBe(planned.join("\n").replace(/Would.*\n/, "Done: create 2, update 0, keep 1.\n"));
  expect(done.stdout).toMatch(/^default\/Service\tadit_sk_[\w-]{43}\n$/);
  const again = await runToEnd(["apply", "-f", path], variables);
  expect(again).toMatchObject({ code: 0, stdout: "" });
  expect(again.stderr).toContain("Done: create 0, update 0, keep 3.");
  expect((await runToEnd(["virtual-keys", "list"], variables)).stdout).toBe("main\tactive\taccess_key\t-\tMain\n");
  const missing = await runToEnd(["apply", "-f", path], { ADIT_DATA_DIR: join(folder, "data") });
  expect(missing.code).toBe(1);
  expect(missing.stderr).toContain("projects[0].virtual_keys[0].credential.aws_secret_access_key");
  expect([plan, done, again, missing].map(({ stdout, stderr }) => stdout + stderr).join("")).not.toContain(secret);
});

test("who is asked and says no changes nothing; where nothing is to be done nobody is asked", async () => {
  const path = join(folder, "adit.yaml");
  await writeFile(path, file);
  const variables = { ADIT_DATA_DIR: join(folder, "data"), SECRET: secret };
  const answers: boolean[] = [];
  const applied = (isWanted: boolean): Promise<number> => {
    const confirm = (): Promise<boolean> => {
      answers.push(isWanted);
      return Promise.resolve(isWanted);
    };
    return runApply({ file: path, isDryRun: false, confirm }, variables);
  };
  expect(await applied(false)).toBe(1);
  expect((await runHere(["virtual-keys", "list"], variables)).stdout).toBe("");
  expect(await applied(true)).toBe(0);
  expect((await runHere(["virtual-keys", "list"], variables)).stdout).toContain("main\tactive");
  expect(await applied(false)).toBe(0);
  expect(answers).toEqual([false, true]);
});

test("a virtual key by itself, from a file whose secrets stand in the environment", async () => {
  const variables = { ADIT_DATA_DIR: join(folder, "data"), SECRET: secret };
  const path = join(folder, "key.yaml");
  const credential = 'credential: { aws_access_key_id: AKIAIOSFODNN7EXAMPLE, aws_secret_access_key: "${env:SECRET}" }';
  await writeFile(path, `region: us-west-2\n${credential}\n`);
  const save = (...more: string[]) => runHere(["virtual-keys", "save", "prod", "--file", path, ...more], variables);
  const made = await save();
  expect([made.code, made.stdout]).toEqual([0, "prod\tcreated\n"]);
  expect((await save()).stdout).toBe("prod\tunchanged\n");
  expect((await save("--name", "Production")).stdout).toBe("prod\tupdated\n");
  // A file that has no name says nothing of the name.
  expect((await save()).stdout).toBe("prod\tunchanged\n");
  const listed = (await runHere(["virtual-keys", "list"], variables)).stdout;
  expect(listed).toBe("prod\tactive\taccess_key\tus-west-2\tProduction\n");
  await writeFile(path, `region: us-west-2a\n${credential}\n`);
  const refused = await save();
  expect([refused.code, refused.stderr.includes("use us-west-2")]).toEqual([1, true]);
  await writeFile(path, `regoin: us-west-2\n${credential}\n`);
  expect((await save()).stderr).toContain("regoin");
  // More than a page of them are listed to the last.
  const database = await openSqliteFile(join(folder, "data", "adit.db"), { timeoutMs: 1_000 });
  const copy = (number: number): string =>
    `update one set id = 'vk_${number}', slug = 's${number}'; insert into virtual_keys select * from one;`;
  const copies = Array.from({ length: 1_000 }, (_, number) => copy(number)).join("");
  database.exec(`create temp table one as select * from virtual_keys; begin; ${copies} commit`);
  database.close();
  expect((await runHere(["virtual-keys", "list"], variables)).stdout.split("\n")).toHaveLength(1_002);
  // Named as in requests, too.
  expect((await runHere(["virtual-keys", "delete", "@s7"], variables)).code).toBe(0);
  expect((await runHere(["virtual-keys", "list"], variables)).stdout.split("\n")).toHaveLength(1_001);
  expect([made, refused].map(({ stdout, stderr }) => stdout + stderr).join("")).not.toContain(secret);
});

test("a key goes with its limits, or stays with them", async () => {
  const path = join(folder, "adit.yaml");
  const budget = "{ name: B, scope: gateway_key, scope_id: Service, unit: tokens, amount: 9, period: total }";
  await writeFile(path, `${file}    budgets: [${budget}]\n`);
  const variables = { ADIT_DATA_DIR: join(folder, "data"), SECRET: secret };
  await runHere(["apply", "-f", path], variables);
  const listed = (await runHere(["keys", "list"], variables)).stdout;
  const database = await openSqliteFile(join(folder, "data", "adit.db"), { timeoutMs: 1_000 });
  database.exec("create trigger kept before delete on budgets begin select raise(abort, 'kept'); end");
  await runHere(["keys", "delete", listed.split("\t")[0] ?? ""], variables).catch(() => {});
  expect((await runHere(["keys", "list"], variables)).stdout).toBe(listed);
  database.exec("drop trigger kept");
  await runHere(["keys", "delete", listed.split("\t")[0] ?? ""], variables);
  expect((await runHere(["keys", "list"], variables)).stdout).toBe("");
  expect(database.prepare("select * from budgets").all()).toEqual([]);
  database.close();
});

test("keys and configs one by one", async () => {
  const variables = { ADIT_DATA_DIR: join(folder, "data") };
  const made = await runHere(["keys", "create", "Billing", "--scopes", "completions.write, configs.read"], variables);
  const [id = "", key = ""] = made.stdout.trim().split("\t");
  expect(key).toMatch(/^adit_sk_/);
  expect((await runHere(["keys", "list"], variables)).stdout).toBe(
    `${id}\tactive\tBilling\tcompletions.write,configs.read\n`,
  );
  expect((await runHere(["keys", "rotate", id], variables)).stdout).not.toContain(key);
  expect((await runHere(["keys", "delete", id], variables)).code).toBe(0);
  await writeFile(join(folder, "config.json"), '{"retry": {"attempts": 2}}');
  const save = ["configs", "save", "pc-main", "--file", join(folder, "config.json")];
  expect((await runHere(save, variables)).stdout).toBe("pc-main\tversion 1\n");
  expect(JSON.parse((await runHere(["configs", "show", "pc-main"], variables)).stdout)).toEqual({
    retry: { attempts: 2 },
  });
  const onWindows = Buffer.from('\uFEFF{"retry": {"attempts": 3}}', "utf16le");
  await writeFile(join(folder, "config.json"), onWindows);
  expect((await runHere(save, variables)).stdout).toBe("pc-main\tversion 2\n");
  await writeFile(join(folder, "config.json"), onWindows.swap16());
  expect((await runHere(save, variables)).stderr).toBe("");
  expect(JSON.parse((await runHere(["configs", "show", "pc-main"], variables)).stdout)).toEqual({
    retry: { attempts: 3 },
  });
  await writeFile(join(folder, "broken.json"), '{\n  "retry": {"attempts": 1},\n}');
  const broken = await runHere([...save.slice(0, -1), join(folder, "broken.json")], variables);
  expect(broken.stderr).toMatch(/broken\.json is not JSON\. .*: line 2, column 27\./);
  await writeFile(join(folder, "twice.json"), '{"retry": {"attempts": 1}, "retry": {}}');
  const twice = await runHere([...save.slice(0, -1), join(folder, "twice.json")], variables);
  expect(twice.stderr).toContain("retry cannot be taken as it is written");
  await writeFile(join(folder, "latin-1.json"), Buffer.from('{"name": "M\u00fcller"}', "latin1"));
  const latin = await runHere([...save.slice(0, -1), join(folder, "latin-1.json")], variables);
  expect(latin).toMatchObject({ code: 1, stderr: expect.stringContaining("latin-1.json cannot be read") as string });
  const absent = await runHere([...save.slice(0, -1), join(folder, "absent.json")], variables);
  expect(absent.stderr).toContain("absent.json cannot be read: ENOENT");
  const wrong = await runHere(["configs", "sohw", "pc-main"], variables);
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean "show"?') as string });
  const elsewhere = await runHere(["configs", "show", "pc-mian"], variables);
  expect(elsewhere.stderr).toContain('Did you mean "pc-main"?');
});

test("prompts one by one: what is shown can be applied again", async () => {
  const variables = { ADIT_DATA_DIR: join(folder, "data") };
  const path = join(folder, "adit.yaml");
  const string = [{ role: "user", content: "Greet {{name}}." }];
  const entry = {
    slug: "pp-welcome",
    name: "Welcome",
    string,
    model: "amazon.nova-lite-v1:0",
    parameters: { top_p: 0.5 },
  };
  // JSON is YAML too.
  const apply = async (prompt: object) => {
    await writeFile(path, JSON.stringify({ version: 1, projects: [{ slug: "default", prompts: [prompt] }] }));
    return (await runHere(["apply", "-f", path], variables)).stderr;
  };
  const prompts = async (...words: string[]) => runHere(["prompts", ...words], variables);
  expect(await apply(entry)).toContain("+ prompt default/pp-welcome");
  expect((await prompts("list")).stdout).toBe("pp-welcome\tversion 1 of 1\tWelcome\n");
  const shown = JSON.parse((await prompts("show", "pp-welcome")).stdout) as object;
  expect(shown).toEqual(entry);
  expect(await apply(shown)).toContain("= prompt default/pp-welcome");
  expect(await apply({ ...entry, string: "Hail {{name}}." })).toContain("~ prompt default/pp-welcome (string)");
  expect((await prompts("publish", "pp-welcome@1")).stdout).toBe("pp-welcome\tversion 1\n");
  expect((await prompts("list")).stdout).toBe("pp-welcome\tversion 1 of 2\tWelcome\n");
  expect((await prompts("show", "pp-welcome@9")).stderr).toContain("its newest is 2");
  expect((await prompts("show", "pp-welcme")).stderr).toContain('Did you mean "pp-welcome"?');
  expect(await prompts("publish", "pp-welcome")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("publish needs a version") as string,
  });
  expect(await prompts("delete", "pp-welcome@1")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("deleted with all its versions") as string,
  });
  expect((await prompts("list")).stdout).toBe("pp-welcome\tversion 1 of 2\tWelcome\n");
  expect((await prompts("delete", "pp-welcome")).code).toBe(0);
  expect((await prompts("list")).stdout).toBe("");
});
