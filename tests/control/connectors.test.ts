/** Connectors are kept like everything of the control API: idempotency keys, ETags, pages, the audit log, projects apart. */
import { expect, test } from "vitest";
import { onBothEngines } from "./control.ts";

interface Made {
  id: string;
  slug: string;
}
interface Listed {
  data: Made[];
  total: number;
  has_more: boolean;
  last_id: string;
}
interface Refused {
  error: { message: string; code: string; param: string | null };
}

const spec = { model_id: "amazon.nova-lite-v1:0", region: "us-east-1" };
const path = "/v1/connectors";

onBothEngines((control) => {
  const ask: ReturnType<typeof control>["ask"] = (...request) => control().ask(...request);

  test("the same Idempotency-Key is done once", async () => {
    const headers = { "idempotency-key": "connector-1" };
    const body = { name: "Once", connection_spec: spec };
    const first = await ask<Made>("POST", path, body, headers);
    const again = await ask<Made>("POST", path, body, headers);
    expect([first.status, again.status, again.body]).toEqual([201, 201, first.body]);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect((await ask<Listed>("GET", `${path}?search=once`)).body.total).toBe(1);
  });

  test("a change of what somebody else has changed is refused", async () => {
    await ask("POST", path, { name: "Tagged", slug: "tagged", connection_spec: spec });
    const tag = (await ask("GET", `${path}/tagged`)).headers.get("etag") ?? "";
    const mine = await ask("PUT", `${path}/tagged`, { name: "Mine" }, { "if-match": tag });
    expect([mine.status, mine.headers.get("etag") === tag]).toEqual([200, false]);
    const yours = await ask<Refused>("PUT", `${path}/tagged`, { name: "Yours" }, { "if-match": tag });
    expect([yours.status, yours.body.error.code]).toEqual([412, "precondition_failed"]);
    expect((await ask("DELETE", `${path}/tagged`, undefined, { "if-match": tag })).status).toBe(412);
  });

  test("nor is one whose own credential was changed under the name of its virtual key", async () => {
    const pair = (end: string) => ({ access_key: `AKIAIOSFODNN7EXA${end}`, secret_access_key: "s".repeat(40) });
    await ask("POST", path, { name: "Owning", connection_spec: { ...spec, ...pair("ONE1") } });
    const tag = (await ask("GET", `${path}/owning`)).headers.get("etag") ?? "";
    const { access_key: id, secret_access_key: secret } = pair("TWO2");
    const credential = { aws_access_key_id: id, aws_secret_access_key: secret };
    expect((await ask("PUT", "/v1/virtual-keys/connector-owning", { credential })).status).toBe(200);
    const stale = { "if-match": tag };
    expect((await ask("PUT", `${path}/owning`, { connection_spec: pair("ONE1") }, stale)).status).toBe(412);
    expect((await ask("DELETE", `${path}/owning`, undefined, stale)).status).toBe(412);
    const now = async () => ({ "if-match": (await ask("GET", `${path}/owning`)).headers.get("etag") ?? "" });
    // Nor where nothing of what was changed is shown.
    const shown = await now();
    const again = { credential: { ...credential, aws_secret_access_key: "t".repeat(40) } };
    expect((await ask("PUT", "/v1/virtual-keys/connector-owning", again)).status).toBe(200);
    expect((await ask("DELETE", `${path}/owning`, undefined, shown)).status).toBe(412);
    expect((await ask("DELETE", `${path}/owning`, undefined, await now())).status).toBe(200);
  });

  test("pages have every connector once, and only of the project", async () => {
    const { body: project } = await ask<Made>("POST", "/v1/projects", { name: "Paged connectors" });
    for (let number = 0; number < 5; number += 1) {
      await ask("POST", path, { name: `Number ${number}`, connection_spec: spec, workspace_id: project.id });
    }
    const slugs: string[] = [];
    for (let after = ""; ;) {
      const query = `?workspace_id=${project.id}&limit=2${after === "" ? "" : `&after=${after}`}`;
      const { body } = await ask<Listed>("GET", `${path}${query}`);
      expect(body.total).toBe(5);
      slugs.push(...body.data.map(({ slug }) => slug));
      if (!body.has_more) break;
      after = body.last_id;
    }
    expect(slugs).toEqual([0, 1, 2, 3, 4].map((number) => `number-${number}`));
    expect((await ask("GET", `${path}/number-1`)).status).toBe(404);
    expect((await ask("GET", `${path}/number-1?workspace_id=${project.id}`)).status).toBe(200);
  });

  test("the audit log tells of it, without its secret", async () => {
    const secret = "CANARYconnectorxQ7vR2mK9pL4wT8zB3nH6wJal";
    const credential = { access_key: "AKIAIOSFODNN7EXAMPLE", secret_access_key: secret };
    const made = await ask<Made>("POST", path, {
      name: "Told",
      slug: "told",
      connection_spec: { ...spec, ...credential },
    });
    await ask("PUT", `${path}/told`, { name: "Told anew" });
    await ask("DELETE", `${path}/told`);
    const { body } = await ask<{ data: { action: string; actor: object }[] }>(
      "GET",
      `/v1/audit-logs?object_id=${made.body.id}`,
    );
    expect(body.data.map(({ action }) => action)).toEqual(["connector.delete", "connector.update", "connector.create"]);
    expect(body.data[0]?.actor).toMatchObject({ kind: "admin_key", address: "127.0.0.1" });
    expect(JSON.stringify([made.body, body])).not.toContain(secret);
    // The credential that was its own went with it.
    expect((await ask<Listed>("GET", "/v1/virtual-keys?search=connector%20told")).body.total).toBe(0);
  });

  test("an unknown slug lists a near one; a field that is none is named", async () => {
    await ask("POST", path, { name: "Summaries", slug: "summaries", connection_spec: spec });
    expect((await ask<Refused>("GET", `${path}/sumaries`)).body.error.message).toContain('Did you mean "summaries"?');
    const typo = await ask<Refused>("POST", path, { name: "x", connection_spec: { ...spec, modelid: "x" } });
    expect([typo.status, typo.body.error.param]).toEqual([400, "connection_spec.modelid"]);
    const query = await ask<Refused>("GET", `${path}?limit=0`);
    expect([query.status, query.body.error.param]).toEqual([400, "limit"]);
  });
});
