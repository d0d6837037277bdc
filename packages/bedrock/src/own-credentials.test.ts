import { describe, expect, it } from "vitest";
import { systemClock } from "./clock.ts";
import { AditError } from "./errors/adit-error.ts";
import { givenSource } from "./own-credentials.ts";
import { Secret } from "./secret.ts";

const invalidate = (): void => {};

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

  it.each([[{}], [{ region: "us-east-1" }], [{ get: () => undefined }], [{ label: "mine", get: "x", invalidate }]])(
    "%j is refused at once, by name",
    (given) => {
      let thrown: unknown;
      try {
        givenSource(given as never, systemClock);
      } catch (error) {
        thrown = error;
      }
      expect(AditError.isInstance(thrown) && [thrown.status, thrown.param]).toEqual([400, "credentials"]);
    },
  );

  it("a source is asked, and told", async () => {
    const given = { kind: "keys", accessKeyId: "AKIAX", secretAccessKey: new Secret("s") } as const;
    const told: string[] = [];
    const own = { label: "mine", get: () => Promise.resolve(given), invalidate: () => void told.push("refused") };
    const source = givenSource(own, systemClock);
    expect([source.label, await source.get()]).toEqual(["mine", given]);
    source.invalidate();
    expect(told).toEqual(["refused"]);
  });

  const bare = { kind: "keys", accessKeyId: "AKIAX", secretAccessKey: new Secret("s"), sessionToken: "t" };
  it.each([[undefined], [{ accessKeyId: "AKIAX", secretAccessKey: "s" }], [{ kind: "bearer", token: "t" }], [bare]])(
    "a source that gives %j gives no credentials, in so many words",
    async (given) => {
      const source = givenSource(
        { label: "mine", get: () => Promise.resolve(given as never), invalidate },
        systemClock,
      );
      await expect(source.get()).rejects.toMatchObject({
        code: "credentials_unavailable",
        message: "The source mine gave what are no credentials.",
      });
    },
  );
});
