/** `POST /v1/configs/dry-run`: the plan and what each failure leads to, from a real gateway; what it says of first calls is held to calls. */
import { expect, test } from "vitest";
import { onBothEngines } from "./control.ts";

interface DryRun {
  plan: { kind: string; members: { region: string; credential: string }[] };
  first: { target: string; share: number }[];
  failures: { target: string; failure: string; next: string | null }[];
  warnings: { path: string }[];
}
interface Refused {
  error: { message: string; code: string; param: string | null };
}
interface Made {
  id: string;
  slug: string;
  key: string;
}

const body = { model: "amazon.nova-lite-v1:0", messages: [{ role: "user", content: "Hi" }] };
const config = {
  strategy: { mode: "fallback", on_status_codes: [429] },
  targets: [{ aws_region: "us-west-2" }, { aws_region: "eu-west-1" }],
};

onBothEngines((control) => {
  const ask: ReturnType<typeof control>["ask"] = (...request) => control().ask(...request);
  const dryRun = <Body = DryRun>(input: object, headers?: Record<string, string>) =>
    ask<Body>("POST", "/v1/configs/dry-run", { request: { body }, ...input }, headers);

  test("an inline config: its targets, who is first, what a failure leads to; nothing is sent", async () => {
    control().emulator.clearRequests();
    const { status, body: told } = await dryRun({ config });
    expect(status).toBe(200);
    expect(told.plan).toMatchObject({ kind: "fallback", members: [{ region: "us-west-2" }, { region: "eu-west-1" }] });
    expect(told.first).toEqual([{ target: "config.targets[0]", share: 1 }]);
    const after = (failure: string) =>
      told.failures.find((one) => one.target === "config.targets[0]" && one.failure === failure)?.next;
    expect([after("throttled"), after("server_error")]).toEqual(["config.targets[1]", null]);
    expect(control().emulator.requests).toEqual([]);
  });

  test("a call with the same config goes where the dry run says", async () => {
    const { body: told } = await dryRun({ config });
    const call = await ask("POST", "/v1/chat/completions", body, { "x-adit-config": JSON.stringify(config) });
    expect(call.headers.get("x-adit-region")).toBe(told.plan.members[0]?.region);
  });

  test("a saved one by its slug, with the virtual keys of the project that is named", async () => {
    const { body: project } = await ask<Made>("POST", "/v1/projects", { name: "Dry" });
    const workspace_id = project.id;
    await ask("POST", "/v1/virtual-keys", {
      name: "x",
      slug: "dry-key",
      kind: "server_chain",
      region: "eu-west-3",
      workspace_id,
    });
    const saved = await ask<Made>("POST", "/v1/configs", {
      name: "Dry",
      config: { virtual_key: "dry-key" },
      workspace_id,
    });
    const { body: told } = await dryRun<{ plan: object }>({ config: saved.body.slug, workspace_id });
    expect(told.plan).toMatchObject({
      kind: "target",
      region: "eu-west-3",
      credential: expect.stringContaining("dry-key") as string,
    });
    // Of another project it is not there.
    const elsewhere = await dryRun<Refused>({ config: saved.body.slug });
    expect([elsewhere.status, elsewhere.body.error.code]).toEqual([400, "not_stored"]);
  });

  test("a gateway key sees what its own limits let through", async () => {
    const terms = { name: "Limited", scopes: ["configs.read"], allowed_regions: ["eu-west-1"] };
    const { body: key } = await ask<Made>("POST", "/v1/api-keys/workspace/service", terms);
    const refused = await dryRun<Refused>({ config }, { authorization: `Bearer ${key.key}` });
    expect([refused.status, refused.body.error.code]).toEqual([403, "forbidden"]);
  });

  test.each([
    [{ config: { retry: { attempts: -1 } } }, "config.retry.attempts"],
    [
      { config: { strategy: { mode: "single" }, targets: [{ virtual_key: "nobody" }] } },
      "config.targets[0].virtual_key",
    ],
    [{ config: {}, request: { bdy: {} } }, "request.bdy"],
    [{}, "config"],
  ])("a fault names its path: %j", async (input, param) => {
    const { status, body: refused } = await dryRun<Refused>(input);
    expect([status, refused.error.param]).toEqual([400, param]);
  });

  test("a name that is none, and near one, is a warning", async () => {
    const { body: told } = await dryRun({ config: { overide_params: { temperature: 1 } } });
    expect(told.warnings).toMatchObject([{ path: "config.overide_params" }]);
  });

  test("credentials in the config are in no answer", async () => {
    const canary = "CANARYdryrunxQ7vR2mK9pL4wT8zB3nH6wJalrXU";
    const secret = { aws_access_key_id: "AKIACANARYCANARY0000", aws_secret_access_key: canary };
    const { status, body: told } = await dryRun<object>({ config: secret });
    expect(status).toBe(200);
    expect(JSON.stringify(told) + control().log.join("\n")).not.toMatch(/CANARY/);
  });
});
