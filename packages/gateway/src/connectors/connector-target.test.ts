import { AditError, Secret, type AwsKeys } from "@adit/bedrock";
import { expect, test } from "vitest";
import type { VirtualKey } from "../vault/virtual-key.ts";
import { keyCredential } from "./connector-target.ts";

test("a virtual key is asked for with each try: it may be switched off while one waits", async () => {
  const keys: AwsKeys = { kind: "keys", accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: new Secret("s") };
  const off = new AditError("virtual_key_inactive", "It is switched off.");
  const found = { label: "virtual key a", get: async () => keys, invalidate: () => {} };
  let isOn = true;
  const sourceOf = () => (isOn ? Promise.resolve(found) : Promise.reject(off));
  const { source } = await keyCredential({ slug: "a" } as VirtualKey, { virtualKeySources: { sourceOf } });
  expect([source.label, await source.get()]).toEqual(["virtual key a", keys]);
  isOn = false;
  await expect(source.get()).rejects.toBe(off);
});
