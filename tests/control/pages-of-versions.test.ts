/** Versions come page by page, the newest first, as the entries of every list do: all of them at once may be more than an answer holds. */
import { expect, test } from "vitest";
import { onBothEngines } from "./control.ts";

interface Versions {
  data: { id: string }[];
  total: number;
  has_more: boolean;
  first_id: string;
  last_id: string;
}

const check = (words: number) => ({ id: "default.wordCount", parameters: { maxWords: words } });

const kinds = [
  ["/v1/configs", (count: number) => ({ config: { retry: { attempts: count } } })],
  ["/v1/guardrails", (count: number) => ({ checks: [check(count)], actions: { deny: true } })],
  ["/v1/prompts", (count: number) => ({ string: `Hello ${count}`, parameters: {} })],
  ["/v1/prompts/partials", (count: number) => ({ string: `Hello ${count}` })],
] as const;

onBothEngines((control) => {
  test.each(kinds)("%s", async (path, contentOf) => {
    const { ask } = control();
    const made = await ask<{ slug: string }>("POST", path, { name: "Many versions", ...contentOf(1) });
    expect(made.status).toBeLessThan(300);
    const place = `${path}/${made.body.slug}`;
    for (let count = 2; count <= 5; count += 1) {
      expect((await ask("PUT", place, contentOf(count))).status).toBe(200);
    }
    // Another's are none of its own.
    await ask("POST", path, { name: "Other", ...contentOf(1) });
    const read = async (query: string) => (await ask<Versions>("GET", `${place}/versions${query}`)).body;
    const all = await read("");
    expect([all.total, all.data.length, all.has_more]).toEqual([5, 5, false]);
    expect(JSON.stringify(all.data[0])).toContain("5");
    const ids = all.data.map(({ id }) => id);
    const first = await read("?limit=2");
    expect(first).toMatchObject({ total: 5, has_more: true, first_id: ids[0], last_id: ids[1] });
    const second = await read(`?limit=2&after=${first.last_id}`);
    const third = await read(`?limit=2&after=${second.last_id}`);
    expect([...first.data, ...second.data, ...third.data].map(({ id }) => id)).toEqual(ids);
    expect([second.has_more, third.has_more, third.total]).toEqual([true, false, 5]);
    expect((await read("?page_size=2&current_page=2")).data.map(({ id }) => id)).toEqual(ids.slice(4));
    expect((await ask("GET", `${place}/versions?limit=1000`)).status).toBe(400);
  });
});
