import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readSettings, type Settings } from "../settings.ts";
import { storedFor } from "../testing/stored.ts";
import { Door } from "./door.ts";
import { arriving, outcomeOf } from "./testing/arriving.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "adit-door-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const key = "a-gateway-key-of-some-length";

async function knock(headers: Record<string, string>): Promise<string> {
  return knockAt(await open(readSettings({ ADIT_ADMIN_KEY: key, ADIT_DATA_DIR: folder })), headers);
}

async function knockAt(door: Door, headers: Record<string, string>): Promise<string> {
  return outcomeOf(async () => (await door.caller(arriving(headers), false)).kind);
}

/** Nothing of the store is needed for the admin key: it is never opened here. */
function open(settings: Settings): Promise<Door> {
  return Door.open(settings, storedFor(settings));
}

describe("the first key that is present decides", () => {
  test.each<[Record<string, string>, string]>([
    [{ authorization: `Bearer ${key}` }, "admin_key"],
    [{ authorization: `bearer ${key}` }, "admin_key"],
    [{ "x-api-key": key }, "admin_key"],
    [{ "x-adit-api-key": key }, "admin_key"],
    [{ "x-portkey-api-key": key, authorization: "Bearer of-aws" }, "admin_key"],
    [{ "x-obiguard-api-key": key }, "admin_key"],
    [{}, "401 missing_gateway_key"],
    [{ authorization: "Basic abc" }, "401 missing_gateway_key"],
    [{ "x-portkey-api-key": "wrong", authorization: `Bearer ${key}` }, "401 invalid_gateway_key"],
    [{ authorization: "Bearer wrong", "x-api-key": key }, "401 invalid_gateway_key"],
    [{ authorization: `Bearer ${key}x` }, "401 invalid_gateway_key"],
    [{ authorization: `Bearer ${key.slice(0, 20)}` }, "401 invalid_gateway_key"],
    [{ "x-portkey-api-key": "", authorization: `Bearer ${key}` }, "admin_key"],
  ])("%j -> %s", async (headers, outcome) => {
    expect(await knock(headers)).toBe(outcome);
  });
});

describe("the admin key", () => {
  test("may be any text: a header's bytes in UTF-8, which Node reads as Latin-1, are it too", async () => {
    for (const written of ["schlüssel der leitung №1", "鍵鍵鍵鍵鍵鍵鍵鍵鍵鍵鍵鍵鍵鍵鍵鍵", "a key with spaces in it"]) {
      const door = await open(readSettings({ ADIT_ADMIN_KEY: written, ADIT_DATA_DIR: folder }));
      const arrived = Buffer.from(written, "utf8").toString("latin1");
      for (const headers of [
        { authorization: `Bearer ${arrived}` },
        { "x-api-key": arrived },
        { "x-api-key": written },
      ]) {
        expect(await knockAt(door, headers)).toBe("admin_key");
      }
      const other = Buffer.from(`${written}é`, "utf8").toString("latin1");
      expect(await knockAt(door, { "x-api-key": other })).toBe("401 invalid_gateway_key");
    }
  });

  test("is made once, kept with mode 0600, and found again", async () => {
    const settings = readSettings({ ADIT_DATA_DIR: join(folder, "data") });
    const first = await open(settings);
    const file = join(folder, "data", "admin-key");
    expect(first.newKey?.file).toBe(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readFile(file, "utf8")).trim()).toBe(first.newKey?.key);
    const second = await open(settings);
    expect(second.newKey).toBeUndefined();
    expect(await knockAt(second, { "x-api-key": first.newKey?.key ?? "" })).toBe("admin_key");
  });

  test("gateways that start at once in one folder agree on one", async () => {
    const settings = readSettings({ ADIT_DATA_DIR: folder });
    const doors = await Promise.all(Array.from({ length: 8 }, () => open(settings)));
    const made = doors.map((door) => door.newKey?.key).filter((found) => found !== undefined);
    expect(made).toHaveLength(1);
    for (const door of doors) expect(await knockAt(door, { "x-api-key": made[0] ?? "" })).toBe("admin_key");
  });

  test("a folder is made with those above it; one that cannot be made is said at once", async () => {
    const deep = join(folder, "one", "two", "three");
    expect((await open(readSettings({ ADIT_DATA_DIR: deep }))).newKey?.file).toBe(join(deep, "admin-key"));
    expect((await stat(deep)).mode & 0o777).toBe(0o700);
    await writeFile(join(folder, "file"), "");
    for (const impossible of ["/proc/adit-data", join(folder, "file"), join(folder, "file", "below")])
      await expect(open(readSettings({ ADIT_DATA_DIR: impossible }))).rejects.toThrow(
        `The admin key could not be kept in ${impossible}`,
      );
  });

  test("a file that holds no key is said, not replaced", async () => {
    await writeFile(join(folder, "admin-key"), "\n");
    await expect(open(readSettings({ ADIT_DATA_DIR: folder }))).rejects.toThrow("admin-key");
    // What cannot be read is there: that the folder can be written would not help.
    await rm(join(folder, "admin-key"));
    await mkdir(join(folder, "admin-key"));
    const unread = open(readSettings({ ADIT_DATA_DIR: folder }));
    await expect(unread).rejects.toThrow(`The admin key in ${join(folder, "admin-key")} cannot be read: EISDIR`);
  });

  // The files of a process stand for those of a mount: their modes cannot be changed, by root neither.
  test.runIf(process.platform === "linux")(
    "of a file whose mode cannot be changed counts where nobody else may read it",
    async () => {
      const file = join(folder, "admin-key");
      await symlink("/proc/self/environ", file);
      const door = await open(readSettings({ ADIT_DATA_DIR: folder }));
      expect(await knockAt(door, { "x-api-key": (await readFile(file, "utf8")).trim() })).toBe("admin_key");
      await rm(file);
      await symlink("/proc/self/cmdline", file);
      const opening = open(readSettings({ ADIT_DATA_DIR: folder }));
      await expect(opening).rejects.toThrow(`Others may read the admin key in ${file}, which cannot be changed: EPERM`);
    },
  );
});
