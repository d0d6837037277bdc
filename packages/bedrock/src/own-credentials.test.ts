import { describe, expect, it } from "vitest";
import { systemClock } from "./clock.ts";
import { AditError } from "./errors/adit-error.ts";
import { givenSource } from "./own-credentials.ts";

describe("credentials as AWS's SDKs write them", () => {
  it("are a source of that pair", async () => {
    const source = givenSource({ accessKeyId: "AKIAX", secretAccessKey: "s", sessionToken: "t" }, systemClock);
    const credentials = await source.get();
    expect(credentials).toMatchObject({ kind: "keys", accessKeyId: "AKIAX" });
    expect(credentials.kind === "keys" && credentials.sessionToken?.reveal()).toBe("t");
  });

  it("half a pair names the other half", () => {
    expect(() => givenSource({ accessKeyId: "AKIAX", secretAccessKey: "" }, systemClock)).toThrow(/secret access key/);
  });

  it.each([[{}], [{ region: "us-east-1" }]])("%j is refused at once, by name", (given) => {
    let thrown: unknown;
    try {
      givenSource(given as never, systemClock);
    } catch (error) {
      thrown = error;
    }
    expect(AditError.isInstance(thrown) && [thrown.status, thrown.param]).toEqual([400, "credentials"]);
  });

  it("a source stays what it is", () => {
    const source = { label: "mine", get: () => Promise.reject(new Error("unused")), invalidate: () => {} };
    expect(givenSource(source, systemClock)).toBe(source);
  });
});
