/** A saved config steers calls by its slug: within its project, in its newest version, at once (P08, C: tenants apart). */
import { expect, test } from "vitest";
import { onBothEngines } from "./control.ts";

interface Made {
  id: string;
  slug: string;
  key: string;
}
interface Refused {
  error: { code: string; message: string; param: string };
}

onBothEngines((control) => {
  const chat = (headers: Record<string, string>) =>
    control().ask<Refused>(
      "POST",
      "/v1/chat/completions",
      { model: "amazon.nova-lite-v1:0", messages: [{ role: "user", content: "Hi" }] },
      headers,
    );
  const modelOf = ({ headers }: { headers: Headers }) => headers.get("x-adit-model");
  const overriding = (model: string) => ({ override_params: { model } });

  test("the header names it; a change counts for the next call", async () => {
    const { ask } = control();
    const { body: config } = await ask<Made>("POST", "/v1/configs", {
      name: "Steer",
      config: overriding("amazon.nova-micro-v1:0"),
    });
    const headers = { "x-portkey-config": config.slug };
    const first = await chat(headers);
    expect([first.status, modelOf(first)]).toEqual([200, "amazon.nova-micro-v1:0"]);
    await ask("PUT", `/v1/configs/${config.slug}`, { config: overriding("amazon.nova-pro-v1:0") });
    expect(modelOf(await chat(headers))).toBe("amazon.nova-pro-v1:0");
    const { body: versions } = await ask<{ data: { version: number }[] }>("GET", `/v1/configs/${config.slug}/versions`);
    expect(versions.data.map(({ version }) => version)).toEqual([2, 1]);
    await ask("PUT", `/v1/configs/${config.slug}`, { status: "inactive" });
    const off = (await chat(headers)).body.error;
    expect([off.code, off.message]).toEqual(["not_stored", expect.stringContaining("is switched off")]);
  });

  test("another project's is not there, not even as a near name", async () => {
    const { ask } = control();
    const { body: project } = await ask<Made>("POST", "/v1/projects", { name: "Others" });
    await ask("POST", "/v1/configs", { name: "Ours", slug: "pc-ours-alone", config: {} });
    const { body: key } = await ask<Made>("POST", "/v1/api-keys/workspace/service", {
      name: "Other",
      scopes: ["completions.write"],
      workspace_id: project.id,
    });
    const headers = { authorization: `Bearer ${key.key}`, "x-adit-config": "pc-ours-alone" };
    const { status, body } = await chat(headers);
    expect([status, body.error.code]).toEqual([400, "not_stored"]);
    expect(body.error.message).not.toContain("Did you mean");
    const near = await chat({ "x-adit-config": "pc-ours-alnoe" });
    expect(near.body.error.message).toContain('Did you mean "pc-ours-alone"?');
  });

  test("a key's own default config", async () => {
    const { ask } = control();
    await ask("POST", "/v1/configs", { name: "x", slug: "pc-of-key", config: overriding("amazon.nova-micro-v1:0") });
    const { body: key } = await ask<Made>("POST", "/v1/api-keys/workspace/service", {
      name: "Steered",
      scopes: ["completions.write"],
      defaults: { config_id: "pc-of-key", allow_config_override: false },
    });
    const headers = { authorization: `Bearer ${key.key}` };
    expect(modelOf(await chat(headers))).toBe("amazon.nova-micro-v1:0");
    expect((await chat({ ...headers, "x-adit-config": "{}" })).status).toBe(403);
    // As Portkey has it.
    expect((await chat({ ...headers, "x-portkey-config": "{}" })).status).toBe(400);
  });
});
