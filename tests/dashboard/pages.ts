/** The dashboard as a person has it: a real Chromium in front of a gateway and the emulator. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { openControl, type Control } from "../control/control.ts";

/** Debian's Chromium, or whichever there is; undefined where there is none (`npm test` installs it, or says that it could not). */
const browserProgram = (process.env["PATH"] ?? "")
  .split(delimiter)
  .flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => join(folder, name)))
  .find((file) => existsSync(file));

/** A host that credentials may name, where nobody answers. */
export const otherHost = "http://127.0.0.1:9";

export const password = "correct horse battery";

/** For a machine that does much else: what has come is gone on with at once. */
export const patienceMs = 60_000;

/** Leads to this machine, as the name of another would. */
export const elsewhere = "gateway.test";

type Role = "admin" | "member" | "viewer";

export interface Dashboard {
  control: Control;
  browser: Browser;
  /** Address of the pages, with `/ui`. */
  url: string;
  /** A window of somebody's own, until the test ends. */
  open: (options?: Parameters<Browser["newContext"]>[0]) => Promise<Window>;
  /** A window of a person with a role in the first project, signed in. Tests share the person. */
  openAs: (role: Role, options?: Parameters<Browser["newContext"]>[0]) => Promise<Window>;
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
  describe.skipIf(browserProgram === undefined)(`the dashboard: ${name}`, { timeout: 3 * patienceMs }, () => {
    let opened: OpenDashboard | undefined;
    beforeAll(async () => {
      opened = await openDashboard(variables);
    }, 2 * patienceMs);
    // A page that is left open goes on asking, and takes the time of the next.
    afterEach(async () => {
      await opened?.closeWindows();
    }, patienceMs);
    afterAll(async () => {
      await opened?.close();
    }, patienceMs);
    tests(() => {
      if (opened === undefined) throw new Error("It is not open yet.");
      return opened;
    });
  });
}

interface OpenDashboard extends Dashboard {
  closeWindows: () => Promise<void>;
  close: () => Promise<void>;
}

async function openDashboard(variables: Record<string, string>): Promise<OpenDashboard> {
  const [control, browser] = await Promise.all([
    openControl({ ADIT_CUSTOM_HOSTS: otherHost, ...variables }),
    chromium.launch({
      executablePath: browserProgram ?? "",
      args: ["--no-sandbox", `--host-resolver-rules=MAP ${elsewhere} 127.0.0.1`],
    }),
  ]);
  let contexts: BrowserContext[] = [];
  const sessions = new Map<Role, Promise<string>>();
  const open = async (options: Parameters<Browser["newContext"]>[0] = {}): Promise<Window> => {
    const context = await browser.newContext({ locale: "en-GB", timezoneId: "Europe/Berlin", ...options });
    contexts.push(context);
    context.setDefaultTimeout(patienceMs);
    const page = await context.newPage();
    return { context, page, faults: faultsOf(context, control.gateway.url) };
  };
  const sessionOf = (role: Role): Promise<string> => {
    const kept = sessions.get(role) ?? makeSession(control, role);
    sessions.set(role, kept);
    return kept;
  };
  const closeWindows = async () => {
    const closing = contexts;
    contexts = [];
    await Promise.all(closing.map((context) => context.close()));
  };
  return {
    control,
    browser,
    url: `${control.gateway.url}/ui`,
    open,
    openAs: async (role, options) => {
      const cookie = await sessionOf(role);
      const window = await open(options);
      const [name = "", value = ""] = cookie.split("=");
      await window.context.addCookies([{ name, value, url: control.gateway.url, httpOnly: true, sameSite: "Strict" }]);
      return window;
    },
    closeWindows,
    close: async () => {
      await closeWindows();
      await browser.close();
      await control.close();
    },
  };
}

/** Signs in as the page does; the page itself is gone through by the first-run story. The cookie, `name=value`. */
async function makeSession(control: Control, role: Role): Promise<string> {
  const email = `${role}@example.com`;
  await makePerson(control, { email, role });
  const signedIn = await fetch(`${control.gateway.url}/v1/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password }),
  });
  expect(signedIn.status).toBe(200);
  return signedIn.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

/** What nothing of ours may cause. Answers with an error's status are named by Chromium as errors too: those are wanted here and there. */
function faultsOf(context: BrowserContext, origin: string): string[] {
  const faults: string[] = [];
  context.on("weberror", (fault) => faults.push(`script: ${fault.error().message}`));
  context.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) faults.push(`console: ${text}`);
  });
  context.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on("request", (request) => {
    const address = request.url();
    if (!address.startsWith(origin) && !/^(?:data|blob):/.test(address)) faults.push(`request: ${address}`);
  });
  return faults;
}

export async function makePerson(control: Control, { email, role }: { email: string; role: Role }): Promise<string> {
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
  await expect.poll(() => page.locator(".loading").count(), { timeout: patienceMs }).toBe(0);
}

/** Goes to a page as a press of a link does: the dashboard itself is not loaded anew, which is most of the time of a page. */
export async function turnTo(page: Page, address: string): Promise<void> {
  if (!page.url().startsWith(new URL("/ui", address).href)) return openPage(page, address);
  // What the page before has left is not taken for the one that comes.
  await page.evaluate(`{
    const address = new URL(${JSON.stringify(address)});
    if (address.pathname !== location.pathname) document.querySelector("h1")?.setAttribute("data-left", "");
    history.pushState({}, "", address);
  }`);
  await page.locator("h1:not([data-left])").waitFor();
  await expect.poll(() => page.locator(".loading").count(), { timeout: patienceMs }).toBe(0);
}

/** Goes through all entries in two tabs of one window: two cores have something to do, and no entry waits for the one before. */
export async function inTwoTabs<Entry>(
  { page, context }: Pick<Window, "page" | "context">,
  entries: readonly Entry[],
  visit: (tab: Page, entry: Entry) => Promise<void>,
): Promise<void> {
  const left = [...entries];
  const walk = async (tab: Page): Promise<void> => {
    for (let entry = left.shift(); entry !== undefined; entry = left.shift()) await visit(tab, entry);
  };
  await Promise.all([walk(page), walk(await context.newPage())]);
}
