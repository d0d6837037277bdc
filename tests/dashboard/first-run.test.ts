/** The first-run story: a person with a browser and no manual gets from the admin key to the first call that arrives. */
import { expect, test } from "vitest";
import { adminKey } from "../control/control.ts";
import { elsewhere, openPage, otherHost, password, withDashboard } from "./pages.ts";
import { runCopied } from "./run-copied.ts";

withDashboard("the first run", (dashboard) => {
  test("from the admin key to the first call", async () => {
    const { control, open, url } = dashboard();
    const { page, faults } = await open();
    await page.goto(control.gateway.url);
    await page.getByRole("tab", { name: "Admin key" }).click();
    await page.locator("input[name=admin-key]").fill(adminKey);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByLabel("Your name").fill("Ada");
    await page.getByLabel("E-mail address").fill("ada@example.com");
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Make the account" }).click();
    await page.getByRole("heading", { level: 1, name: "Start" }).waitFor();

    await page.getByRole("link", { name: "Add a credential" }).click();
    const { accessKeyId, secretAccessKey } = control.emulator.credential;
    await page.getByLabel("Name", { exact: true }).fill("Bedrock production");
    await page.getByLabel("Access key ID").fill(accessKeyId);
    await page.getByLabel("Secret access key").fill(secretAccessKey);
    await page.getByLabel("Region", { exact: false }).first().fill("us-east-1");
    await page.getByRole("button", { name: "Store and test" }).click();
    await page.getByText("It works in us-east-1.").waitFor();
    await page.getByLabel("Model to ask").fill("us.amazon.nova-micro-v1:0");
    await page.getByRole("button", { name: "Test again" }).click();
    await page.getByRole("listitem").filter({ hasText: "A model answers: ok" }).waitFor();

    await page.getByRole("navigation").getByRole("link", { name: "Start" }).click();
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.getByText("Copy the key now.").waitFor();
    const snippet = await page.getByRole("region", { name: "the lines for curl" }).innerText();
    await page.getByText("Waiting for a call").waitFor();

    // A call that fails has arrived, and is told as what it is.
    control.emulator.faultNext({ kind: "refuse", type: "AccessDeniedException" });
    expect((await callBySnippet(snippet)).status).toBe(403);
    await page.getByText("and it failed with 403").waitFor();
    expect(await page.getByText("It works.").count()).toBe(0);

    // Every client's lines, as they are copied. Those in Python, and Claude Code's, are for programs that are not here.
    for (const client of ["OpenAI, Node", "Portkey", "curl"]) {
      await page.getByRole("tab", { name: client, exact: true }).click();
      const lines = await page.getByRole("region", { name: `the lines for ${client}` }).innerText();
      expect(await runCopied(client, lines), client).toContain("Good morning");
    }
    await page.getByText("It works.").waitFor();
    await page.getByText("First key called").waitFor();

    // Of another host nothing is known before it was called.
    const host = { name: "Elsewhere", slug: "elsewhere", kind: "openai_compatible" };
    const credential = { base_url: `${otherHost}/v1`, api_key: "nobody-took-this" };
    expect((await control.ask("POST", "/v1/virtual-keys", { ...host, credential })).status).toBe(200);
    await openPage(page, `${url}/credentials/elsewhere?test=true`);
    await page.getByText("It is stored, and not tried yet.").waitFor();
    expect(await page.getByText("It works").count()).toBe(0);
    await page.locator(".facts > div").filter({ hasText: "Last test" }).getByText("not tried").waitFor();
    expect(faults).toEqual([]);
  });
});

/** Does what the curl line says, word for word. */
async function callBySnippet(snippet: string): Promise<{ status: number; text: string }> {
  const url = /curl -sS (\S+)/.exec(snippet)?.[1] ?? "";
  const headers = [...snippet.matchAll(/-H "([^:]+): ([^"]+)"/g)].map(([, name = "", value = ""]): [string, string] => [
    name,
    value,
  ]);
  const body = /-d '([^']+)'/.exec(snippet)?.[1] ?? "";
  const response = await fetch(url, { method: "POST", headers, body });
  return { status: response.status, text: await response.text() };
}

withDashboard("the first account over plain HTTP", (dashboard) => {
  test("whose session no browser keeps, goes on with the admin key", async () => {
    const { url, open } = dashboard();
    const { page } = await open();
    await page.goto(`${url.replace("127.0.0.1", elsewhere)}/sign-in`);
    await page.getByRole("tab", { name: "Admin key" }).click();
    await page.getByRole("textbox", { name: "Admin key" }).fill(adminKey);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByLabel("Your name").fill("Ada");
    await page.getByLabel("E-mail address").fill("ada@example.com");
    await page.getByRole("textbox", { name: "Password" }).fill(password);
    await page.getByRole("button", { name: "Make the account and sign in" }).click();
    await page.getByRole("alert").getByText("The admin key works here too").waitFor();
    await page.getByRole("button", { name: "Go on with the admin key alone" }).click();
    await page.getByRole("heading", { level: 1, name: "Start" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/ui/");
  });
});
