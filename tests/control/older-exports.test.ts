/** An export that was made a while ago, read in again: what it has counts again, and can be changed on from there. */
import { expect, test } from "vitest";
import { Store } from "../../packages/gateway/src/store/store.ts";
import { exportLines, importLines } from "../../packages/gateway/src/store/transfer.ts";
import { onBothEngines } from "./control.ts";

interface Versions {
  data: { version?: number; prompt_version?: number }[];
}

onBothEngines((control) => {
  async function onStore<Result>(work: (store: Store) => Promise<Result>): Promise<Result> {
    const store = await Store.open(control().location, { hears: false });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  const exported = () =>
    onStore(async (store) => {
      const lines: string[] = [];
      for await (const line of exportLines(store)) lines.push(line);
      return lines;
    });

  const words = (word: string) => [{ id: "default.contains", parameters: { operator: "any", words: [word] } }];
  const kinds = [
    { path: "configs", slug: "pc-again", said: (n: number) => ({ config: { retry: { attempts: n } } }) },
    { path: "guardrails", slug: "pg-again", said: (n: number) => ({ checks: words(`w${n}`) }) },
    { path: "prompts", slug: "pp-again", said: (n: number) => ({ string: `Say ${n}.` }) },
    { path: "prompts/partials", slug: "pp-piece", said: (n: number) => ({ string: `Piece ${n}.` }) },
  ];
  const model = { model: "amazon.nova-lite-v1:0", parameters: {} };

  test("what was changed since the export can be changed again after it, with a number that no version has", async () => {
    const { ask } = control();
    for (const { path, slug, said } of kinds) {
      const more = path === "prompts" ? model : {};
      expect((await ask("POST", `/v1/${path}`, { name: "A", slug, ...more, ...said(1) })).status, path).toBe(200);
    }
    const lines = await exported();
    for (const { path, slug, said } of kinds) {
      for (const number of [2, 3]) await ask("PUT", `/v1/${path}/${slug}`, said(number));
    }
    await onStore((store) => importLines(store, lines));
    for (const { path, slug, said } of kinds) {
      const { status, body } = await ask("PUT", `/v1/${path}/${slug}`, said(4));
      expect([status, body], path).toEqual([200, expect.anything()]);
      const versions = (await ask<Versions>("GET", `/v1/${path}/${slug}/versions`)).body.data;
      expect(
        versions.map(({ version, prompt_version: number }) => version ?? number),
        path,
      ).toEqual([4, 3, 2, 1]);
    }
    // What the file says holds until then.
    await onStore((store) => importLines(store, lines));
    for (const path of ["prompts/pp-again", "prompts/partials/pp-piece"]) {
      const { body } = await ask("PUT", `/v1/${path}/makeDefault`, { version: 9 });
      expect(JSON.stringify(body), "a prompt's newest stays beside the one that is published").toContain("newest is 4");
    }
    const config = await ask<{ config: object; version: number }>("GET", "/v1/configs/pc-again");
    expect(config.body).toMatchObject({ config: { retry: { attempts: 1 } }, version: 1 });
    expect((await ask<{ version: number }>("PUT", "/v1/configs/pc-again", { config: {} })).body.version).toBe(5);
  });
});
