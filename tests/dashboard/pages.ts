/** The dashboard as a person has it: a real Chromium in front of a gateway and the emulator. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { openControl, type Control } from "../control/control.ts";

/** Debian's Chromium, or whichever there is; undefined where there is none (`npm test` installs it, or says that it could not). */
export const browserProgram = (process.env["PATH"] ?? "")
  .split(delimiter)
  .flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => join(folder, name)))
  .find((file) => existsSync(file));

export const password = "correct horse battery";

export interface Dashboard {
  control: Control;
  browser: Browser;
  /** Address of the pages, with `/ui`. */
  url: string;
  /** A window of somebody's own. What the page reports as an error fails the test that closes it. */
  open: (options?: Parameters<Browser["newContext"]>[0]) => Promise<Window>;
  /** Makes a person with a role in the first project, and signs them in. */
  openAs: (role: "admin" | "member" | "viewer", options?: Parameters<Browser["newContext"]>[0]) => Promise<Window>;
}

export interface Window {
  page: Page;
  context: BrowserContext;
  /** Errors of scripts, refusals of the policy, requests to other places: there are none on a good day. */
  faults: string[];
}

/** `tests` run with one browser and one gateway. */
export function withDashboard(
  name: string,
  tests: (dashboard: () => Dashboard) => void,
  variables: Record<string, string> = {},
): void {
  describe.skipIf(browserProgram === undefined)(`the dashboard: ${name}`, () => {
    let opened: (Dashboard & { close: () => Promise<void> }) | undefined;
    beforeAll(async () => {
      opened = await openDashboard(variables);
    }, 60_000);
    afterAll(async () => {
      await opened?.close();
    });
    tests(() => {
      if (opened === undefined) throw new Error("It is not open yet.");
      return opened;
    });
  });
}

async function openDashboard(variables: Record<string, string>): Promise<Dashboard & { close: () => Promise<void> }> {
  const control = await openControl(variables);
  const browser = await chromium.launch({ executablePath: browserProgram ?? "", args: ["--no-sandbox"] });
  const url = `${control.gateway.url}/ui`;
  const contexts: BrowserContext[] = [];
  let people = 0;
  const open = async (options: Parameters<Browser["newContext"]>[0] = {}): Promise<Window> => {
    const context = await browser.newContext({ locale: "en-GB", timezoneId: "Europe/Berlin", ...options });
    contexts.push(context);
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    return { context, page, faults: faultsOf(page, control.gateway.url) };
  };
  return {
    control,
    browser,
    url,
    open,
    openAs: async (role, options) => {
      people += 1;
      const email = `${role}-${people}@example.com`;
      await makePerson(control, { email, role });
      const window = await open(options);
      await signIn(window.page, url, email);
      return window;
    },
    close: async () => {
      for (const context of contexts) await context.close();
      await browser.close();
      await control.close();
    },
  };
}

/** What nothing of ours may cause. Answers with an error's status are named by Chromium as errors too: those are wanted here and there. */
function faultsOf(page: Page, origin: string): string[] {
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) faults.push(`console: ${text}`);
  });
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    const address = request.url();
    if (!address.startsWith(origin) && !/^(?:data|blob):/.test(address)) faults.push(`request: ${address}`);
  });
  return faults;
}

export async function makePerson(
  control: Control,
  { email, role }: { email: string; role: "admin" | "member" | "viewer" },
): Promise<string> {
  const projects = await control.ask<{ data: { id: string }[] }>("GET", "/v1/projects");
  const made = await control.ask<{ id: string }>("POST", "/v1/people", {
    email,
    name: `A ${role}`,
    password,
    role: role === "admin" ? "admin" : "member",
    ...(role !== "admin" && { projects: { [projects.body.data[0]?.id ?? ""]: role } }),
  });
  expect(made.status).toBe(200);
  return made.body.id;
}

export async function signIn(page: Page, url: string, email: string): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { level: 1, name: "Start" }).waitFor();
}

/** Goes to a page, and waits until nothing on it loads any more. */
export async function openPage(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await expect.poll(() => page.locator(".loading").count(), { timeout: 15_000 }).toBe(0);
}
