/** What an attacker stores is text on every page, other sites change nothing, and no secret is shown again. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { adminKey, type Control } from "../control/control.ts";
import { callModel, type Furnished } from "./furnish.ts";
import { listedPages } from "./page-list.ts";
import { elsewhere, inTwoTabs, makePerson, openPage, password, signIn, turnTo, withDashboard } from "./pages.ts";

const evil = `"><img src=x onerror=alert(1)><script>alert(2)</script>{{constructor.constructor('alert(3)')()}}`;

async function made(control: Control, path: string, body: object): Promise<Record<string, string>> {
  const answer = await control.ask<Record<string, string>>("POST", path, body);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
}

/** The attacker's text wherever the API keeps a text. */
async function furnishEvil(control: Control): Promise<Furnished> {
  const { accessKeyId, secretAccessKey } = control.emulator.credential;
  const credential = { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey };
  await made(control, "/v1/virtual-keys", { name: evil, slug: "research", kind: "access_key", credential, note: evil });
  await made(control, "/v1/configs", {
    name: evil,
    slug: "pc-two-regions",
    config: {
      strategy: { mode: "single" },
      targets: [{ name: evil, virtual_key: "research", override_params: { user: evil } }],
    },
  });
  await made(control, "/v1/connectors", {
    name: evil,
    slug: "summaries",
    connection_spec: { virtual_key: "research", model_id: "amazon.nova-lite-v1:0", response_format: { text: evil } },
    output_schema: [{ name: evil, path: "$.output" }],
  });
  await made(control, "/v1/projects", { name: evil, slug: "evil", description: evil });
  await made(control, "/v1/labels", { name: "canary", description: evil });
  await made(control, "/v1/collections", { name: evil });
  const view = { name: evil, query: new URLSearchParams({ search: evil }).toString() };
  await made(control, "/v1/logs/views", view);
  await made(control, "/v1/prompts", {
    name: evil,
    slug: "pp-welcome",
    string: [{ role: "user", content: evil.replaceAll("{", "[") }],
    version_description: evil,
  });
  const check = { id: "default.contains", parameters: { operator: "none", words: [evil] } };
  await made(control, "/v1/guardrails", { name: evil, slug: "pg-no-cards", checks: [check] });
  await made(control, "/v1/budgets", {
    name: evil,
    scope: "metadata",
    scope_id: "_user",
    scope_value: evil,
    unit: "tokens",
    amount: 1_000_000,
    period: "monthly",
  });
  const key = await made(control, "/v1/api-keys/workspace/service", {
    name: evil,
    scopes: ["completions.write"],
    defaults: { virtual_key: "research", metadata: { team: evil } },
  });
  expect((await control.ask("PUT", "/v1/logs/settings", { content: "all" })).status).toBe(200);
  const { key: secret = "", id: keyId = "" } = key;
  return { key: secret, keyId, callId: await callModel(control, secret, evil) };
}

