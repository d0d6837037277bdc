/** What people type stays as they typed it: letter by letter, beside others, and after what fails. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { elsewhere, makePerson, openPage, password, withDashboard } from "./pages.ts";
import { adminKey } from "../control/control.ts";

async function makeKey(
  control: { ask: (method: string, path: string, body?: unknown) => Promise<{ body: object }> },
  name: string,
) {
  const key = { name, scopes: ["completions.write"] };
  return ((await control.ask("POST", "/v1/api-keys/workspace/service", key)).body as { id: string }).id;
}

/** As fingers do it: with a rest behind each. */
async function press(page: Page, keys: readonly string[], restMs: number): Promise<void> {
  for (const key of keys) {
    await page.keyboard.press(key);
    await page.waitForTimeout(restMs);
  }
}

withDashboard("typing", (dashboard) => {
  test("a list is searched letter by letter, and the caret stays where it is", async () => {
    const { control, url, openAs } = dashboard();
    for (const name of ["Alpha", "Alpine", "Beta"]) await makeKey(control, name);
    const { page, faults } = await openAs("admin");
    await openPage(page, `${url}/keys`);
    const search = page.getByLabel("Search");
    await search.focus();
    // Longer than the list waits before it asks.
    await press(page, "Alph".split(""), 400);
    expect(await search.inputValue()).toBe("Alph");
    await page.getByText("1 in all").waitFor();
    for (const [path, label] of [
      ["/keys", "Search"],
      ["/models", "Search"],
      ["/logs", "Model"],
      ["/audit", "Action"],
      ["/analytics", "Region"],
    ] as const) {
      await openPage(page, `${url}${path}`);
      const field = page.getByLabel(label, { exact: true }).first();
      await field.fill("hello");
      await field.press("Home");
      await press(page, ["X", "Y"], 100);
      expect(await field.inputValue(), path).toBe("XYhello");
    }
    expect(faults).toEqual([]);
  });

  test("a year is typed into a moment of the address, which the back button and a view change all the same", async () => {
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("admin");
    await openPage(page, `${url}/logs?from=2025-06-01T08:30:00.000Z`);
    const from = page.getByLabel("From");
    expect(await from.inputValue()).toBe("2025-06-01T10:30");
    await from.focus();
    await press(page, ["Tab", "Tab", "2", "0", "2", "6"], 100);
    expect(await from.inputValue()).toBe("2026-06-01T10:30");
    await expect.poll(() => new URL(page.url()).searchParams.get("from")).toBe("2026-06-01T08:30:00.000Z");
    await page.getByRole("button", { name: "Show all" }).click();
    await expect.poll(() => from.inputValue()).toBe("");
    expect(faults).toEqual([]);
  });

  test("fields that few need stay open for whoever empties the last of them", async () => {
    const { control, url, openAs } = dashboard();
    const id = await makeKey(control, "Bounded");
    const { page, faults } = await openAs("admin");
    for (const [path, summary, label] of [
      [`/keys/${id}`, "Bounds: models", "Allowed regions"],
      ["/credentials/new", "Bounds and attribution", "Note"],
      ["/logs", "More filters", "Trace"],
    ] as const) {
      await openPage(page, `${url}${path}`);
      await page.getByText(summary).click();
      const field = page.getByLabel(label).first();
      await field.fill("eu-central-1");
      await page.waitForTimeout(300);
      await field.fill("");
      await page.waitForTimeout(300);
      expect(await field.isVisible(), path).toBe(true);
    }
    expect(faults).toEqual([]);
  });

  test("choices of the figures are gone through by the keyboard, one a press", async () => {
    const { control, url, openAs } = dashboard();
    const key = { name: "Counted", scopes: ["completions.write"] };
    const made = (await control.ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", key)).body;
    const messages = [{ role: "user", content: "Good morning" }];
    const called = await fetch(`${control.gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${made.key}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "amazon.nova-lite-v1:0", messages }),
    });
    expect(called.status).toBe(200);
    await called.text();
    const { page, faults } = await openAs("viewer");
    const group = page.getByLabel("Apart by", { exact: true });
    // It is counted a moment after its answer has ended.
    await expect
      .poll(async () => {
        await openPage(page, `${url}/analytics`);
        return group.count();
      })
      .toBe(1);
    await group.focus();
    await press(page, ["ArrowDown", "ArrowDown", "ArrowDown"], 60);
    expect(await group.inputValue()).toBe("users");
    await page.getByRole("heading", { name: "Apart by user" }).waitFor();
    expect(faults).toEqual([]);
  });

  test("a wrong present password is told where it was typed, and ends no session", async () => {
    const { control, url, open } = dashboard();
    await makePerson(control, { email: "forgets@example.com", role: "viewer" });
    const { page, faults } = await open();
    await page.goto(`${url}/sign-in`);
    await page.getByLabel("E-mail address").fill("forgets@example.com");
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("button", { name: /^A viewer/ }).click();
    await page.getByRole("menuitem", { name: "Change your password" }).click();
    await page.getByLabel("Present password").fill("not the password");
    await page.getByLabel("New password").fill("another good password");
    await page.getByRole("button", { name: "Change", exact: true }).click();
    await page.getByRole("dialog").getByText("The e-mail address or the password is wrong").waitFor();
    expect(await page.getByRole("dialog").count()).toBe(1);
    expect(await page.getByLabel("New password").inputValue()).toBe("another good password");
    expect(faults).toEqual([]);
  });

  test("what is typed of a key, a credential or a connector outlasts what else is changed of it", async () => {
    const { control, url, openAs } = dashboard();
    const id = await makeKey(control, "Switched");
    const credential = {
      name: "Typed over",
      slug: "typed-over",
      kind: "server_chain",
      credential: {},
    };
    await control.ask("POST", "/v1/virtual-keys", credential);
    const connection_spec = { virtual_key: "typed-over", region: "us-east-1", model_id: "amazon.nova-lite-v1:0" };
    await control.ask("POST", "/v1/connectors", {
      name: "Typed over",
      slug: "typed-over",
      connection_spec,
      request_timeout: 5_000,
    });
    const { page, faults } = await openAs("admin");
    const name = page.getByLabel("Name", { exact: true });
    for (const [path, before] of [
      [`/keys/${id}`, "Switched"],
      ["/credentials/typed-over", "Typed over"],
    ] as const) {
      await openPage(page, `${url}${path}`);
      await name.fill("Half a na");
      await page.getByRole("button", { name: "Switch off" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Switch off" }).click();
      await page.getByRole("button", { name: "Switch on" }).click();
      await page.getByRole("button", { name: "Switch off" }).waitFor();
      expect(await name.inputValue(), path).toBe("Half a na");
      // Who leaves the page with it would be asked.
      await name.fill(before);
    }
    await openPage(page, `${url}/connectors/typed-over?tab=change`);
    await name.fill("Half a na");
    await page.getByRole("tab", { name: "Check and call" }).click();
    await page.getByRole("tab", { name: "Change" }).click();
    expect(await name.inputValue()).toBe("Half a na");
    // Somebody else's change stands beside it, and neither undoes the other.
    const elsewhereNow = { connection_spec: { region: "eu-central-1" } };
    expect((await control.ask("PUT", "/v1/connectors/typed-over", elsewhereNow)).status).toBe(200);
    await page.evaluate('document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))');
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved. It counts at once.").waitFor();
    await expect.poll(() => page.getByLabel("Region").inputValue()).toBe("eu-central-1");
    expect(await name.inputValue()).toBe("Half a na");
    const saved = (
      await control.ask<{ name: string; request_timeout: number; connection_spec: { region: string } }>(
        "GET",
        "/v1/connectors/typed-over",
      )
    ).body;
    expect([saved.name, saved.connection_spec.region, saved.request_timeout]).toEqual([
      "Half a na",
      "eu-central-1",
      5_000,
    ]);
    // A secret that was saved stays in no field, also where nothing else of the page changes by it.
    await page.getByLabel("Signed with").selectOption("an IAM role");
    await page.getByLabel("Role ARN").fill("arn:aws:iam::123456789012:role/Adit");
    await page.getByRole("button", { name: "Save" }).click();
    await expect.poll(() => page.getByLabel("Signed with").inputValue()).toBe("as-is");
    // All of it is saved: nobody is asked before the page is left.
    await page.getByRole("link", { name: "← Connectors" }).click();
    await page.getByRole("heading", { level: 1, name: "Connectors" }).waitFor();
    expect(faults).toEqual([]);
  });

  test("a dialog is left by its own ways, not by a press beside it, and takes a name as it is seen", async () => {
    const { control, url, openAs } = dashboard();
    const id = await makeKey(control, "Two  blanks\u200b");
    const { page, faults } = await openAs("admin");
    await openPage(page, `${url}/keys/${id}`);
    await page.getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/^Type Two/).fill("Two blanks");
    await page.mouse.click(5, 5);
    await page.waitForTimeout(300);
    expect(await dialog.getByLabel(/^Type Two/).inputValue()).toBe("Two blanks");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { level: 1, name: "Keys" }).waitFor();
    expect((await control.ask("GET", `/v1/api-keys/${id}`)).status).toBe(404);
    expect(faults).toEqual([]);
  });

  test("a secret that was shown once is on no other key's page", async () => {
    const { control, url, openAs } = dashboard();
    await makeKey(control, "First of two");
    await makeKey(control, "Second of two");
    const { page, faults } = await openAs("admin");
    await openPage(page, `${url}/keys?search=of two`);
    for (const key of ["First of two", "Second of two"]) {
      await page.getByRole("link", { name: key }).click();
      await page.getByRole("heading", { level: 1, name: key }).waitFor();
      if (key === "First of two") await page.goBack();
    }
    await page.getByRole("button", { name: "Rotate" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
    await page.getByText("Copy the new key now.").waitFor();
    // The two pages stand beside each other in the history: the list was gone back to.
    await page.evaluate("history.pushState({}, '', location.href.replace(/[^/]+$/, 'elsewhere'))");
    await page.getByRole("alert").waitFor();
    expect(await page.getByText("Copy the new key now.").count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test("over plain HTTP from another machine what is copied is in the clipboard", async () => {
    const { url, open } = dashboard();
    const { page, context } = await open();
    await page.goto(`${url.replace("127.0.0.1", elsewhere)}/sign-in`);
    await page.getByRole("tab", { name: "Admin key" }).click();
    await page.getByLabel("Admin key").last().fill(adminKey);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Models" }).click();
    await page.getByRole("button", { name: "Copy the id amazon.nova-lite-v1:0" }).click();
    await page.getByText("Copied.").waitFor();
    await page.getByLabel("Search").focus();
    await page.keyboard.press("Control+V");
    expect(await page.getByLabel("Search").inputValue()).toBe("amazon.nova-lite-v1:0");
    await context.close();
  });
});
