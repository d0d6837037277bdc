import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { dashboardRoutes } from "./dashboard-routes.ts";
import { listening, type TestListener } from "../testing/listening.ts";

const files = vi.hoisted(() => ({ areOut: false }));

vi.mock(import("node:fs/promises"), async (original) => {
  const real = await original();
  const readFile = ((...place: Parameters<typeof real.readFile>) =>
    files.areOut
      ? Promise.reject(Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" }))
      : real.readFile(...place)) as typeof real.readFile;
  return { ...real, readFile };
});

let server: TestListener;
beforeAll(async () => {
  server = await listening(dashboardRoutes());
});
afterAll(() => server.stop());

it("reads its files again after a read that failed", async () => {
  files.areOut = true;
  expect((await fetch(`${server.url}/ui/`)).status).toBe(500);
  files.areOut = false;
  const page = await fetch(`${server.url}/ui/`);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("<title>");
});
