/** Names and texts as long as they may be, and without a blank, on a narrow screen: no page is wider than the window. */
import { expect, test } from "vitest";
import { openPage, patienceMs, withDashboard } from "./pages.ts";

const long = "W".repeat(90);

withDashboard("long names", (dashboard) => {
  test("widen no page", { timeout: 3 * patienceMs }, async () => {
    const { control, url, openAs } = dashboard();
    const make = async (path: string, body: object) => {
      const answer = await control.ask<Record<string, string>>("POST", path, body);
      expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
      return answer.body;
    };
    await make("/v1/virtual-keys", { name: long, slug: "prod", kind: "server_chain" });
    await make("/v1/virtual-keys", { name: "Few", slug: "few", kind: "server_chain", allowed_models: ["m*"] });
    const targets = [{ virtual_key: "few", override_params: { model: "x".repeat(120) } }, { provider: "bedrock" }];
    await make("/v1/configs", { name: long, slug: "pc-long", config: { strategy: { mode: "fallback" }, targets } });
    await make("/v1/labels", { name: "canary", description: long });
    await make("/v1/prompts", {
      name: long,
      slug: "pp-long",
      string: [{ role: "user", content: `{{${long}}}` }],
      model: "us.amazon.nova-lite-v1:0",
    });
    const { key } = await make("/v1/api-keys/workspace/service", { name: long, scopes: ["completions.write"] });
    const body = { model: "us.amazon.nova-lite-v1:0", messages: [{ role: "user", content: "Hi" }] };
    await control.ask("POST", "/v1/chat/completions", body, { authorization: `Bearer ${key}` });

    const { page } = await openAs("admin", { viewport: { width: 390, height: 844 } });
    const wide: string[] = [];
    for (const [path, shown] of [
      ["/", "was answered"],
      ["/models/amazon.nova-lite-v1:0", long],
      ["/configs/pc-long", "does not allow the model"],
      ["/prompts/pp-long", "Asked for"],
      ["/prompts?tab=labels", long],
    ] as const) {
      await openPage(page, `${url}${path}`);
      await page.getByText(shown).filter({ visible: true }).first().waitFor();
      const sides = await page.evaluate<number>(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      if (sides > 0) wide.push(`${path}: ${sides} px`);
    }
    expect(wide).toEqual([]);
  });
});
