import { expect, test } from "vitest";
import type { ListPage } from "../../store/list-page.ts";
import { allNamed } from "./all-named.ts";

test("a name is found behind a thousand that hold it", async () => {
  const all = Array.from({ length: 2_000 }, (_, index) => ({
    id: `gk_${String(index).padStart(4, "0")}`,
    name: index === 1_000 || index === 1_999 ? "ci" : `ci ${index}`,
  }));
  const pages: ListPage[] = [];
  const list = (page: ListPage) => {
    pages.push(page);
    const { after = "" } = page;
    return Promise.resolve(all.filter(({ id }) => id > after).slice(0, page.limit));
  };
  expect((await allNamed("ci", list)).map(({ id }) => id)).toEqual(["gk_1000", "gk_1999"]);
  expect(pages.map(({ search }) => search)).toEqual(["ci", "ci", "ci"]);
});
