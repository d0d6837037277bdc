/**
 * Every page in both themes, wide and at 390 px: nothing that axe finds serious, nothing that sticks out at the side, no fault of a script, no
 * request to another place. `npm run screenshots` writes what it sees.
 */
import axe from "axe-core";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { callModel, furnish, type Furnished } from "./furnish.ts";
import { listedPages, type ListedPage } from "./page-list.ts";
import { withDashboard } from "./pages.ts";

const folder = process.env["ADIT_SCREENSHOTS"];
const looks = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 390 },
  { colorScheme: "dark", width: 1280 },
  { colorScheme: "light", width: 390 },
] as const;

withDashboard("every page", (dashboard) => {
  let furnished: Promise<Furnished> | undefined;
  const stand = () =>
    (furnished ??= furnish(dashboard().control).then(async (made) => ({
      ...made,
      callId: await callModel(dashboard().control, made.key, "Good morning"),
    })));

  // Two looks find what axe can find; pictures are wanted of all.
  for (const { colorScheme, width } of folder === undefined ? looks.slice(0, 2) : looks) {
    test(`${colorScheme}, ${width} px wide`, async () => {
      const pages = listedPages(await stand());
      const { page, faults } = await dashboard().openAs("admin", {
        colorScheme,
        viewport: { width, height: width === 390 ? 844 : 800 },
        reducedMotion: "reduce",
      });
      await page.addInitScript({ content: axe.source });
      const found: string[] = [];
      for (const listed of pages) {
        await page.goto(`${dashboard().url}${listed.path}`);
        await listed.ready(page);
        found.push(...(await findingsOf(page, listed)));
        if (folder !== undefined) await picture(page, `${listed.name}-${colorScheme}-${width}`, folder);
      }
      expect(found).toEqual([]);
      expect(faults).toEqual([]);
    }, 180_000);
  }

  test("the sign-in", async () => {
    for (const { colorScheme, width } of looks) {
      const { page, faults } = await dashboard().open({ colorScheme, viewport: { width, height: 800 } });
      await page.addInitScript({ content: axe.source });
      await page.goto(`${dashboard().url}/sign-in`);
      await page.getByRole("button", { name: "Sign in" }).waitFor();
      expect(await findingsOf(page, { name: "sign-in", path: "/sign-in" })).toEqual([]);
      if (folder !== undefined) await picture(page, `sign-in-${colorScheme}-${width}`, folder);
      expect(faults).toEqual([]);
    }
  }, 60_000);

  test("nothing moves where the reader wants no motion", async () => {
    const { page } = await dashboard().openAs("admin", { reducedMotion: "reduce" });
    await page.getByRole("button", { name: /^Project/ }).click();
    await page.getByRole("menu").waitFor();
    const moving = await page.evaluate<number>("document.getAnimations().length");
    expect(moving).toBe(0);
  });
});

/** Runs in the page. */
const findings = `(async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const sides = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  return [
    ...grave.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html.slice(0, 160)).join(" | ")),
    ...(sides > 0 ? ["sticks out by " + sides + " px"] : []),
  ];
})()`;

async function findingsOf(page: Page, { name }: Pick<ListedPage, "name" | "path">): Promise<string[]> {
  return (await page.evaluate<string[]>(findings)).map((finding) => `${name}: ${finding}`);
}

async function picture(page: Page, name: string, into: string): Promise<void> {
  mkdirSync(into, { recursive: true });
  await page.screenshot({ path: join(into, `${name}.png`), fullPage: true });
}
