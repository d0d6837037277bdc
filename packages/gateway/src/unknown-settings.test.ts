import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { settingNames, unknownSettings } from "./unknown-settings.ts";

describe("variables that look like settings", () => {
  test.each([
    ["ADIT_TLS_CRT", "ADIT_TLS_CERT"],
    ["ADIT_TLS_CERT_FILE", "ADIT_TLS_CERT"],
    ["ADIT_MASTERKEY", "ADIT_MASTER_KEY"],
    ["ADIT_MASTER_KEY_OLD_FILE", "ADIT_MASTER_KEY_OLD"],
    ["ADIT_TRUSTED_PROXY", "ADIT_TRUSTED_PROXIES"],
    ["ADIT_DATABASE_URL", "DATABASE_URL"],
  ])("%s is told, with %s, and without its value", (name, meant) => {
    const [told = "", ...more] = unknownSettings({ [name]: "CANARY" });
    expect(told).toBe(`${name} is no setting of Adit's, and counts for nothing. Did you mean ${meant}?`);
    expect(more).toEqual([]);
  });

  test("what is like none is told as well", () => {
    expect(unknownSettings({ ADIT_WORKERS: "4" })).toEqual([
      "ADIT_WORKERS is no setting of Adit's, and counts for nothing.",
    ]);
  });

  test("what is none is passed over: empty ones, others' variables, what Kubernetes tells of services", () => {
    const others = {
      ADIT_TLS_CRT: " ",
      PORT: "1",
      MY_ADIT_PORT: "1",
      ADIT_SERVICE_HOST: "10.0.0.1",
      ADIT_SERVICE_PORT_HTTP: "8787",
      ADIT_DB_PORT: "tcp://10.0.0.2:5432",
      ADIT_PORT_8787_TCP: "tcp://10.0.0.1:8787",
      ADIT_DB_PORT_5432_TCP_ADDR: "10.0.0.2",
    };
    expect(unknownSettings(others)).toEqual([]);
    expect(unknownSettings(Object.fromEntries(settingNames.map((name) => [name, "x"])))).toEqual([]);
  });

  test("the settings are those that are documented", () => {
    const page = readFileSync(join(import.meta.dirname, "../../../docs/operations.md"), "utf8");
    const documented = page.split("\n").flatMap((line) => {
      const [first = ""] = line.startsWith("| `ADIT_") ? line.slice(1).split("|") : [];
      return [...first.matchAll(/`(ADIT_\w+)`/g)].map((match) => match[1] ?? "");
    });
    // That of the library stands with AWS's own.
    expect([...documented, "ADIT_ENDPOINT_URL_MANTLE"].toSorted()).toEqual(settingNames);
  });
});
