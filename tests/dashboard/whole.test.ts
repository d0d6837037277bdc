/** Nothing is lost on the way: what was typed, digits of numbers, entries of lists, the project that something belongs to, the present hour. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { adminKey } from "../control/control.ts";
import { callModel, furnish, type Furnished } from "./furnish.ts";
import { openPage, password, signIn, withDashboard } from "./pages.ts";

const away = { error: { message: "The store is away.", code: "store_unavailable" } };
/** As a double it ends on a 2. */
const longNumber = "9007199254740993";

/** A dialog that has just come up does not hear a press yet. `isDone` fails where it was not heard within so many milliseconds. */
async function pressEscape(page: Page, isDone: (timeout: number) => Promise<void>): Promise<void> {
  await expect
    .poll(async () => {
      await page.keyboard.press("Escape");
      return isDone(1_000).then(
        () => true,
        () => false,
      );
    })
    .toBe(true);
}

withDashboard("whole", (dashboard) => {
  let made: Promise<Furnished> | undefined;
  const stand = () => (made ??= furnish(dashboard().control));
  const dialogOf = (page: Page, name: string) => page.getByRole("dialog", { name });

  test("what is found by its id stands among the pages of its own project", async () => {
    const { control, url, openAs } = dashboard();
    const ask = async (path: string, body: object) => {
      const answer = await control.ask<{ id: string; key: string }>("POST", path, body);
      expect(answer.status).toBe(200);
      return answer.body;
    };
    const { id: workspace_id } = await ask("/v1/projects", { name: "Apart", slug: "apart" });
    const key = { name: "Key of the other", scopes: ["completions.write"], workspace_id };
    const { id: keyId, key: text } = await ask("/v1/api-keys/workspace/service", key);
    const limit = { name: "Of that key", scope: "gateway_key", scope_id: keyId, unit: "tokens", amount: "1000000000" };
    await ask("/v1/budgets", { ...limit, period: "monthly", workspace_id });
    const callId = await callModel(control, text, "hello");
    const { page, faults } = await openAs("admin");
    const project = page.getByRole("navigation", { name: "Pages" }).getByRole("button", { name: /^Project/ });
    for (const [path, words] of [
      [`/keys/${keyId}`, "Of that key"],
      [`/logs/${callId}`, "Causes by their signs"],
      [`/keys/${keyId}?project=default`, "Of that key"],
    ] as const) {
      await openPage(page, `${url}${path}`);
      await page.getByText(words).first().waitFor();
      expect(await project.innerText(), path).toContain("Apart");
      expect(new URL(page.url()).searchParams.get("project"), path).toBe("apart");
    }
    await page.getByRole("link", { name: "← Keys" }).click();
    await page.getByRole("link", { name: "Key of the other" }).waitFor();
    expect(await project.innerText()).toContain("Apart");
    expect(faults).toEqual([]);
  });

  test("all limits of a key can be seen", async () => {
    const { keyId } = await stand();
    const { control, url, openAs } = dashboard();
    for (let number = 1; number <= 51; number += 1) {
      const limit = {
        name: `Limit ${number}`,
        scope: "gateway_key",
        scope_id: keyId,
        unit: "tokens",
        amount: "1000000000",
      };
      expect((await control.ask("POST", "/v1/budgets", { ...limit, period: "monthly" })).status).toBe(200);
    }
    const { page, faults } = await openAs("viewer");
    await openPage(page, `${url}/keys/${keyId}`);
    await page.getByText("50 of 51").waitFor();
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByText("51 in all").waitFor();
    const table = page.getByRole("table", { name: "Budgets of the key" });
    expect(await table.locator("tbody tr").count()).toBe(51);
    expect(faults).toEqual([]);
  });

  test("whoever chooses another kind of check, and the first one again, finds what they typed", async () => {
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/guardrails/new`);
    await page.getByRole("button", { name: "Add a check" }).click();
    const kinds = page.getByLabel("Kind");
    const parameters = page.getByRole("textbox", { name: "Parameters" });
    const typed = '{"categories": ["EMAIL_ADDRESS"]}';
    await parameters.nth(1).fill(typed);
    await kinds.nth(1).selectOption("default.contains");
    expect(await parameters.nth(1).inputValue()).toBe("{}");
    await kinds.nth(1).selectOption("default.pii");
    expect(await parameters.nth(1).inputValue()).toBe(typed);
    // What stood above is gone: the rest is still its own.
    await kinds.nth(1).selectOption("default.contains");
    await page.getByRole("button", { name: "Remove check 1" }).click();
    await kinds.selectOption("default.pii");
    expect(await parameters.inputValue()).toBe(typed);
    expect(faults).toEqual([]);
  });

  test("whoever chooses another kind of credential keeps what bounds it, and nothing of it is sent that is not shown", async () => {
    const { control, url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/credentials/new`);
    const choose = (kind: string) => page.getByRole("radio", { name: kind }).check();
    await choose("IAM role");
    await page.getByLabel("Name", { exact: true }).fill("Chosen twice");
    await page.getByRole("combobox", { name: "Region" }).fill("eu-central-1");
    await page.getByText("Bounds and attribution").click();
    await page.getByLabel("Note").fill("Platform team");
    await page.getByLabel("Session tags").fill("project=project");
    await choose("The server's own");
    expect(await page.getByRole("combobox", { name: "Region" }).inputValue()).toBe("eu-central-1");
    expect(await page.getByLabel("Note").inputValue()).toBe("Platform team");
    await page.getByRole("button", { name: "Store and test" }).click();
    await page.getByRole("heading", { level: 1, name: "Chosen twice" }).waitFor();
    const slug = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    expect((await control.ask("GET", `/v1/virtual-keys/${slug}`)).body).toMatchObject({
      kind: "server_chain",
      region: "eu-central-1",
      note: "Platform team",
      attribution: null,
    });
    expect(faults).toEqual([]);
  });

  test("a number of many digits stays as it was written in a config that its tree changes, and is refused there", async () => {
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/configs/new`);
    await page.getByLabel("Name", { exact: true }).fill("Long numbers");
    await page.getByRole("textbox", { name: "The config as JSON" }).click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText(`{"override_params": {"seed": ${longNumber}}}`);
    const refusal = page.getByText("config.override_params.seed cannot be taken as it is written").first();
    await refusal.waitFor();
    const tree = page.getByRole("list", { name: "The config as a tree" });
    await tree.getByRole("button").first().click();
    await page.getByLabel("Timeout in ms").fill("2500");
    const text = page.locator(".cm-content");
    await text.getByText("request_timeout").waitFor();
    expect(await text.innerText()).toContain(longNumber);
    expect(await page.getByLabel("Other parameters").inputValue()).toContain(longNumber);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: "It was not saved" }).waitFor();
    await refusal.waitFor();
    expect(faults).toEqual([]);
  });

  test("numbers of many digits stand in the outputs of a connector as its model wrote them", async () => {
    await stand();
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    const answer = `{"output": {"id": ${longNumber}}, "output_faults": [], "data": {"of": {"id": ${longNumber}}}}`;
    await page.route("**/v1/connectors/summaries/invoke", (route) =>
      route.fulfill({ contentType: "application/json", body: answer }),
    );
    await openPage(page, `${url}/connectors/summaries`);
    await page.getByRole("button", { name: "Call it" }).click();
    expect(await page.getByRole("region", { name: "the outputs" }).innerText()).toContain(longNumber);
    await page.getByText("The model's own answer").click();
    expect(await page.getByRole("region", { name: "the model's answer" }).innerText()).toContain(longNumber);
    expect(faults).toEqual([]);
  });

  test("on a machine whose clock is wrong the figures are of the gateway's last hour, and the playground calls", async () => {
    const { key } = await stand();
    const { control, url, openAs } = dashboard();
    await callModel(control, key, "hello");
    for (const hours of [-3, 3]) {
      const { page, faults } = await openAs("member");
      await page.clock.setFixedTime(Date.now() + hours * 3_600_000);
      await openPage(page, `${url}/analytics?period=hour`);
      await page.getByRole("table", { name: "Calls apart by model" }).getByText("amazon.nova-lite-v1:0").waitFor();
      await openPage(page, `${url}/logs`);
      await openPage(page, `${url}/guardrails`);
      await page
        .getByText(/this minute|minutes? ago/)
        .first()
        .waitFor();
      await openPage(page, `${url}/playground?model=us.amazon.nova-lite-v1:0`);
      await page.getByLabel("Message", { exact: true }).fill("hello");
      await page.getByRole("button", { name: "Send" }).click();
      await page.getByText("The answer appears here").waitFor({ state: "detached" });
      await expect.poll(() => page.getByRole("alert").count()).toBe(0);
      expect(faults).toEqual([]);
      await page.close();
    }
  });

  test("a partial that was saved and could not be published is published by the next press", async () => {
    const { control, url, openAs } = dashboard();
    const path = "/v1/prompts/partials/pp-half";
    await control.ask("POST", "/v1/prompts/partials", { name: "Half done", slug: "pp-half", string: "One" });
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/prompts?tab=partials`);
    await page.getByRole("button", { name: "Change Half done" }).click();
    const dialog = dialogOf(page, "Change Half done");
    await dialog.getByLabel("Text").fill("Two");
    await page.route("**/makeDefault?*", (route) => route.fulfill({ status: 503, json: away }));
    const save = dialog.getByRole("button", { name: "Save and publish" });
    await save.click();
    await dialog.getByText("The store is away.").waitFor();
    await page.unroute("**/makeDefault?*");
    await save.click();
    await page.getByText("Saved and published.").waitFor();
    expect((await control.ask("GET", path)).body).toMatchObject({ string: "Two" });
    expect(faults).toEqual([]);
  });

  test("Escape closes a form in which something is typed after a question alone, and the sign-in over a page too", async () => {
    const { url, openAs } = dashboard();
    const { page, context, faults } = await openAs("member");
    await openPage(page, `${url}/prompts?tab=labels`);
    const add = page.getByRole("button", { name: "Add a label" }).first();
    const [form, question] = [dialogOf(page, "Add a label"), dialogOf(page, "Close without saving?")];
    const name = form.getByLabel("Name", { exact: true });
    await add.click();
    await pressEscape(page, (timeout) => form.waitFor({ state: "detached", timeout }));
    await add.click();
    await name.fill("Typed for long");
    await page.keyboard.press("Escape");
    await question.waitFor();
    await pressEscape(page, (timeout) => question.waitFor({ state: "detached", timeout }));
    expect(await name.inputValue()).toBe("Typed for long");
    // The keyboard is where it was.
    await form.locator("input:focus").waitFor();
    await page.keyboard.type("er");
    expect(await name.inputValue()).toBe("Typed for longer");
    await page.keyboard.press("Escape");
    await question.getByRole("button", { name: "Close without saving" }).click();
    await form.waitFor({ state: "detached" });
    await add.click();
    expect(await name.inputValue()).toBe("");
    expect(await question.count()).toBe(0);
    await name.fill("Typed again");
    await context.clearCookies();
    await form.getByRole("button", { name: "Save" }).click();
    const again = dialogOf(page, "Sign in again");
    await again.waitFor();
    await pressEscape(page, (timeout) => question.waitFor({ timeout }));
    await question.getByRole("button", { name: "Cancel" }).click();
    await again.getByLabel("Password").fill(password);
    await again.getByRole("button", { name: "Sign in" }).click();
    await again.waitFor({ state: "detached" });
    expect(await name.inputValue()).toBe("Typed again");
    expect(faults).toEqual([]);
  });

  test("a new name that is saved takes the keyboard from nothing that is typed in", async () => {
    const { keyId } = await stand();
    const { control, url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/keys/${keyId}`);
    const name = page.getByLabel("Name", { exact: true });
    await name.fill("Renamed");
    await name.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Renamed" }).waitFor();
    await name.pressSequentially(" on");
    expect(await name.inputValue()).toBe("Renamed on");
    await control.ask("PUT", `/v1/api-keys/${keyId}`, { name: "Billing service" });
    expect(faults).toEqual([]);
  });

  test("where the browser keeps nothing of the address the pages stand", async () => {
    const { url, open, openAs } = dashboard();
    await openAs("viewer");
    const { page, context, faults } = await open();
    await context.addInitScript(
      `Object.defineProperty(window, "localStorage", { get: () => { throw new DOMException("denied", "SecurityError"); } });`,
    );
    await page.goto(`${url}/sign-in`);
    await page.getByRole("tab", { name: "Admin key" }).click();
    await page.locator("input[name=admin-key]").fill(adminKey);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByRole("button", { name: /Admin key/ }).click();
    await page.getByRole("menuitem", { name: "Dark theme" }).click();
    expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");
    expect(faults).toEqual([]);
  });

  test("projects of one name are told apart where one is chosen", async () => {
    const { control, url, openAs } = dashboard();
    for (const slug of ["twin-one", "twin-two"]) {
      expect((await control.ask("POST", "/v1/projects", { name: "Twin", slug })).status).toBe(200);
    }
    const { page, faults } = await openAs("admin");
    await openPage(page, `${url}/keys`);
    await page.getByRole("button", { name: /^Project/ }).click();
    await page.getByRole("menuitem", { name: "Twin (twin-two)" }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get("project")).toBe("twin-two");
    expect(faults).toEqual([]);
  });

  test("fewer days for the logs are saved after a question alone: what is older is deleted by them", async () => {
    const { control, url, openAs } = dashboard();
    const kept = async () => (await control.ask("GET", "/v1/logs/settings")).body;
    const { page, faults } = await openAs("admin");
    await openPage(page, `${url}/settings?tab=logs`);
    const records = page.getByLabel("Days that records stay");
    const save = page.getByRole("main").getByRole("button", { name: "Save" });
    await records.fill("7");
    await save.click();
    const question = dialogOf(page, "Delete what is older?");
    await question.getByText("all records of calls of more than 7 days ago").waitFor();
    await question.getByRole("button", { name: "Cancel" }).click();
    expect(await kept()).toMatchObject({ record_days: null });
    await save.click();
    await question.getByRole("button", { name: "Save, and delete it" }).click();
    await question.waitFor({ state: "detached" });
    expect(await kept()).toMatchObject({ record_days: 7 });
    // More of them lose nothing.
    await records.fill("30");
    await save.click();
    await expect.poll(kept).toMatchObject({ record_days: 30 });
    expect(faults).toEqual([]);
  });

  test("a role in another project takes nobody from the project whose page they type on", async () => {
    const { control, url, open } = dashboard();
    const [first, later] = await Promise.all([
      control.ask<{ id: string }>("GET", "/v1/projects/default"),
      control.ask<{ id: string }>("POST", "/v1/projects", { name: "Came later", slug: "came-later" }),
    ]);
    const email = "moved@example.com";
    const projects = { [later.body.id]: "member" };
    const made = await control.ask<{ id: string }>("POST", "/v1/people", { email, name: "Moved", password, projects });
    const { page, faults } = await open();
    await page.clock.install();
    await signIn(page, url, email);
    await page.getByRole("link", { name: "Keys", exact: true }).click();
    await page.getByRole("link", { name: "Make a key" }).first().click();
    await page.getByLabel("Name", { exact: true }).fill("Typed in the later one");
    // The older project comes first in every list, and is the one that an address without a project leads to.
    const role = { role: "member" };
    const path = `/v1/projects/${first.body.id}/people/${made.body.id}`;
    expect((await control.ask("PUT", path, role)).status).toBe(200);
    await page.clock.fastForward("01:00");
    await page.evaluate('document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))');
    await page.getByRole("button", { name: /^Project/ }).click();
    await page.getByRole("menuitem").nth(1).waitFor();
    await page.keyboard.press("Escape");
    expect(await page.getByLabel("Name", { exact: true }).inputValue()).toBe("Typed in the later one");
    await page.getByRole("button", { name: "Make the key" }).click();
    await page.getByText("Copy the key now.").waitFor();
    const keys = await control.ask<{ data: { name: string }[] }>("GET", `/v1/api-keys?workspace_id=${later.body.id}`);
    expect(keys.body.data.map(({ name }) => name)).toEqual(["Typed in the later one"]);
    expect(faults).toEqual([]);
  });

  test("a prompt that is renamed says what it said, also where its template is written in another way", async () => {
    const { control, url, openAs } = dashboard();
    const string = JSON.stringify([{ content: "What is {{thing}}?", role: "user" }], undefined, 2);
    const prompt = { name: "Written by hand", slug: "pp-by-hand", string, tool_choice: "auto" };
    expect((await control.ask("POST", "/v1/prompts", prompt)).status).toBe(200);
    await control.ask("PUT", "/v1/prompts/pp-by-hand", { tool_choice: "required" });
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/prompts/pp-by-hand`);
    await page.getByLabel("Name", { exact: true }).fill("Renamed");
    await page.getByRole("button", { name: "Save as a new version" }).click();
    await page.getByText("Saved. It says what it said: no new version.").waitFor();
    const kept = await control.ask("GET", "/v1/prompts/pp-by-hand@latest");
    expect(kept.body).toMatchObject({ name: "Renamed", latest_version: 2, string });
    // What the form does not show is told where versions are.
    await page.getByRole("tab", { name: "Versions" }).click();
    const changed = await page.getByRole("region", { name: "what version 2 changed" }).innerText();
    expect(changed).toMatch(/taken away:\s+−\s+"tool_choice": "auto"\s+added:\s+\+\s+"tool_choice": "required"/);
    expect(faults).toEqual([]);
  });

  test("a label that is renamed keeps what somebody else says of it meanwhile", async () => {
    const { control, url, openAs } = dashboard();
    const label = { name: "both-change-it", description: "Before" };
    const { body } = await control.ask<{ id: string }>("POST", "/v1/labels", label);
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/prompts?tab=labels`);
    await page.getByRole("button", { name: "Change both-change-it" }).click();
    await control.ask("PUT", `/v1/labels/${body.id}`, { description: "Meanwhile" });
    await page.getByLabel("Name", { exact: true }).fill("renamed-meanwhile");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("renamed-meanwhile is saved.").waitFor();
    const kept = await control.ask("GET", `/v1/labels/${body.id}`);
    expect(kept.body).toMatchObject({ name: "renamed-meanwhile", description: "Meanwhile" });
    expect(faults).toEqual([]);
  });
});
