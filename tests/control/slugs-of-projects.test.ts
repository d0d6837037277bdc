/** A slug is taken in its own project alone: no name tells what another project has, and each project's calls get its own. */
import { expect, test } from "vitest";
import { onBothEngines } from "./control.ts";

interface Made {
  id: string;
  slug: string;
  key: string;
  workspace_id?: string;
}
interface Refused {
  error: { code: string; message: string; param: string };
}

const words = (maxWords: number) => [{ id: "default.wordCount", parameters: { maxWords } }];
const nova = (size: string) => `amazon.nova-${size}-v1:0`;

onBothEngines((control) => {
  async function project(name: string) {
    const { ask } = control();
    const { body } = await ask<Made>("POST", "/v1/projects", { name });
    const { body: key } = await ask<Made>("POST", "/v1/api-keys/workspace/service", {
      name,
      workspace_id: body.id,
      scopes: ["configs.*", "guardrails.*", "prompts.*", "virtual_keys.*", "completions.write"].flatMap((scope) =>
        scope.endsWith("*") ? ["create", "read", "update", "list"].map((verb) => scope.replace("*", verb)) : [scope],
      ),
    });
    return { id: body.id, authorization: { authorization: `Bearer ${key.key}` } };
  }

  const objects = {
    configs: (size: string) => ({ name: "C", slug: "pc-shared", config: { override_params: { model: nova(size) } } }),
    guardrails: (size: string) => ({
      name: "G",
      slug: "pg-shared",
      checks: words(size === "lite" ? 1 : 9),
      actions: { deny: true },
    }),
    prompts: (size: string) => ({
      name: "P",
      slug: "pp-shared",
      string: JSON.stringify([{ role: "user", content: `Hi ${size}` }]),
      model: nova(size),
      parameters: {},
    }),
    "prompts/partials": (size: string) => ({ name: "P", slug: "pp-part", string: size }),
    "virtual-keys": () => ({ name: "V", slug: "shared", kind: "server_chain" }),
  };

  test("the same slug is made, read and changed in two projects, and is refused within each", async () => {
    const { ask } = control();
    const [one, two] = [await project("One of two"), await project("Two of two")];
    for (const [path, bodyOf] of Object.entries(objects)) {
      const [first, second] = [bodyOf("lite"), bodyOf("micro")];
      const made = await ask<Made & Refused>("POST", `/v1/${path}`, first, one.authorization);
      const other = await ask<Made & Refused>("POST", `/v1/${path}`, second, two.authorization);
      expect([made.status, other.status], `${path} ${JSON.stringify([made.body, other.body])}`).toEqual([200, 200]);
      expect(other.body.slug).toBe(made.body.slug);
      expect(other.body.id).not.toBe(made.body.id);
      const again = await ask<Refused>("POST", `/v1/${path}`, first, one.authorization);
      expect([again.status, again.body.error.code], path).toEqual([409, "already_exists"]);
      const read = await ask<Made>("GET", `/v1/${path}/${first.slug}`, undefined, two.authorization);
      expect(read.body.id, path).toBe(other.body.id);
      const foreign = await ask<Refused>("GET", `/v1/${path}/${made.body.id}`, undefined, two.authorization);
      expect(foreign.status, path).toBe(404);
    }
  });

  test("a project that is there is refused in the words of one that is not", async () => {
    const { ask } = control();
    const stranger = await project("A stranger");
    const { body: hidden } = await ask<Made>("POST", "/v1/projects", { name: "Hidden", slug: "a-hidden-one" });
    const { body: reader } = await ask<Made>("POST", "/v1/api-keys/workspace/service", {
      name: "Reader",
      workspace_id: stranger.id,
      scopes: ["workspaces.read", "logs.list"],
    });
    for (const path of ["/v1/projects/", "/v1/admin/workspaces/", "/v1/logs?workspace_id="]) {
      const said = async (name: string) => {
        const headers = { authorization: `Bearer ${reader.key}` };
        const { status, body } = await ask<Refused>("GET", `${path}${name}`, undefined, headers);
        return [status, body.error.message];
      };
      const there = await said("a-hidden-one");
      expect(there[0]).toBe(404);
      expect(await said(hidden.id)).toEqual(there);
      expect(await said("nobody-made-this")).toEqual(there);
    }
  });

  test("a call gets its own project's, by name, by a key's default, and at once after a change", async () => {
    const { ask } = control();
    const both = { lite: await project("Calls lite"), micro: await project("Calls micro") };
    for (const [size, { authorization }] of Object.entries(both)) {
      await ask("POST", "/v1/guardrails", objects.guardrails(size), authorization);
      await ask("POST", "/v1/configs", objects.configs(size), authorization);
      const guarded = { name: "D", slug: "pc-guarded", config: { input_guardrails: ["pg-shared"] } };
      expect((await ask("POST", "/v1/configs", guarded, authorization)).status).toBe(200);
    }
    const call = async (authorization: Record<string, string>, config?: string) => {
      const body = { model: nova("pro"), messages: [{ role: "user", content: "Two words" }] };
      const named = config === undefined ? {} : { "x-adit-config": config };
      const { status, headers } = await ask("POST", "/v1/chat/completions", body, { ...authorization, ...named });
      return [status, headers.get("x-adit-model")];
    };
    for (const [size, { id, authorization }] of Object.entries(both)) {
      expect(await call(authorization, "pc-shared")).toEqual([200, nova(size)]);
      expect((await call(authorization, "pc-guarded"))[0]).toBe(size === "lite" ? 446 : 200);
      const { body: key } = await ask<Made>("POST", "/v1/api-keys/workspace/service", {
        name: "Default",
        scopes: ["completions.write"],
        workspace_id: id,
        defaults: { config_id: "pc-shared" },
      });
      expect(await call({ authorization: `Bearer ${key.key}` })).toEqual([200, nova(size)]);
    }
    const changed = { config: { override_params: { model: nova("premier") } } };
    await ask("PUT", "/v1/configs/pc-shared", changed, both.micro.authorization);
    expect(await call(both.micro.authorization, "pc-shared")).toEqual([200, `us.${nova("premier")}`]);
    expect(await call(both.lite.authorization, "pc-shared")).toEqual([200, nova("lite")]);
  });
});
