/** No page points nowhere, and every page can be found. */
import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, type House } from "../support/house.ts";
import { anchorsOf, documents, linksOf, root, textOf } from "./documents.ts";

const pages = documents().filter((file) => file.startsWith("docs/"));

/** What is wrong with a link, if anything. */
function faultOf(file: string, link: string): string | undefined {
  if (/^https?:/.test(link)) return undefined;
  const [target = "", anchor] = link.split("#");
  const name = target === "" ? file : path.posix.join(path.posix.dirname(file), target);
  if (!existsSync(path.join(root, name))) return `${link}: there is no ${name}`;
  if (anchor === undefined || anchorsOf(name).includes(anchor)) return undefined;
  return `${link}: ${name} has no heading for #${anchor}`;
}

test.each(documents())("every link of %s leads somewhere", (file) => {
  expect(linksOf(file).map((link) => faultOf(file, link))).toEqual(linksOf(file).map(() => undefined));
});

test.each(documents())("%s begins with its title", (file) => {
  expect(textOf(file)).toMatch(/^# \S/);
});

test("the checks above can fail", () => {
  expect(faultOf("docs/README.md", "gateway.md#no-such-heading")).toContain("no heading");
  expect(faultOf("docs/README.md", "no-such-page.md")).toContain("there is no");
  expect(linksOf("docs/README.md").length).toBeGreaterThan(10);
});

test("the index names every page", () => {
  const linked = linksOf("docs/README.md").map((link) => `docs/${link.split("#")[0]}`);
  expect(pages.filter((page) => page !== "docs/README.md" && !linked.includes(page))).toEqual([]);
});

describe("a running gateway", () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse();
  });
  afterAll(() => house.close());

  const get = async (address: string): Promise<{ status: number; text: string }> => {
    const response = await fetch(`${house.gateway.url}${address}`);
    return { status: response.status, text: await response.text() };
  };

  test("lists every page in /llms.txt, and serves it", async () => {
    const { text } = await get("/llms.txt");
    const listed = [...text.matchAll(/\]\((\/docs\/[^)]+)\)/g)].map((match) => match[1] ?? "");
    expect(listed.toSorted()).toEqual(pages.map((page) => `/${page}`).toSorted());
    for (const page of pages) expect(await get(`/${page}`)).toEqual({ status: 200, text: textOf(page) });
  });

  test("serves the index at /docs/", async () => {
    expect(await get("/docs/")).toEqual({ status: 200, text: textOf("docs/README.md") });
  });
});