withDashboard("attacks", (dashboard) => {
  test("C20 stored text runs on no page", async () => {
    const { control, url, openAs } = dashboard();
    const furnished = await furnishEvil(control);
    const window = await openAs("admin");
    const { page, faults } = window;
    await inTwoTabs(window, listedPages(furnished), async (tab, { path }) => {
      await turnTo(tab, `${url}${path}`);
      expect(await tab.locator("img[src=x], main script").count(), path).toBe(0);
    });
    // It is there, as text: in a name, in what was said, in the metadata, in the figures.
    const places = [`/credentials`, `/logs/${furnished.callId ?? ""}`, "/logs?columns=time,metadata"];
    for (const path of [...places, "/analytics?group=metadata&name=team"]) {
      await turnTo(page, `${url}${path}`);
      const seen = page.getByRole("main").getByText("<img src=x onerror=alert(1)>").filter({ visible: true });
      await seen.first().waitFor();
      expect(await page.locator("img[src=x], main script").count(), path).toBe(0);
    }
    expect(faults).toEqual([]);
  });

  test("a model's answer runs on no page", async () => {
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await page.goto(`${url}/playground`);
    await page.getByLabel("Message").fill(evil);
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("ended by stop").waitFor();
    // The emulator says again what it heard.
    expect(await page.locator(".play-answer").innerText()).toContain("<img src=x onerror=alert(1)>");
    expect(await page.locator("img[src=x], main script").count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test("C20 a page of another origin changes nothing, and frames nothing", async () => {
    const { control, url, openAs } = dashboard();
    const { page } = await openAs("admin");
    // The session is good: what follows is refused for where it comes from.
    await openPage(page, `${url}/`);
    const other = await startOther(control.gateway.url);
    try {
      await page.goto(other.url);
      await page.getByText("sent").waitFor();
      const people = await control.ask<{ data: { name: string }[] }>("GET", "/v1/people");
      expect(people.body.data.map(({ name }) => name)).not.toContain("Mallory");
      const frame = page.frames().find((one) => one !== page.mainFrame());
      expect(await frame?.locator("#root").count()).toBe(0);
    } finally {
      await other.close();
    }
  });

  test("no secret is shown again, in no answer that a page gets", async () => {
    const { control, url, open } = dashboard();
    const canary = "CANARYsecretAccessKey0123456789abcdefghij";
    await makePerson(control, { email: "curious@example.com", role: "admin" });
    const { page } = await open();
    await signIn(page, url, "curious@example.com");
    const answers: string[] = [];
    page.on("response", (response) => {
      void response.text().then(
        (text) => answers.push(text),
        () => {},
      );
    });
    await page.goto(`${url}/credentials/new`);
    await page.getByLabel("Name", { exact: true }).fill("Canary");
    await page.getByLabel("Access key ID").fill("AKIACANARY0000000000");
    await page.getByLabel("Secret access key").fill(canary);
    await page.getByRole("button", { name: "Store and test" }).click();
    await page.getByText("It does not work yet").waitFor();
    for (const path of ["/credentials", "/credentials/canary", "/audit", "/start"]) {
      await page.goto(`${url}${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      expect(await page.content()).not.toContain(canary);
    }
    expect(answers.length).toBeGreaterThan(10);
    for (const secret of [canary, adminKey, password]) expect(answers.join("\n")).not.toContain(secret);
    // Where the reader was on a page, and nothing else.
    const kept = await page.evaluate<string[]>("Object.keys({ ...localStorage, ...sessionStorage })");
    expect(kept.filter((name) => !name.startsWith("tsr-scroll"))).toEqual([]);
    // Whoever made the account knows its password: the person takes another.
    await page.goto(`${url}/credentials`);
    await page.getByRole("button", { name: /^A admin/ }).click();
    await page.getByRole("menuitem", { name: "Change your password" }).click();
    await page.getByLabel("Present password").fill(password);
    await page.getByLabel("New password").fill(`${password}, but mine`);
    await page.getByRole("button", { name: "Change", exact: true }).click();
    await page.getByText("The password is changed.").waitFor();
    // The session goes on, in a cookie of its own.
    await page.goto(`${url}/keys`);
    await page.getByRole("heading", { level: 1, name: "Keys" }).waitFor();
  });

  test("over plain HTTP from another machine the browser keeps no session, and the page says why", async () => {
    const { control, url, open } = dashboard();
    await makePerson(control, { email: "afar@example.com", role: "viewer" });
    const { page, context } = await open();
    await page.goto(`${url.replace("127.0.0.1", elsewhere)}/sign-in`);
    await page.getByLabel("E-mail address").fill("afar@example.com");
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("a browser keeps a session over HTTPS alone").waitFor();
    expect(await context.cookies()).toEqual([]);
  });

  test("the page's policy lets in nothing but the gateway's own files", async () => {
    const { url } = dashboard();
    const answer = await fetch(`${url}/`);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(await answer.text()).not.toMatch(/<script(?![^>]*\ssrc=)/);
    const others = [`${url}/assets/../../package.json`, `${url}/assets/none.js`, `${url}/%2e%2e/%2e%2e/package.json`];
    for (const path of others) expect(await (await fetch(path)).text(), path).not.toContain("workspaces");
  });
});

/** A site elsewhere that tries, in a browser where somebody is signed in, what such sites try. */
async function startOther(gateway: string): Promise<{ url: string; close: () => Promise<void> }> {
  const body = JSON.stringify({ email: "m@example.com", name: "Mallory", password, role: "admin" });
  const html = `<!doctype html><iframe src="${gateway}/ui/"></iframe>
<form id="f" method="post" enctype="text/plain" action="${gateway}/v1/people" target="hole"><input name='${body.slice(0, -1)},"x":"' value='"}'></form>
<iframe name="hole"></iframe><p id="state"></p>
<script>
  document.getElementById("f").submit();
  const send = (type) => fetch("${gateway}/v1/people", { method: "POST", credentials: "include", headers: { "content-type": type }, body: ${JSON.stringify(body)} }).catch(() => {});
  Promise.all([send("text/plain"), send("application/json")]).then(() => { document.getElementById("state").textContent = "sent"; });
</script>`;
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
