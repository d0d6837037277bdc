/** What of a stored credential steers the server's own is for admins of the gateway alone: a project's people and keys cannot turn it on others. */
import { beforeAll, expect, test } from "vitest";
import { onBothEngines } from "./control.ts";

const theirRole = "arn:aws:iam::123456789012:role/theirs";

onBothEngines(
  (control) => {
    let authorization = "";
    let ours = "";
    beforeAll(async () => {
      const { ask } = control();
      ours = (await ask<{ id: string }>("POST", "/v1/projects", { name: "Ours" })).body.id;
      const scopes = ["virtual_keys.*", "integrations.*", "connectors.*", "completions.write"];
      const key = { name: "k", scopes, workspace_id: ours };
      const made = await ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", key);
      authorization = `Bearer ${made.body.key}`;
    });
    type Told = { error: { code: string; param: string }; credential: { external_id: string; source: string } };
    const asKey = (method: string, path: string, body?: object) =>
      control().ask<Told>(method, path, body, { authorization });

    test("another project's role cannot be assumed by its external id, which people there may read", async () => {
      const { ask } = control();
      const theirs = await ask<Told>("POST", "/v1/virtual-keys", {
        name: "v",
        credential: { aws_role_arn: theirRole },
      });
      const stolen = { aws_role_arn: theirRole, aws_external_id: theirs.body.credential.external_id };
      for (const external of ["aws_external_id", "external_id", "awsExternalId"]) {
        const credential = { aws_role_arn: theirRole, [external]: stolen.aws_external_id };
        const refused = await asKey("POST", "/v1/virtual-keys", { name: "x", credential });
        expect([refused.status, refused.body.error.param], external).toEqual([403, "aws_external_id"]);
      }
      await asKey("POST", "/v1/virtual-keys", { name: "s", slug: "chain", kind: "server_chain" });
      for (const [method, path, body] of [
        ["POST", "/v1/virtual-keys", { name: "x", credential: { ...stolen, source: "chain" } }],
        ["POST", "/v1/virtual-keys", { name: "x", awsRoleArn: theirRole, awsExternalId: stolen.aws_external_id }],
        [
          "POST",
          "/v1/integrations",
          {
            name: "x",
            ai_provider_id: "bedrock",
            configurations: { aws_role_arn: theirRole, aws_external_id: stolen.aws_external_id },
          },
        ],
      ] as const) {
        const refused = await asKey(method, path, body);
        expect([refused.status, refused.body.error?.param], JSON.stringify(body)).toEqual([403, "aws_external_id"]);
      }
      // Nothing of what was refused is kept.
      const kept = await ask<{ total: number }>("GET", `/v1/virtual-keys?workspace_id=${ours}`);
      expect(JSON.stringify(kept.body)).not.toContain(theirRole);
    });

    test("nor by a change, nor by an id that was chosen while a key pair of its own assumed the role", async () => {
      const chosen = { aws_role_arn: theirRole, aws_external_id: "chosen-by-them" };
      const pair = { aws_access_key_id: "AKIAOWNOWNOWNOWNOWN1", aws_secret_access_key: "s".repeat(40) };
      const plain = await asKey("POST", "/v1/virtual-keys", {
        name: "y",
        slug: "y",
        credential: { aws_role_arn: theirRole },
      });
      expect(plain.body.credential.external_id).toMatch(/^adit-/);
      expect((await asKey("PUT", "/v1/virtual-keys/y", { credential: chosen })).status).toBe(403);
      // As it was given back: nothing is chosen anew.
      const same = { aws_role_arn: theirRole, aws_external_id: plain.body.credential.external_id };
      expect((await asKey("PUT", "/v1/virtual-keys/y", { credential: same })).status).toBe(200);
      const own = await asKey("POST", "/v1/virtual-keys", { name: "z", slug: "z", credential: { ...chosen, ...pair } });
      expect([own.status, own.body.credential.source]).toEqual([200, "own_keys"]);
      expect((await asKey("PUT", "/v1/virtual-keys/z", { credential: { aws_role_arn: theirRole } })).status).toBe(403);
      // The operator may.
      const allowed = await control().ask("PUT", `/v1/virtual-keys/y?workspace_id=${ours}`, { credential: chosen });
      expect(allowed.status).toBe(200);
    });

    test("nor through a connector, whose credential fields make a virtual key too", async () => {
      const pair = { access_key: "AKIAOWNOWNOWNOWNOWN3", secret_access_key: "s".repeat(40) };
      const model = { model_id: "amazon.nova-lite-v1:0", region: "us-east-1" };
      const byPair = { role_arn: theirRole, ...pair };
      const made = await asKey("POST", "/v1/connectors", { name: "Own", connection_spec: { ...byPair, ...model } });
      expect(made.status).toBe(201);
      const key = "/v1/virtual-keys/connector-own";
      const { access_key: id, secret_access_key: secret } = pair;
      const chosen = { aws_role_arn: theirRole, aws_external_id: "chosen-by-them" };
      const own = { ...chosen, aws_access_key_id: id, aws_secret_access_key: secret };
      expect((await asKey("PUT", key, { credential: own })).status).toBe(200);
      const byServer = { connection_spec: { role_arn: theirRole } };
      const refused = await asKey("PUT", "/v1/connectors/own", byServer);
      expect([refused.status, refused.body.error?.code]).toEqual([403, "forbidden"]);
      // Nothing of it is kept: the key pair still assumes the role.
      const kept = await asKey("GET", key);
      expect(kept.body.credential).toMatchObject({ source: "own_keys", external_id: "chosen-by-them" });
      // An id of Adit's choice may be the server's to use, and the operator may say what he likes.
      const plain = { name: "Plain", connection_spec: { role_arn: theirRole, ...model } };
      expect((await asKey("POST", "/v1/connectors", plain)).status).toBe(201);
      const allowed = await control().ask("PUT", `/v1/connectors/own?workspace_id=${ours}`, byServer);
      expect(allowed.status).toBe(200);
    });

    test("the server's own credential is sent to a host of the operator's choice alone", async () => {
      const endpoint = "https://elsewhere.example";
      const chain = { name: "c", kind: "server_chain" };
      const refused = await asKey("POST", "/v1/virtual-keys", { ...chain, endpoint });
      expect([refused.status, refused.body.error.param]).toEqual([403, "endpoint"]);
      await asKey("POST", "/v1/virtual-keys", { ...chain, slug: "c" });
      expect((await asKey("PUT", "/v1/virtual-keys/c", { endpoint })).status).toBe(403);
      const inProject = `?workspace_id=${ours}`;
      expect((await control().ask("PUT", `/v1/virtual-keys/c${inProject}`, { endpoint })).status).toBe(200);
      // What the operator has said stays, whatever else of it is changed.
      expect((await asKey("PUT", "/v1/virtual-keys/c", { note: "n" })).status).toBe(200);
      const pair = { aws_access_key_id: "AKIAOWNOWNOWNOWNOWN2", aws_secret_access_key: "s".repeat(40) };
      const own = { name: "o", slug: "o", credential: pair, endpoint };
      expect((await asKey("POST", "/v1/virtual-keys", own)).status).toBe(200);
      expect((await asKey("PUT", "/v1/virtual-keys/o", { kind: "server_chain", credential: {} })).status).toBe(403);
    });

    test("a connection that is only tried has the server assume no role", async () => {
      const spec = { role_arn: theirRole, model_id: "amazon.nova-lite-v1:0", region: "us-east-1" };
      const tried = await asKey("POST", "/v1/connectors/check_connection", { connection_spec: spec });
      expect(JSON.stringify(tried.body)).toContain("Only an admin of the gateway");
    });
  },
  { ADIT_CUSTOM_HOSTS: "https://elsewhere.example" },
);
