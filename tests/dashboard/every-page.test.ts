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
import { listedPages, openedPages, type ListedPage } from "./page-list.ts";
import { inTwoTabs, openPage, patienceMs, turnTo, withDashboard } from "./pages.ts";

const folder = process.env["ADIT_SCREENSHOTS"];
const looks = [
  { colorScheme: "light", width: 1280 },
  { colorScheme: "dark", width: 390 },
  { colorScheme: "dark", width: 1280 },
  { colorScheme: "light", width: 390 },
] as const;
type Look = (typeof looks)[number];

/** Two find what axe can find, and of a part of a page that was looked at one; pictures are wanted of all. */
function looksOf(isWholePage: boolean): readonly Look[] {
  if (folder !== undefined) return looks;
  return isWholePage ? looks.slice(0, 2) : looks.slice(1, 2);
}

/** Of all pages together, on a machine that does much else; pictures take their time. */
const tourMs = (folder === undefined ? 6 : 15) * patienceMs;

withDashboard("every page", (dashboard) => {
  let furnished: Promise<Furnished> | undefined;
  const stand = () =>
    (furnished ??= furnish(dashboard().control).then(async (made) => ({
      ...made,
      callId: await callModel(dashboard().control, made.key, "Good morning"),
    })));

  test("in both themes, wide and narrow", { timeout: tourMs }, async () => {
    const made = await stand();
    const listed = listedPages(made);
    const pages = [...listed, ...openedPages(made)];
    const window = await dashboard().openAs("admin", { reducedMotion: "reduce" });
    await window.context.addInitScript({ content: axe.source });
    const found: string[] = [];
    await inTwoTabs(window, pages, async (tab, one) => {
      await turnTo(tab, `${dashboard().url}${one.path}`);
      await one.ready(tab);
      for (const [index, look] of looksOf(listed.includes(one)).entries()) {
        await lookAt(tab, look);
        found.push(...(await findingsOf(tab, one, { look, isFirst: index === 0 })));
        if (folder !== undefined) await picture(tab, `${one.name}-${nameOf(look)}`, folder);
      }
    });
    expect(found).toEqual([]);
    expect(window.faults).toEqual([]);
  });

  test("the sign-in", async () => {
    const { page, context, faults } = await dashboard().open({ reducedMotion: "reduce" });
    await context.addInitScript({ content: axe.source });
    await page.goto(`${dashboard().url}/sign-in`);
    await page.getByRole("button", { name: "Sign in" }).waitFor();
    for (const look of looks) {
      await lookAt(page, look);
      expect(await findingsOf(page, { name: "sign-in" }, { look, isFirst: true })).toEqual([]);
      if (folder !== undefined) await picture(page, `sign-in-${nameOf(look)}`, folder);
    }
    expect(faults).toEqual([]);
  });

  test("nothing moves where the reader wants no motion", async () => {
    const { page } = await dashboard().openAs("admin", { reducedMotion: "reduce" });
    await openPage(page, `${dashboard().url}/`);
    await page.getByRole("button", { name: /^Project/ }).click();
    await page.getByRole("menu").waitFor();
    const moving = await page.evaluate<number>("document.getAnimations().length");
    expect(moving).toBe(0);
  });
});

/** What another theme and another width can change; the rest was found at the first look. */
const ofLooks = ["color-contrast", "scrollable-region-focusable", "target-size", "label", "button-name", "link-name"];

/** Runs in the page. */
const findings = (isFirst: boolean) => `(async () => {
  const rules = ${isFirst ? "{}" : JSON.stringify({ runOnly: ofLooks })};
  const { violations } = await axe.run(document, { resultTypes: ["violations"], preload: false, ...rules });
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const sides = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  return [
    ...grave.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html.slice(0, 160)).join(" | ")),
    ...(sides > 0 ? ["sticks out by " + sides + " px"] : []),
  ];
})()`;

async function findingsOf(
  page: Page,
  { name }: Pick<ListedPage, "name">,
  { look, isFirst }: { look: Look; isFirst: boolean },
): Promise<string[]> {
  return (await page.evaluate<string[]>(findings(isFirst))).map((finding) => `${name}, ${nameOf(look)}: ${finding}`);
}

/** Pages are laid out by rules alone: the same page looks as if it had been opened so. */
async function lookAt(page: Page, { colorScheme, width }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height: width === 390 ? 844 : 800 });
}

const nameOf = ({ colorScheme, width }: Look) => `${colorScheme}-${width}`;

async function picture(page: Page, name: string, into: string): Promise<void> {
  mkdirSync(into, { recursive: true });
  await page.screenshot({ path: join(into, `${name}.png`), fullPage: true });
}
