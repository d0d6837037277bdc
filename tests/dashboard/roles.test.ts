/** A viewer sees, and changes nothing: no page offers it, and what a page would send is refused. */
import { expect, test } from "vitest";
import { furnish } from "./furnish.ts";
import { listedPages } from "./page-list.ts";
import { inTwoTabs, turnTo, withDashboard } from "./pages.ts";

/** What pages call their changes. */
const changes =
  /^(?:Add|Make|Delete|Switch|Rotate|Save|Store|Replace|Test|Check the connection|Call it|Use it again|Send|Give|Take out|Change)\b/;

withDashboard("a viewer", (dashboard) => {
  test("is offered no change on any page", async () => {
    const furnished = await furnish(dashboard().control);
    const window = await dashboard().openAs("viewer");
    const { page, faults } = window;
    await inTwoTabs(window, listedPages(furnished), async (tab, { name, path }) => {
      await turnTo(tab, `${dashboard().url}${path}`);
      const offered = await tab.getByRole("main").getByRole("button").allInnerTexts();
      const links = await tab.getByRole("main").getByRole("link").allInnerTexts();
      expect(
        [...offered, ...links].filter((text) => changes.test(text.trim())),
        name,
      ).toEqual([]);
    });
    expect(await page.getByRole("navigation").innerText()).not.toMatch(/Audit|Settings/);
    expect(faults).toEqual([]);
  });

  test("is refused by the gateway, whatever the page would send", async () => {
    const { page } = await dashboard().openAs("viewer");
    await page.goto(`${dashboard().url}/`);
    const sent = await page.evaluate<number[]>(`(async () => {
      const { csrf_token } = await (await fetch("/v1/session")).json();
      const headers = { "content-type": "application/json", "x-adit-csrf-token": csrf_token };
      const send = async (method, path, body) => (await fetch(path, { method, headers, body: JSON.stringify(body) })).status;
      return [
        await send("POST", "/v1/virtual-keys", { name: "x", kind: "server_chain", credential: {} }),
        await send("PUT", "/v1/virtual-keys/research", { disabled: true }),
        await send("DELETE", "/v1/connectors/summaries"),
        await send("DELETE", "/v1/configs/pc-two-regions"),
        await send("POST", "/v1/api-keys/workspace/service", { name: "x", scopes: ["completions.write"] }),
        await send("POST", "/v1/vault/rotate"),
      ];
    })()`);
    expect(sent).toEqual([403, 403, 403, 403, 403, 403]);
  });
});
