/** Bodies that come slowly, and whose sender loses the right meanwhile: the head was let in, which is long ago. */
import { connect } from "node:net";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openControl } from "../control/control.ts";

const model = "us.amazon.nova-lite-v1:0";
const chat = { model, messages: [{ role: "user", content: "Hi" }] };
const password = "correct horse battery staple";

let control: Awaited<ReturnType<typeof openControl>>;
beforeAll(async () => (control = await openControl()));
beforeEach(() => control.emulator.clearRequests());
afterAll(() => control.close());

/** Sends all but the last byte, has `meanwhile` done, and sends that. Gives the status. */
async function slowly(
  path: string,
  headers: Record<string, string>,
  body: object,
  meanwhile: () => Promise<unknown>,
): Promise<number> {
  const { hostname, port, host } = new URL(control.gateway.url);
  const text = JSON.stringify(body);
  const socket = connect(Number(port), hostname);
  const head = { host, "content-type": "application/json", "content-length": String(text.length), ...headers };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`);
  socket.write(`POST ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${text.slice(0, -1)}`);
  await wait(3_500);
  await meanwhile();
  socket.write(text.slice(-1));
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer.toString("latin1"))?.[1]);
}

async function newKey(): Promise<{ id: string; key: string }> {
  const input = { name: "slow", scopes: ["completions.write"] };
  const { body } = await control.ask<{ id: string; key: string }>("POST", "/v1/api-keys/workspace/service", input);
  return body;
}

test(
  "a gateway key that is switched off, or bound, while its body comes calls no model",
  { timeout: 30_000 },
  async () => {
    const [off, bound, same] = await Promise.all([newKey(), newKey(), newKey()]);
    const change = (id: string, patch: object) => control.ask("PUT", `/v1/api-keys/${id}`, patch);
    const bearer = ({ key }: { key: string }) => ({ authorization: `Bearer ${key}` });
    const native = { messages: [{ role: "user", content: [{ text: "Hi" }] }] };
    const statuses = await Promise.all([
      slowly("/v1/chat/completions", bearer(off), chat, () => change(off.id, { status: "disabled" })),
      slowly(`/model/${model}/converse`, bearer(bound), native, () => change(bound.id, { allowed_models: ["x.y"] })),
    ]);
    expect(statuses).toEqual([401, 408]);
    expect(control.emulator.requests).toEqual([]);
    expect(await slowly("/v1/chat/completions", bearer(same), chat, () => Promise.resolve())).toBe(200);
  },
);

test("an admin who is switched off while the body comes makes no other admin", { timeout: 30_000 }, async () => {
  const [off, demoted] = await Promise.all(
    ["off@example.com", "demoted@example.com"].map(async (email) => {
      const input = { email, name: "Ada", role: "admin", password };
      const { id } = (await control.ask<{ id: string }>("POST", "/v1/people", input)).body;
      const signedIn = await control.ask<{ csrf_token: string }>("POST", "/v1/session", { email, password });
      const cookie = signedIn.headers.get("set-cookie")?.split(";")[0] ?? "";
      return { id, headers: { cookie, "x-adit-csrf-token": signedIn.body.csrf_token } };
    }),
  );
  const person = (email: string) => ({ email, name: "Eve", role: "admin", password });
  const change = (id: string, patch: object) => control.ask("PUT", `/v1/people/${id}`, patch);
  const statuses = await Promise.all([
    slowly("/v1/people", off!.headers, person("eve@example.com"), () => change(off!.id, { disabled: true })),
    slowly("/v1/people", demoted!.headers, person("eva@example.com"), () => change(demoted!.id, { role: "viewer" })),
  ]);
  expect(statuses).toEqual([401, 408]);
  const { data } = (await control.ask<{ data: { name: string }[] }>("GET", "/v1/people")).body;
  expect(data.map(({ name }) => name)).not.toContain("Eve");
});
