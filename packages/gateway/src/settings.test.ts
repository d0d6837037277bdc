import { AditError } from "@adit/bedrock";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readSettings } from "./settings.ts";

describe("settings", () => {
  test("an empty variable is an unset one", () => {
    const names = [
      "ADIT_HOST",
      "ADIT_PORT",
      "ADIT_DATA_DIR",
      "ADIT_ADMIN_KEY",
      "ADIT_MAX_BODY_BYTES",
      "ADIT_FETCH_MEDIA",
      "ADIT_TLS_CERT",
      "ADIT_LOG_LEVEL",
    ];
    const { environment: _one, ...empty } = readSettings(Object.fromEntries(names.map((name) => [name, " "])));
    const { environment: _other, ...unset } = readSettings({});
    expect(empty).toEqual(unset);
    expect(unset).toMatchObject({
      host: "127.0.0.1",
      port: 8787,
      dataDir: "./data",
      maxBodyBytes: 67_108_864,
      firstByteMs: 30_000,
      shutdownSeconds: 60,
    });
  });

  test.each([
    ["[::]", "::"],
    ["[::1]", "::1"],
    ["::1", "::1"],
    ["localhost", "localhost"],
  ])("an address to listen on is taken as URLs have it: %s", (written, address) => {
    expect(readSettings({ ADIT_HOST: written }).host).toBe(address);
  });

  test("a data folder that was made under the very name of ~ is kept", () => {
    const folder = mkdtempSync(join(tmpdir(), "adit-settings-"));
    const before = process.cwd();
    try {
      mkdirSync(join(folder, "~", "adit"), { recursive: true });
      process.chdir(folder);
      expect(readSettings({ ADIT_DATA_DIR: "~/adit" }).dataDir).toBe("~/adit");
      expect(() => readSettings({ ADIT_DATA_DIR: "~/other" })).toThrow("ADIT_DATA_DIR");
    } finally {
      process.chdir(before);
      rmSync(folder, { recursive: true });
    }
  });

  test.each([
    ["ADIT_PORT", "65536"],
    ["ADIT_PORT", "http"],
    ["ADIT_ADMIN_KEY", "short"],
    ["ADIT_CUSTOM_HOSTS", "https://ok.example,not-an-origin"],
    ["ADIT_CUSTOM_HOSTS", "*"],
    ["ADIT_CUSTOM_HOSTS", "https://*.example.com"],
    ["ADIT_CORS_ORIGINS", "https://*.example.com"],
    ["ADIT_DATA_DIR", "~/adit"],
    ["ADIT_ADMIN_KEY", "two lines, as of\na file with two keys"],
    ["ADIT_CUSTOM_HOSTS", "https://host.example/path"],
    ["ADIT_FETCH_MEDIA", "maybe"],
    ["ADIT_LOG_LEVEL", "loud"],
    ["ADIT_MAX_BODY_BYTES", "-1"],
    ["AWS_ENDPOINT_URL", "bedrock.example"],
    ["AWS_ENDPOINT_URL_STS", "ftp://sts.example"],
    ["AWS_USE_FIPS_ENDPOINT", "yes"],
    ["ADIT_ENDPOINT_URL_MANTLE", "mantle.example"],
  ])("%s=%s is refused by name", (name, value) => {
    let thrown: unknown;
    try {
      readSettings({ [name]: value });
    } catch (error) {
      thrown = error;
    }
    expect(AditError.isInstance(thrown) && thrown.param).toBe(name);
    expect(AditError.isInstance(thrown) && thrown.describe()).not.toContain("short");
  });

  test("of several that are out of form all are told at once", () => {
    const faulty = { ADIT_PORT: "http", ADIT_ADMIN_KEY: "tiny", ADIT_LOG_LEVEL: "loud", AWS_ENDPOINT_URL: "bedrock" };
    let thrown: unknown;
    try {
      readSettings(faulty);
    } catch (error) {
      thrown = error;
    }
    const told = AditError.isInstance(thrown) ? thrown.describe() : "";
    for (const name of Object.keys(faulty)) expect(told).toContain(name);
    expect(told).not.toContain("tiny");
  });

  test("one TLS file names the other", () => {
    expect(() => readSettings({ ADIT_TLS_CERT: "c.pem" })).toThrow("ADIT_TLS_KEY");
    expect(() => readSettings({ ADIT_TLS_KEY: "k.pem" })).toThrow("ADIT_TLS_CERT");
  });

  test.each([
    { ADIT_CUSTOM_HOSTS: "https://user:CANARY@host.example" },
    { ADIT_CORS_ORIGINS: "https://host.example/?token=CANARY" },
    { ADIT_CUSTOM_HOSTS: "https://ok.example, https://hooks.example.com/services/T0/CANARY" },
    { ADIT_CUSTOM_HOSTS: "hooks.example.com/services/CANARY" },
    { ADIT_CUSTOM_HOSTS: "https://hooks.example.com\\CANARY" },
    { ADIT_TLS_CERT: "c.pem", ADIT_TLS_KEY: "-----BEGIN PRIVATE KEY-----\nCANARY" },
  ])("%j: a secret in the wrong place is not told", (variables) => {
    const [name = ""] = Object.keys(variables).slice(-1);
    const told = (): string => {
      try {
        return JSON.stringify(readSettings(variables));
      } catch (error) {
        return AditError.isInstance(error) ? error.describe() : "";
      }
    };
    expect(told()).toContain(name);
    expect(told()).not.toContain("CANARY");
  });

  test("the admin key never shows", () => {
    expect(JSON.stringify(readSettings({ ADIT_ADMIN_KEY: "canary-canary-canary" }).adminKey)).not.toContain("canary");
  });
});
