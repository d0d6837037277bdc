/** What ends while its reader is elsewhere: it leads them away from nothing that they type there, and what nobody has seen is told. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { makePerson, openPage, signIn, withDashboard } from "./pages.ts";

/** Time enough for a reader to go elsewhere, and to type there. */
const lateMs = 1_500;

/** Whatever is changed at such an address is answered late. */
async function slowDown(page: Page, address: string): Promise<void> {
  await page.route(address, async (route) => {
    if (route.request().method() !== "GET") await new Promise((resolve) => setTimeout(resolve, lateMs));
    return route.fallback();
  });
}

withDashboard("elsewhere", (dashboard) => {
  const name = (page: Page) => page.getByLabel("Name", { exact: true });

  test("a deletion that ends late, and what is made late, lead nobody away from what they type by then", async () => {
    const { control, url, openAs } = dashboard();
    await control.ask("POST", "/v1/configs", { name: "Late", slug: "pc-late", config: { retry: { attempts: 2 } } });
    const { page, faults } = await openAs("member");
    await slowDown(page, "**/v1/configs/pc-late?*");
    await openPage(page, `${url}/configs/pc-late`);
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByLabel("Type pc-late to confirm").fill("pc-late");
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Guardrails" }).click();
    await page.getByRole("link", { name: "Add a guardrail" }).first().click();
    await name(page).fill("Typed meanwhile");
    await page.getByText("Late was deleted.").waitFor();
    expect(await name(page).inputValue()).toBe("Typed meanwhile");
    await slowDown(page, "**/v1/guardrails?*");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("link", { name: "Prompts" }).click();
    await page.getByRole("link", { name: "Add a prompt" }).first().click();
    await name(page).fill("Typed again");
    await page.getByText("Typed meanwhile is saved.").waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect(await name(page).inputValue()).toBe("Typed again");
    expect(faults).toEqual([]);
  });

  test("what was saved in a dialog that its reader had closed closes no other", async () => {
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await slowDown(page, "**/v1/labels?*");
    await openPage(page, `${url}/prompts?tab=labels`);
    await page.getByRole("button", { name: "Add a label" }).click();
    await name(page).fill("first");
    await page.getByRole("button", { name: "Save" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Add a label" }).click();
    await name(page).fill("second");
    await page.getByText("first is saved.").waitFor();
    expect(await name(page).inputValue()).toBe("second");
    // Nor does a deletion that was confirmed before.
    await page.getByRole("button", { name: "Cancel" }).click();
    await slowDown(page, "**/v1/labels/*");
    await page.getByRole("button", { name: "Delete first" }).click();
    await page.getByLabel("Type first to confirm").fill("first");
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Add a label" }).click();
    await name(page).fill("second");
    await page.getByText("first was deleted.").waitFor();
    expect(await name(page).inputValue()).toBe("second");
    expect(faults).toEqual([]);
  });

  test("a text of a key that was made for whoever had left by then is told as seen by nobody", async () => {
    const { control, url, openAs } = dashboard();
    const key = { name: "Turned", scopes: ["completions.write"] };
    const { id } = (await control.ask<{ id: string }>("POST", "/v1/api-keys/workspace/service", key)).body;
    const { page, faults } = await openAs("member");
    await slowDown(page, `**/v1/api-keys/${id}/rotate`);
    await openPage(page, `${url}/keys/${id}`);
    await page.getByRole("button", { name: "Rotate" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "← Keys" }).click();
    await page.getByText("Turned has a new text that nobody has seen: rotate it again.").waitFor();
    await slowDown(page, "**/v1/api-keys/workspace/service?*");
    await page.getByRole("link", { name: "Make a key" }).click();
    await name(page).fill("Unseen");
    await page.getByRole("button", { name: "Make the key" }).click();
    await page.getByRole("link", { name: "← Keys" }).click();
    await page.getByText("Unseen was made, and nobody has seen its text: rotate it.").waitFor();
    expect(faults).toEqual([]);
  });

  test("a first key that was made for whoever had left by then is told too, and shown to who stayed", async () => {
    const { control, url, openAs } = dashboard();
    for (const slug of ["left", "stayed"]) await control.ask("POST", "/v1/projects", { name: slug, slug });
    const { page, faults } = await openAs("admin");
    await slowDown(page, "**/v1/api-keys/workspace/service?*");
    await openPage(page, `${url}/?project=left`);
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.getByRole("link", { name: "Prompts" }).click();
    await page.getByText("First key was made, and nobody has seen its text: rotate it.").waitFor();
    await openPage(page, `${url}/?project=stayed`);
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.getByText("Copy the key now.").waitFor();
    expect(faults).toEqual([]);
  });

  test("whoever signs in anew in another window goes on in this one", async () => {
    const { control, url, open } = dashboard();
    await makePerson(control, { email: "twice@example.com", role: "admin" });
    const { page, context, faults } = await open();
    await signIn(page, url, "twice@example.com");
    await openPage(page, `${url}/prompts?tab=labels`);
    const other = await context.newPage();
    await openPage(other, `${url}/keys`);
    await other.getByRole("button", { name: /^A admin/ }).click();
    await other.getByRole("menuitem", { name: "Sign out" }).click();
    await signIn(other, url, "twice@example.com");
    // Both windows stand side by side: neither is told that it is looked at again.
    await page.getByRole("button", { name: "Add a label" }).click();
    await name(page).fill("beside");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("beside is saved.").waitFor();
    // The window may know of the new session before it is told that a change by the old one was refused.
    await other.getByRole("button", { name: /^A admin/ }).click();
    await other.getByRole("menuitem", { name: "Sign out" }).click();
    await signIn(other, url, "twice@example.com");
    let isAnswered = false;
    await page.route("**/v1/labels?*", async (route) => {
      if (route.request().method() === "GET" || isAnswered) return route.fallback();
      isAnswered = true;
      const response = await route.fetch();
      const known = page.waitForResponse("**/v1/session");
      await page.evaluate('document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))');
      await (await known).finished();
      return route.fulfill({ response });
    });
    await page.getByRole("button", { name: "Add a label" }).click();
    await name(page).fill("refused-late");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("refused-late is saved.").waitFor();
    await page.unroute("**/v1/labels?*");
    // What somebody else would do is not done for whoever was here before.
    await makePerson(control, { email: "another@example.com", role: "admin" });
    await other.getByRole("button", { name: /^A admin/ }).click();
    await other.getByRole("menuitem", { name: "Sign out" }).click();
    await signIn(other, url, "another@example.com");
    await page.getByRole("button", { name: "Add a label" }).click();
    await name(page).fill("not done");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const labels = await control.ask<{ data: { name: string }[] }>("GET", "/v1/labels");
    expect(labels.body.data.map((label) => label.name)).not.toContain("not done");
    expect(faults).toEqual([]);
  });
});
