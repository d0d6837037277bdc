/** What the five products promise of pages: credentials entered, masked and replaced; help beside each field; a page for each thing. */
import { expect, test } from "vitest";
import { callModel, furnish } from "../dashboard/furnish.ts";
import { listedPages } from "../dashboard/page-list.ts";
import { openPage, withDashboard } from "../dashboard/pages.ts";

withDashboard("seeds", (dashboard) => {
  test("K02 credentials are entered on a page, masked there, replaced there, and sign calls that bring none", async () => {
    const { control, url, openAs } = dashboard();
    const { accessKeyId, secretAccessKey } = control.emulator.credential;
    const { page } = await openAs("member");
    await openPage(page, `${url}/credentials/new`);
    await page.getByLabel("Name", { exact: true }).fill("Ours");
    await page.getByLabel("Access key ID").fill(accessKeyId);
    await page.getByLabel("Secret access key").fill("notYetTheRightOne000000000000000000000000");
    await page.getByRole("button", { name: "Store and test" }).click();
    await page.getByText("It does not work yet").waitFor();
    await page.getByLabel("I have a new one").check();
    await page.getByLabel("Access key ID").fill(accessKeyId);
    await page.getByLabel("Secret access key").fill(secretAccessKey);
    await page.getByRole("button", { name: "Replace" }).click();
    await page.getByText("Saved.").waitFor();
    await page.reload();
    await page.getByText("Policies to paste into IAM").waitFor();
    const shown = await page.getByRole("main").innerText();
    expect(shown).toContain(`${accessKeyId.slice(0, 4)}...${accessKeyId.slice(-4)}`);
    expect(await page.content()).not.toContain(accessKeyId);
    expect(await page.content()).not.toContain(secretAccessKey);

    const key = await control.ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", {
      name: "App",
      scopes: ["completions.write"],
      defaults: { virtual_key: "ours" },
    });
    await callModel(control, key.body.key, "hello");
    expect(control.emulator.requests.at(-1)).toMatchObject({ accessKeyId, verdict: "sigv4 ok" });
  });

  test("P24 O30 beside each field of a credential stands where AWS's console shows it", async () => {
    const { url, openAs } = dashboard();
    const { page } = await openAs("member");
    await openPage(page, `${url}/credentials/new`);
    const helpOf = async (label: string | RegExp): Promise<string> => {
      const id = await page.getByLabel(label).first().getAttribute("aria-describedby");
      return page.locator(`[id="${id ?? ""}"]`).innerText();
    };
    expect(await helpOf("Access key ID")).toContain("IAM > Users > the user > Security credentials > Access keys");
    expect(await helpOf("Secret access key")).toContain("AWS shows it once");
    expect(await helpOf(/^Region/)).toContain("us-west-2.console.aws.amazon.com");
    await page.getByRole("radio", { name: /IAM role/ }).check();
    expect(await helpOf("Role ARN")).toContain("IAM > Roles");
    await page.getByRole("radio", { name: /Bedrock API key/ }).check();
    expect(await helpOf(/^Bedrock API key$/)).toContain("Amazon Bedrock > API keys");
  });

  test("S13 beside the model and the profile of a connector stands where AWS's console shows them", async () => {
    const { url, openAs } = dashboard();
    const { page } = await openAs("member");
    await openPage(page, `${url}/connectors/new`);
    const main = await page.getByRole("main").innerText();
    expect(main).toContain("Bedrock > Discover > Model catalog");
    expect(main).toContain("Bedrock > Infer > Cross-region inference");
  });

  test("P25 P27 calls are found by their metadata, and a trace is seen as a whole", async () => {
    const { control, url, openAs } = dashboard();
    const trace = { "x-portkey-trace-id": "one-run" };
    const ask = (team: string) =>
      control.ask(
        "POST",
        "/v1/chat/completions",
        { model: "us.amazon.nova-lite-v1:0", messages: [{ role: "user", content: "hello" }] },
        { "x-portkey-metadata": JSON.stringify({ team }), ...trace },
      );
    await ask("red");
    const last = await ask("blue");
    const id = last.headers.get("x-adit-request-id") ?? "";
    await expect.poll(async () => (await control.ask("GET", `/v1/logs/${id}`)).status).toBe(200);
    const { page } = await openAs("viewer");
    await openPage(page, `${url}/logs?metadata=team%3Dred`);
    expect(await page.locator(".row-link").count()).toBe(1);
    await openPage(page, `${url}/analytics?group=metadata&name=team`);
    await page.getByRole("cell", { name: "blue" }).waitFor();
    await openPage(page, `${url}/traces/one-run`);
    await page.getByText("2 calls in").waitFor();
  });

  test("P01 O02 U11 there is a page for each thing", async () => {
    const { control, url, openAs } = dashboard();
    const furnished = await furnish(control);
    await callModel(control, furnished.key, "Good morning");
    const { page, faults } = await openAs("admin");
    for (const { path, ready } of listedPages(furnished)) {
      await page.goto(`${url}${path}`);
      await ready(page);
    }
    expect(faults).toEqual([]);
  });
});
