/** `adit person`, and the sign-in that it leads to, as an operator does both. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Store } from "../../packages/gateway/src/store/store.ts";
import { Running, runToEnd } from "./command.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "adit-cli-person-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function signIn(url: string, password: string): Promise<number> {
  const response = await fetch(`${url}/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: "ada@example.com", password }),
  });
  return response.status;
}

test("the first admin signs in with the password shown; a second run sets another", async () => {
  const variables = { ADIT_DATA_DIR: folder };
  const first = await runToEnd(["person", "Ada@Example.com", "--role", "admin"], variables);
  expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining("Added ada@example.com as admin") as string });
  const serving = await Running.start(["serve", "--port", "0"], variables);
  const url = await serving.said(/listens on (http\S+)/);
  expect(await signIn(url, first.stdout.trim())).toBe(200);
  const second = await runToEnd(["person", "ada@example.com"], variables);
  expect(second.stderr).toContain("has a new password");
  expect(await signIn(url, first.stdout.trim())).toBe(401);
  expect(await signIn(url, second.stdout.trim())).toBe(200);
  serving.signal("SIGTERM");
  const ended = await serving.ended();
  for (const password of [first.stdout.trim(), second.stdout.trim()]) {
    expect(password).toMatch(/^[\w-]{24}$/);
    expect(ended.stdout + ended.stderr).not.toContain(password);
  }
});

test("of a person who is switched off that is said beside the new password", async () => {
  const variables = { ADIT_DATA_DIR: folder };
  await runToEnd(["person", "ada@example.com"], variables);
  const store = await Store.open({ file: join(folder, "adit.db") }, { hears: false });
  await store.write(({ db }) => db.updateTable("people").set({ disabled: 1 }).execute());
  await store.close();
  const { code, stderr } = await runToEnd(["person", "ada@example.com"], variables);
  expect([code, stderr]).toEqual([0, expect.stringContaining("ada@example.com is switched off")]);
});

test.each([
  [["person"], 2, "EMAIL is missing."],
  [["person", "nobody"], 1, "email must be an e-mail address"],
  [["person", "a@example.com", "--role", "boss"], 2, "--role must be one of admin, member, viewer"],
])("adit %j ends with %i", async (args, code, words) => {
  const ended = await runToEnd(args, { ADIT_DATA_DIR: folder });
  expect(ended).toMatchObject({ code, stderr: expect.stringContaining(words) as string, stdout: "" });
});

test("a gateway whose master key is not the store's ends, and says so", async () => {
  const key = (byte: number): string => Buffer.alloc(32, byte).toString("base64");
  const variables = { ADIT_DATA_DIR: folder, ADIT_ADMIN_KEY: "an-admin-key-of-some-length" };
  const serving = await Running.start(["serve", "--port", "0"], { ...variables, ADIT_MASTER_KEY: key(1) });
  const url = await serving.said(/listens on (http\S+)/);
  for (let tries = 0; (await fetch(`${url}/ready`)).status !== 200; tries += 1) expect(tries).toBeLessThan(500);
  serving.signal("SIGTERM");
  expect((await serving.ended()).code).toBe(0);
  const other = await runToEnd(["serve", "--port", "0"], { ...variables, ADIT_MASTER_KEY: key(2) });
  expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("is not held by this gateway") as string });
});
