/** What a page shows in place of its data: the next step while there is nothing, the cause and a way on when it cannot be had. */
import { expect, test } from "vitest";
import { inTwoTabs, openPage, password, patienceMs, turnTo, withDashboard } from "./pages.ts";

/** Pages that are nothing but data, with what one does where there is none yet. */
const lists = [
  ["/credentials", "Add a credential"],
  ["/keys", "Make a key"],
  ["/connectors", "Add a connector"],
  ["/configs", "Add a config"],
  ["/guardrails", "Add a guardrail"],
  ["/prompts", "Add a prompt"],
  ["/prompts?tab=partials", "Add a partial"],
  ["/prompts?tab=collections", "Add a collection"],
  ["/logs", "To the first steps"],
  ["/traces", "To the first steps"],
  ["/analytics", "To the first steps"],
  ["/limits", "Add a budget"],
  ["/limits?tab=rate-limits", "Add a rate limit"],
] as const;

withDashboard("states", (dashboard) => {
  test("a page without anything says what comes next", async () => {
    const { url, openAs } = dashboard();
    const window = await openAs("admin");
    await inTwoTabs(window, lists, async (tab, [path, step]) => {
      await turnTo(tab, `${url}${path}`);
      const empty = tab.locator(".empty");
      await empty.waitFor();
      const steps = [
        ...(await empty.getByRole("link").allInnerTexts()),
        ...(await empty.getByRole("button").allInnerTexts()),
      ];
      expect(steps, path).toEqual([step]);
    });
    expect(window.faults).toEqual([]);
  });

  test("an address that names what is not there is told so, and breaks no page", async () => {
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("admin");
    await openPage(page, `${url}/logs?project=none-of-mine`);
    await page.getByText("The project of this address is none of yours").waitFor();
    await page.getByRole("link", { name: "To a project of yours" }).click();
    await page.getByRole("heading", { level: 1, name: "Start" }).waitFor();
    await turnTo(page, `${url}/no/such/page`);
    await page.getByText("There is no such page").waitFor();
    // The ways to the pages that there are stand beside it.
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Keys", exact: true }).waitFor();
    for (const path of ["/audit?from=soon", "/logs?from=soon&to=2026-13-99"]) {
      await turnTo(page, `${url}${path}`);
      // The gateway says what is wrong, and the field to mend it in is there.
      await page.getByRole("alert").getByText("from").first().waitFor();
      expect(await page.getByLabel("From").inputValue(), path).toBe("");
    }
    expect(faults).toEqual([]);
  });

  test("a page whose script cannot be had says so while the gateway is away, and the others stand", async () => {
    const { url, openAs } = dashboard();
    const { page } = await openAs("admin");
    await openPage(page, `${url}/keys`);
    const pages = page.getByRole("navigation", { name: "Pages" });
    await page.context().setOffline(true);
    await pages.getByRole("link", { name: "Audit", exact: true }).click();
    const alert = page.getByRole("alert").getByText("The gateway does not answer");
    await alert.waitFor();
    await pages.getByRole("link", { name: "Keys", exact: true }).click();
    const keys = page.getByRole("heading", { level: 1, name: "Keys" });
    await keys.waitFor();
    await pages.getByRole("link", { name: "Audit", exact: true }).click();
    // Before it has failed the script may be had yet, and there is nothing to try again.
    await keys.waitFor({ state: "hidden" });
    await alert.waitFor();
    await page.context().setOffline(false);
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { level: 1, name: "Audit" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/ui/audit");
  });

  test("what is longer than a page of the API is there whole: who may call a model, what a limit is for", async () => {
    const { control, url, openAs } = dashboard();
    const project = await control.ask<{ id: string }>("POST", "/v1/projects", { name: "Many", slug: "many" });
    const workspace_id = project.body.id;
    for (let number = 1; number <= 102; number += 1) {
      const name = `Credential ${number}`;
      const credential = { name, slug: `credential-${number}`, kind: "server_chain", credential: {}, workspace_id };
      expect((await control.ask("POST", "/v1/virtual-keys", credential)).status).toBe(200);
      const key = { name: `Key ${number}`, scopes: ["completions.write"], workspace_id };
      expect((await control.ask("POST", "/v1/api-keys/workspace/service", key)).status).toBe(200);
    }
    const { page, faults } = await openAs("admin");
    // So many credentials have been used that their figures are no one page either.
    await page.route("**/v1/analytics/groups/provider?*", (route) => {
      const first = Number(new URL(route.request().url()).searchParams.get("current_page") ?? 0) * 100 + 1;
      const data = Array.from({ length: Math.min(100, 103 - first) }, (_, index) => ({
        provider: `virtual key credential-${first + index}`,
        requests: first + index,
        error_count: 0,
      }));
      return route.fulfill({ json: { object: "list", success: true, total: 102, data, is_partial: false } });
    });
    await openPage(page, `${url}/models/amazon.nova-lite-v1:0?project=many`);
    const credentials = page.getByRole("table", { name: "Credentials" });
    await credentials.getByText("Credential 102", { exact: true }).waitFor();
    expect(await credentials.locator("tbody tr").count()).toBe(102);
    for (const number of [1, 100, 101, 102]) {
      const link = page.getByRole("link", { name: `Credential ${number}`, exact: true });
      const row = credentials.getByRole("row").filter({ has: link });
      await row.getByText(number === 1 ? "1 call" : `${number} calls`, { exact: true }).waitFor();
    }
    await openPage(page, `${url}/limits?project=many`);
    await page.getByRole("button", { name: "Add a budget" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("For").selectOption("a gateway key");
    await dialog.getByLabel("Which key").selectOption("Key 102");
    await dialog.getByLabel("For").selectOption("a credential");
    await dialog.getByLabel("Which credential").selectOption("Credential 102 (@credential-102)");
    expect(faults).toEqual([]);
  });

  test("a session that ends under a page takes nothing that was typed, and shows it to nobody else", async () => {
    const { url, openAs } = dashboard();
    await openAs("viewer");
    const { page, context, faults } = await openAs("member");
    const again = page.getByRole("dialog", { name: "Sign in again" });
    const typeAndEnd = async (name: string) => {
      await openPage(page, `${url}/prompts/new`);
      await page.getByLabel("Name", { exact: true }).fill(name);
      await page.getByRole("textbox", { name: "Text" }).first().fill("Be kind.");
      await context.clearCookies();
      await page.getByRole("button", { name: "Save and publish" }).click();
      await again.waitFor();
      expect(await page.getByRole("main").isHidden()).toBe(true);
    };
    const signIn = async (email?: string) => {
      if (email !== undefined) await again.getByLabel("E-mail address").fill(email);
      await again.getByLabel("Password").fill(password);
      await again.getByRole("button", { name: "Sign in" }).click();
      await again.waitFor({ state: "detached" });
    };
    await typeAndEnd("Typed for long");
    await signIn();
    await page.getByRole("button", { name: "Save and publish" }).click();
    await page.getByRole("heading", { level: 1, name: "Typed for long" }).waitFor();

    await openPage(page, `${url}/prompts?tab=collections`);
    await page.getByRole("button", { name: "Add a collection" }).first().click();
    const name = page.locator(".dialog").getByLabel("Name", { exact: true });
    await name.fill("Typed in a dialog");
    await context.clearCookies();
    await name.press("Enter");
    await again.waitFor();
    expect(await name.isHidden()).toBe(true);
    await signIn();
    expect(await name.inputValue()).toBe("Typed in a dialog");
    expect(await name.isVisible()).toBe(true);

    await typeAndEnd("Not for others");
    await signIn("viewer@example.com");
    await page.getByRole("navigation", { name: "Pages" }).waitFor();
    const fields = await page.locator("input, textarea").all();
    const typed = await Promise.all(fields.map((field) => field.inputValue()));
    for (const words of ["Not for others", "Be kind."]) expect(typed).not.toContain(words);
    expect(faults).toEqual([]);
  });

  test("a tab goes on by the session that another tab began anew, and shows nothing to who signed in there instead", async () => {
    const { url, openAs } = dashboard();
    await openAs("viewer");
    const { page, context, faults } = await openAs("member");
    const signInElsewhere = async (email: string) => {
      const other = await context.newPage();
      await other.goto(`${url}/sign-in`);
      const body = JSON.stringify({ email, password });
      const options = { method: "POST", headers: { "content-type": "application/json" }, body };
      expect(await other.evaluate(async (given) => (await fetch("/v1/session", given)).status, options)).toBe(200);
      await other.close();
      // As a browser says it when its reader comes back to the tab.
      await page.evaluate('document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))');
    };
    await openPage(page, `${url}/prompts/new`);
    await page.getByLabel("Name", { exact: true }).fill("Typed beside another tab");
    await page.getByRole("textbox", { name: "Text" }).first().fill("Be kind.");
    const asked = page.waitForResponse((response) => response.url().endsWith("/v1/session"));
    await signInElsewhere("member@example.com");
    await asked;
    await page.getByRole("button", { name: "Save and publish" }).click();
    await page.getByRole("heading", { level: 1, name: "Typed beside another tab" }).waitFor();
    const save = page.getByRole("button", { name: /^Save/ }).first();
    await save.waitFor();
    await signInElsewhere("viewer@example.com");
    await save.waitFor({ state: "detached" });
    expect(faults).toEqual([]);
  });

  test("a page whose data cannot be had says why, and asks again", async () => {
    const { url, openAs } = dashboard();
    const window = await openAs("admin");
    const { page, context } = window;
    await openPage(page, `${url}/`);
    const pages = [...lists.map(([path]) => path), "/models", "/audit", "/settings?tab=people"];
    let isCut = true;
    await context.route(/\/v1\/(?!session|projects\?)/, (route) => (isCut ? route.abort() : route.continue()));
    await inTwoTabs(window, pages, async (tab, path) => {
      await turnTo(tab, `${url}${path}`);
      const alert = tab.getByRole("alert").first();
      await alert.getByText("The gateway does not answer.").waitFor();
      expect(await alert.getByRole("button", { name: "Try again" }).count(), path).toBe(1);
    });
    await turnTo(page, `${url}/models`);
    await page.getByRole("alert").waitFor();
    isCut = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByText("amazon.nova-micro-v1:0").first().waitFor({ timeout: patienceMs });
    expect(window.faults).toEqual([]);
  });
});
