/** What is kept of a test says how the credential does as it is now, and nothing of one that is no more. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openChangeParts } from "../admin/open-parts.ts";
import { readSettings } from "../settings.ts";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";
import { onBothEngines } from "../store/testing/engines.ts";
import { HandClock } from "../store/testing/hand-clock.ts";
import type { TestOutcome } from "./virtual-key-tests.ts";
import type { VirtualKeyPatch } from "./virtual-key.ts";

const actor = { kind: "command" } as const;
const pair = { aws_access_key_id: "AKIAIOSFODNN7EXAMPLE", aws_secret_access_key: "w".repeat(40) };
const host = "https://vpce.example.com";
const passed: TestOutcome = { region: "us-east-1", stages: [{ stage: "shape", status: "ok" }] };

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "adit-key-tests-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

onBothEngines((house) => {
  async function open() {
    const clock = new HandClock();
    const store = await house.open(undefined, { clock });
    const parts = await openChangeParts(store, readSettings({ ADIT_DATA_DIR: dataDir, ADIT_CUSTOM_HOSTS: host }));
    const make = async (slug: string, credential: object) => {
      const input = { name: slug, slug, region: "us-east-1", credential: { ...credential } };
      return (await parts.virtualKeys.create(defaultProjectId, input, actor)).virtualKey;
    };
    const change = async (id: string, patch: VirtualKeyPatch) => {
      clock.time += 1;
      return (await parts.virtualKeys.update(id, patch, actor)).virtualKey;
    };
    return { ...parts, clock, make, change };
  }

  test("the newest outcome is kept, without what AWS said, until the key is deleted", async () => {
    const { virtualKeys, virtualKeyTests, clock, make } = await open();
    const key = await make("one", pair);
    const other = await make("two", pair);
    expect(await virtualKeyTests.ofAll([key.id, other.id])).toEqual(new Map());
    await virtualKeyTests.keep([key], passed);
    clock.time += 1_000;
    const told = {
      stage: "shape",
      status: "failed",
      code: "virtual_key_inactive",
      message: "CANARY",
      remedy: "x",
    } as const;
    await virtualKeyTests.keep([key], { region: undefined, stages: [told] });
    const { stage, status, code } = told;
    const kept = { testedAt: clock.now(), region: undefined, stages: [{ stage, status, code }] };
    expect(await virtualKeyTests.ofAll([key.id, other.id])).toEqual(new Map([[key.id, kept]]));
    await virtualKeys.remove(key.id, actor);
    expect(await virtualKeyTests.of(key.id)).toBeUndefined();
    await virtualKeyTests.keep([key], passed);
    expect(await virtualKeyTests.of(key.id)).toBeUndefined();
  });

  test("it is forgotten with every change of what a test goes by, and with no other", async () => {
    const { virtualKeyTests, make, change } = await open();
    let key = await make("one", pair);
    await virtualKeyTests.keep([key], passed);
    key = await change(key.id, { name: "Another", note: "Rotated", region: "us-east-1" });
    expect(await virtualKeyTests.of(key.id)).toMatchObject(passed);
    const changes: VirtualKeyPatch[] = [
      // The very same is given anew: that it is the same is not looked at.
      { credential: pair },
      { region: "eu-west-1" },
      { allowedModels: ["amazon.*"] },
      { allowedRegions: ["eu-west-1"] },
      { endpoint: host, credential: pair },
      { expiresAt: Date.parse("2200-01-01") },
      { disabled: true },
    ];
    for (const patch of changes) {
      await virtualKeyTests.keep([key], passed);
      expect(await virtualKeyTests.of(key.id)).toBeDefined();
      key = await change(key.id, patch);
      expect(await virtualKeyTests.of(key.id), JSON.stringify(patch)).toBeUndefined();
    }
  });

  test("an outcome that comes after a change is of a credential that is no more", async () => {
    const { virtualKeyTests, make, change } = await open();
    const key = await make("one", pair);
    const changed = await change(key.id, { credential: { ...pair, aws_secret_access_key: "v".repeat(40) } });
    await virtualKeyTests.keep([key], passed);
    expect(await virtualKeyTests.of(key.id)).toBeUndefined();
    await virtualKeyTests.keep([changed], passed);
    expect(await virtualKeyTests.of(key.id)).toBeDefined();
  });

  test("a role is tested through the key that assumes it: a change of that one is a change of both", async () => {
    const { virtualKeyTests, make, change } = await open();
    const assumer = await make("assumer", pair);
    const role = await make("role", { aws_role_arn: "arn:aws:iam::123456789012:role/Adit", source: "assumer" });
    for (const key of [role, assumer]) await virtualKeyTests.keep(key === role ? [role, assumer] : [key], passed);
    await change(assumer.id, { name: "Renamed" });
    expect((await virtualKeyTests.ofAll([role.id, assumer.id])).size).toBe(2);
    await change(assumer.id, { credential: pair });
    expect((await virtualKeyTests.ofAll([role.id, assumer.id])).size).toBe(0);
    await virtualKeyTests.keep([role, assumer], passed);
    expect(await virtualKeyTests.of(role.id)).toBeUndefined();
  });
});
