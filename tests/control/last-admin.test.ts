/** Of the people one admin stays who can sign in: nobody locks all of them out by a slip of the hand. */
import { beforeAll, expect, test } from "vitest";
import { onBothEngines } from "./control.ts";

interface Person {
  id: string;
  role: string;
  status: string;
}
interface Refused {
  error: { message: string; code: string };
}

const password = "a long password for tests";

onBothEngines((control) => {
  const ask: ReturnType<typeof control>["ask"] = (...request) => control().ask(...request);
  let ada: Person;
  let adasCookie: Record<string, string>;

  beforeAll(async () => {
    const person = { email: "ada@example.com", name: "Ada", role: "admin", password };
    ada = (await ask<Person>("POST", "/v1/people", person)).body;
    adasCookie = await signIn("ada@example.com");
  });

  async function signIn(email: string): Promise<Record<string, string>> {
    const { gateway } = control();
    const response = await fetch(`${gateway.url}/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: gateway.url },
      body: JSON.stringify({ email, password }),
    });
    const { csrf_token: csrf } = (await response.json()) as { csrf_token: string };
    const cookie = (response.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    return { cookie, "x-adit-csrf-token": csrf, origin: gateway.url };
  }

  const asAda = <Body>(method: string, id: string, body?: object) =>
    ask<Body>(method, `/v1/people/${id}`, body, adasCookie);

  test.each([
    ["PUT", { role: "member" }],
    ["PUT", { disabled: true }],
    ["PUT", { role: "viewer", name: "Not Ada" }],
    ["DELETE", undefined],
  ])("she does not %s %j herself, and nothing is changed", async (method, body) => {
    // One who cannot sign in is no other admin, nor is one who is switched off.
    await ask("POST", "/v1/people", { email: "new@example.com", name: "New", role: "admin" });
    const off = { email: "off@example.com", name: "Off", role: "admin", password };
    const { body: made } = await ask<Person>("POST", "/v1/people", off);
    if (made.id !== undefined) await ask("PUT", `/v1/people/${made.id}`, { disabled: true });
    const refused = await asAda<Refused>(method, ada.id, body);
    expect([refused.status, refused.body.error.code]).toEqual([403, "forbidden"]);
    expect(refused.body.error.message).toContain("ada@example.com is the last admin who can sign in");
    expect((await asAda<Person>("GET", ada.id)).body).toMatchObject({ name: "Ada", role: "admin", status: "active" });
  });

  test("her name and her password are hers to change", async () => {
    expect((await asAda("PUT", ada.id, { name: "Ada L." })).status).toBe(200);
    expect((await asAda("PUT", ada.id, { role: "admin", password })).status).toBe(200);
    adasCookie = await signIn("ada@example.com");
  });

  test("of two who leave at once one stays", async () => {
    const eve = { email: "eve@example.com", name: "Eve", role: "admin", password };
    const { body: other } = await ask<Person>("POST", "/v1/people", eve);
    const evesCookie = await signIn("eve@example.com");
    const both = await Promise.all([
      ask("PUT", `/v1/people/${ada.id}`, { role: "member" }, adasCookie),
      ask("PUT", `/v1/people/${other.id}`, { role: "member" }, evesCookie),
    ]);
    expect(both.map(({ status }) => String(status)).toSorted()).toEqual(["200", "403"]);
  });

  test("the operator's key can", async () => {
    const { body } = await ask<{ data: Person[] }>("GET", "/v1/people?limit=100");
    const admins = body.data.filter(({ role }) => role === "admin");
    expect(admins.length).toBeGreaterThan(0);
    for (const { id } of admins) expect((await ask("DELETE", `/v1/people/${id}`)).status).toBe(200);
  });
});
