/** What a page shows in place of its data: the next step while there is nothing, the cause and a way on when it cannot be had. */
import { expect, test } from "vitest";
import { inTwoTabs, openPage, patienceMs, turnTo, withDashboard } from "./pages.ts";

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
    for (const path of ["/audit?from=soon", "/logs?from=soon&to=2026-13-99"]) {
      await turnTo(page, `${url}${path}`);
      // The gateway says what is wrong, and the field to mend it in is there.
      await page.getByRole("alert").getByText("from").first().waitFor();
      expect(await page.getByLabel("From").inputValue(), path).toBe("");
    }
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
