/** Portkey's own SDK drives the control API: the base URL changes, the code does not (K01, P04-P09, P26, O02-O07). */
import { Portkey } from "portkey-ai";
import { expect, test } from "vitest";
import { adminKey, onBothEngines } from "./control.ts";

const secretAccessKey = "CANARYsecretxQ7vR2mK9pL4wT8zB3nH6wJalrXU";
const accessKeyId = "AKIAIOSFODNN7EXAMPLE";

onBothEngines((control) => {
  const client = (): Portkey => new Portkey({ apiKey: adminKey, baseURL: control().baseUrl });

  test("virtual keys: made, listed, read, changed, deleted; no secret comes back", async () => {
    const portkey = client();
    const made = await portkey.virtualKeys.create({
      name: "Bedrock of SDK",
      provider: "bedrock",
      note: "first",
      awsAuthType: "accessKey",
      awsAccessKeyId: accessKeyId,
      awsSecretAccessKey: secretAccessKey,
      awsRegion: "us-east-1",
      apiVersion: null,
      resourceName: null,
      deploymentName: null,
    });
    expect(made).toMatchObject({ slug: "bedrock-of-sdk", object: "virtual-key", data: { slug: "bedrock-of-sdk" } });
    const list = await portkey.virtualKeys.list();
    expect(list.data?.map((key) => key.slug)).toContain("bedrock-of-sdk");
    const read = await portkey.virtualKeys.retrieve({ slug: "bedrock-of-sdk" });
    expect(read).toMatchObject({
      name: "Bedrock of SDK",
      note: "first",
      status: "active",
      ai_provider_name: "bedrock",
      masked_api_key: "AKIA...MPLE",
      model_config: { awsAuthType: "accessKey", awsRegion: "us-east-1" },
    });
    const changed = await portkey.virtualKeys.update({ slug: "bedrock-of-sdk", name: "Renamed", note: null });
    expect(changed).toMatchObject({ slug: "bedrock-of-sdk", name: "Renamed", note: null });
    expect(JSON.stringify([made, list, read, changed])).not.toContain(secretAccessKey);
    expect(JSON.stringify([made, list, read, changed])).not.toContain(accessKeyId);
    await portkey.virtualKeys.delete({ slug: "bedrock-of-sdk" });
    await expect(portkey.virtualKeys.retrieve({ slug: "bedrock-of-sdk" })).rejects.toMatchObject({ status: 404 });
  });

  test("configs: saved with versions under a slug that begins with pc-", async () => {
    const portkey = client();
    const made = await portkey.configs.create({ name: "Main one", config: { retry: { attempts: 2 } }, isDefault: 1 });
    expect(made.slug).toMatch(/^pc-main-one-[0-9a-f]{6}$/);
    const slug = made.slug ?? "";
    const read = await portkey.configs.retrieve({ slug });
    expect(read).toMatchObject({ config: { retry: { attempts: 2 } }, is_default: 1, status: "active" });
    const changed = await portkey.configs.update({ slug, config: { retry: { attempts: 3 } } });
    expect(changed.version_id).not.toBe(read.version_id);
    const list = await portkey.configs.list();
    expect(list.data?.map((config) => config["slug"] as string)).toContain(slug);
    await portkey.configs.delete({ slug });
    await expect(portkey.configs.retrieve({ slug })).rejects.toMatchObject({ status: 404 });
  });

  test("API keys: the text is shown once, and opens the door", async () => {
    const portkey = client();
    const made = await portkey.apiKeys.create({
      type: "workspace",
      "sub-type": "service",
      name: "Billing",
      description: "Invoices",
      scopes: ["completions.write", "virtual_keys.list"],
      defaults: { metadata: { team: "billing" } },
    });
    expect(made.key).toMatch(/^adit_sk_/);
    const id = made.id ?? "";
    const read = await portkey.apiKeys.retrieve({ id });
    expect(JSON.stringify(read)).not.toContain(made.key);
    expect(read).toMatchObject({
      type: "workspace-service",
      description: "Invoices",
      defaults: { metadata: { team: "billing" } },
    });
    const holder = new Portkey({ apiKey: made.key ?? "", baseURL: control().baseUrl });
    expect((await holder.virtualKeys.list()).object).toBe("list");
    await expect(holder.configs.list()).rejects.toMatchObject({ status: 403 });
    await portkey.apiKeys.update({ id, name: "Billing, renamed", description: "Invoices and reminders" });
    expect((await portkey.apiKeys.list({ page_size: 100, current_page: 0 })).data).toContainEqual(
      expect.objectContaining({ id, name: "Billing, renamed", description: "Invoices and reminders" }),
    );
    await portkey.apiKeys.delete({ id });
    await expect(holder.virtualKeys.list()).rejects.toMatchObject({ status: 401 });
  });

  test("integrations and providers: two views of virtual keys", async () => {
    const portkey = client();
    const made = (await portkey.integrations.create({
      name: "Bedrock integration",
      ai_provider_id: "bedrock",
      slug: "bedrock-int",
      configurations: {
        aws_auth_type: "accessKey",
        aws_access_key_id: accessKeyId,
        aws_secret_access_key: secretAccessKey,
        aws_region: "us-east-1",
      },
    })) as Record<string, unknown>;
    expect(made).toMatchObject({ slug: "bedrock-int" });
    const provider = await portkey.providers.create({ name: "Bedrock for billing", integration_id: "bedrock-int" });
    expect(provider.slug).toBe("bedrock-for-billing");
    expect((await portkey.providers.list()).data?.map(({ slug }) => slug)).toEqual(
      expect.arrayContaining(["bedrock-int", "bedrock-for-billing"]),
    );
    expect(await portkey.providers.retrieve({ slug: "bedrock-for-billing" })).toMatchObject({
      name: "Bedrock for billing",
    });
    await portkey.integrations.models.update({
      slug: "bedrock-int",
      allow_all_models: false,
      models: [{ slug: "amazon.nova-*", enabled: true }],
    });
    expect(await portkey.integrations.models.list({ slug: "bedrock-int" })).toMatchObject({
      allow_all_models: false,
      models: [{ slug: "amazon.nova-*", enabled: true }],
    });
    const { id: project } = (await control().ask<{ id: string }>("GET", "/v1/projects/default")).body;
    expect(await portkey.integrations.workspaces.list({ slug: "bedrock-int" })).toMatchObject({
      total: 1,
      workspaces: [{ id: project, enabled: true }],
    });
    const off = { slug: "bedrock-int", workspaces: [{ id: project, enabled: false }] };
    expect(await portkey.integrations.workspaces.update(off)).toMatchObject({ workspaces: [{ enabled: false }] });
    expect(await portkey.integrations.retrieve({ slug: "bedrock-int" })).toMatchObject({ status: "disabled" });
    await portkey.integrations.workspaces.update({ slug: "bedrock-int", workspaces: [{ id: project, enabled: true }] });
    await expect(
      portkey.integrations.workspaces.update({ slug: "bedrock-int", workspaces: [{ id: "prj_other", enabled: true }] }),
    ).rejects.toMatchObject({ status: 400, message: expect.stringContaining("of one project") as string });
    const changes = { slug: "bedrock-int", name: "Renamed integration", description: "of billing" };
    expect(await portkey.integrations.update(changes)).toMatchObject({ name: "Renamed integration" });
    const integrations = (await portkey.integrations.list()) as unknown as { data: { slug: string }[] };
    expect(integrations.data.map(({ slug }) => slug)).toContain("bedrock-int");
    expect(await portkey.providers.update({ slug: "bedrock-for-billing", note: "Until May" })).toMatchObject({
      slug: "bedrock-for-billing",
      note: "Until May",
    });
    const added = { slug: "bedrock-int", models: [{ slug: "anthropic.*", enabled: true }] };
    expect(await portkey.integrations.models.update(added)).toMatchObject({ total: 2 });
    // One of a pattern's models alone cannot be switched off: what says that it was would leave it allowed.
    const one = { slug: "anthropic.claude-haiku-4-5-20251001-v1:0", enabled: false };
    const stays = { status: 400, message: expect.stringContaining('stay allowed, by "anthropic.*"') as string };
    await expect(portkey.integrations.models.update({ slug: "bedrock-int", models: [one] })).rejects.toMatchObject(
      stays,
    );
    await expect(
      portkey.integrations.models.delete({ slug: "bedrock-int", slugs: `us.${one.slug}` }),
    ).rejects.toMatchObject(stays);
    await expect(
      portkey.integrations.models.update({ slug: "bedrock-int", allow_all_models: true, models: [one] }),
    ).rejects.toMatchObject({ status: 400 });
    expect(await portkey.integrations.models.delete({ slug: "bedrock-int", slugs: "anthropic.*" })).toMatchObject({
      models: [{ slug: "amazon.nova-*", enabled: true }],
    });
    await portkey.integrations.models.update({ slug: "bedrock-int", allow_all_models: true });
    // All but one is nothing that patterns can say: to take it for none at all would stop every call.
    await expect(
      portkey.integrations.models.update({ slug: "bedrock-int", models: [{ slug: "anthropic.*", enabled: false }] }),
    ).rejects.toMatchObject({ status: 400, message: expect.stringContaining("allow_all_models: false") as string });
    expect(await portkey.integrations.models.list({ slug: "bedrock-int" })).toMatchObject({ allow_all_models: true });
    // The provider has the secret too: it is taken by AWS.
    const { body } = await control().ask<{ ok: boolean }>("POST", "/v1/virtual-keys/bedrock-for-billing/test", {});
    const emulated = control().emulator.credential.secretAccessKey === secretAccessKey;
    expect(body.ok).toBe(emulated);
    await portkey.providers.delete({ slug: "bedrock-for-billing" });
    await portkey.integrations.delete({ slug: "bedrock-int" });
  });

  test("workspaces are read", async () => {
    const portkey = client();
    const list = (await portkey.admin.workspaces.list({})) as unknown as { data: { id: string; slug: string }[] };
    expect(list.data.map(({ slug }) => slug)).toContain("default");
    for (const [filter, total] of [
      [{ name: "defau" }, 1],
      [{ exact_name: "Default" }, 1],
      [{ exact_name: "defau" }, 0],
    ] as const) {
      expect(await portkey.admin.workspaces.list({ ...filter, page_size: 10, current_page: 0 })).toMatchObject({
        total,
      });
    }
    const { id } = list.data.find(({ slug }) => slug === "default") ?? { id: "" };
    expect(await portkey.admin.workspaces.retrieve({ workspaceId: id })).toMatchObject({ slug: "default" });
  });
});
