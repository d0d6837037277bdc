/** A config's text and its tree are one: what is changed on one side stands on the other, and what neither knows stays. What they name refuses. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { furnish, type Furnished } from "./furnish.ts";
import { openPage, patienceMs, withDashboard } from "./pages.ts";

/** The whole text: the editor's own document holds the lines that are in sight alone. */
async function write(page: Page, text: string): Promise<void> {
  await page.getByRole("textbox", { name: "The config as JSON" }).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

withDashboard("configs", (dashboard) => {
  let made: Promise<Furnished> | undefined;
  const stand = () => (made ??= furnish(dashboard().control));

  test("a config is changed by its text: its faults stand where they are, and it is put back", async () => {
    await stand();
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/configs/pc-two-regions`);
    await page.getByText("If it fails").waitFor();
    await write(page, '{"strategy": {"mode": "fallbackk"}, "targets": [{"aws_region": "us-east-1"}]}');
    await page.getByText("Did you mean").first().waitFor();
    await page.locator(".cm-lint-marker-error").first().waitFor();
    await page.locator(".tree .field-error").getByText("Did you mean").waitFor();
    await write(page, '{"retry": {"attempts": 4}}');
    await page.getByText("up to 4 times").first().waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved as version 2.").waitFor();
    await page.getByRole("tab", { name: "Versions" }).click();
    expect(page.url()).toContain("tab=versions");
    await page.getByRole("button", { name: "Use it again" }).click();
    await page.getByText("Version 1 is in use again, as version 3.").waitFor();
    expect(faults).toEqual([]);
  });

  test("letters that come while the page is still drawing the ones before stay, and in their order", async () => {
    const { control, url, openAs } = dashboard();
    const targets = Array.from({ length: 80 }, (_none, index) => ({ aws_region: "us-east-1", weight: index + 1 }));
    const config = { strategy: { mode: "loadbalance" }, targets };
    await control.ask("POST", "/v1/configs", { name: "Long", slug: "pc-long", config });
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/configs/pc-long`);
    await page.locator(".cm-content .cm-line").first().click();
    await page.keyboard.press("Control+Home");
    const typed = "abcdefghijklmnopqrstuvwxyz".repeat(3);
    // As a browser hands over what was pressed while it was busy: one letter a task.
    await page.evaluate(`(async () => {
      for (const letter of ${JSON.stringify(typed)}) {
        document.execCommand("insertText", false, letter);
        await new Promise((done) => {
          const channel = new MessageChannel();
          channel.port1.onmessage = done;
          channel.port2.postMessage(0);
        });
      }
    })()`);
    await page.waitForTimeout(500);
    expect(await page.locator(".cm-content .cm-line").first().textContent()).toBe(`${typed}{`);
    expect(faults).toEqual([]);
  });

  test("what is typed while a save is under way is nobody else's version, and a text that is JSON again is not refused", async () => {
    const { control, url, openAs } = dashboard();
    await control.ask("POST", "/v1/configs", { name: "Slow", slug: "pc-slow", config: { retry: { attempts: 1 } } });
    const { page, faults } = await openAs("member");
    const refused: string[] = [];
    page.on("response", (answer) => answer.status() >= 400 && refused.push(answer.url()));
    await openPage(page, `${url}/configs/pc-slow`);
    await page.locator(".cm-content .cm-line").first().click();
    await press(page, "Control+Home", "x");
    await page.getByText("the text is no JSON object yet").waitFor();
    // Longer than the dry run waits before it asks.
    await page.waitForTimeout(700);
    await press(page, "Backspace");
    await page.getByText("up to 1 times").first().waitFor();
    await page.waitForTimeout(700);
    expect(refused).toEqual([]);
    let isLate = true;
    await page.route("**/v1/configs/pc-slow?*", async (route) => {
      if (isLate && route.request().method() === "PUT") await page.waitForTimeout(1_000);
      await route.fallback();
    });
    // The gateway gives it back in another spelling.
    await press(page, "Control+Home", "Space", "Space");
    const name = page.getByLabel("Name", { exact: true });
    await name.fill("Slow by name");
    await page.getByRole("button", { name: "Save" }).click();
    await name.fill("Slower by name");
    await page.getByText("Saved.").waitFor();
    const overtaken = page.getByText("Somebody saved another version meanwhile.");
    expect(await overtaken.count()).toBe(0);
    expect(await name.inputValue()).toBe("Slower by name");
    // Somebody else's is told as before.
    isLate = false;
    await control.ask("PUT", "/v1/configs/pc-slow", { name: "Another's" });
    await page.getByRole("button", { name: "Save" }).click();
    await overtaken.waitFor();
    await page.getByRole("button", { name: "Take that version" }).click();
    expect(await name.inputValue()).toBe("Another's");
    expect(faults).toEqual([]);
  });

  test("a config is made by its tree, and what the tree does not know stays in the text", async () => {
    await stand();
    const { control, url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/configs/new`);
    await page.getByLabel("Name", { exact: true }).fill("By the tree");
    await write(
      page,
      '{"description": "kept", "forwardHeaders": ["x-team"], "virtualKey": "bedrock-production", "overrideParams": {"seed": 7}}',
    );
    const tree = page.getByRole("list", { name: "The config as a tree" });
    const form = page.getByRole("group", { name: "This part" });
    await tree.getByRole("button", { name: /bedrock-production/ }).click();
    await form.getByLabel("Model").fill("us.amazon.nova-lite-v1:0");
    await form.getByLabel("Retries").fill("2");
    await form.getByLabel("Goes to").selectOption("fallback");
    await form.getByLabel("Goes on after").fill("429, 503");
    await form.getByRole("button", { name: "Add a target" }).click();
    // The new one is open: it goes first, and to another account.
    await form.getByLabel("Credential").selectOption("research");
    await form.getByRole("button", { name: "Move up" }).click();
    await form.getByRole("button", { name: "Move up" }).click();
    await form.getByLabel("Other parameters").fill('{"max_tokens": 50}');
    await tree.getByRole("button", { name: /what the request brings/ }).click();
    await form.getByLabel("Goes to").selectOption("loadbalance");
    await tree
      .getByRole("button", { name: /target.*50 %/ })
      .first()
      .click();
    await form.getByLabel("Weight").fill("3");
    await form.getByLabel("Region").fill("us-west-2");
    await tree.getByRole("button", { name: /us-west-2.*75 %/ }).waitFor();
    await page.getByText("If it fails").waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { level: 1, name: "By the tree" }).waitFor();
    const slug = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    const saved = await control.ask<{ config: object }>("GET", `/v1/configs/${slug}`);
    expect(saved.body.config).toEqual({
      description: "kept",
      forwardHeaders: ["x-team"],
      retry: { attempts: 2 },
      strategy: { mode: "fallback", on_status_codes: [429, 503] },
      targets: [
        { virtual_key: "research", override_params: { max_tokens: 50 } },
        {
          virtualKey: "bedrock-production",
          overrideParams: { seed: 7, model: "us.amazon.nova-lite-v1:0" },
        },
        { strategy: { mode: "loadbalance" }, targets: [{ weight: 3, aws_region: "us-west-2" }, {}] },
      ],
    });
    expect(faults).toEqual([]);
  });

  test("a condition that is emptied is written anew where it stood", async () => {
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/configs/new`);
    await page.getByLabel("Begin with").selectOption("A dearer model for some");
    const tree = page.getByRole("list", { name: "The config as a tree" });
    await tree.getByRole("button", { name: /conditional/ }).click();
    const condition = page.getByLabel(/^If/);
    await condition.fill("");
    expect(await condition.inputValue()).toBe("");
    const typed = '{"metadata.plan": "free"}';
    await condition.pressSequentially(typed);
    expect(await condition.inputValue()).toBe(typed);
    await tree.getByText('{"metadata.plan":"free"}').waitFor();
    expect(faults).toEqual([]);
  });

  test("what the text says is in the tree, what is taken out of the tree is gone from the text, and comes back", async () => {
    await stand();
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/configs/new`);
    const tree = page.getByRole("list", { name: "The config as a tree" });
    await write(page, '{"strategy": {"mode": "fallback"}, "targets": [{"name": "one"}, {"name": "two"}]}');
    await tree.getByRole("button", { name: /^one/ }).waitFor();
    await tree.getByRole("button", { name: /^two/ }).click();
    await page.getByRole("button", { name: "Take out" }).click();
    const text = () => page.locator(".cm-content").innerText();
    await expect.poll(text, { timeout: patienceMs }).not.toContain('"two"');
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(text, { timeout: patienceMs }).toContain('"two"');
    await tree.getByRole("button", { name: /^two/ }).waitFor();
    await write(page, "{ no JSON");
    await page.getByText("Nothing to draw").waitFor();
    expect(await page.getByRole("button", { name: "Undo" }).isDisabled()).toBe(true);
    expect(faults).toEqual([]);
  });

  test("a guardrail is made on its page, named in a config, and refuses", async () => {
    const { key } = await stand();
    const { control, url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/guardrails/new`);
    await page.getByLabel("Name", { exact: true }).fill("No secrets");
    await page.getByLabel("Kind").selectOption("default.contains");
    await page.getByRole("textbox", { name: "Parameters" }).fill('{"operator": "none", "words": ["Rumpelstiltskin"]}');
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("In configs").waitFor();
    const slug = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    const headers = {
      authorization: `Bearer ${key}`,
      "x-adit-config": JSON.stringify({ input_guardrails: [slug] }),
    };
    const asked = (content: string) => ({ model: "us.amazon.nova-lite-v1:0", messages: [{ role: "user", content }] });
    const ask = async (content: string) =>
      (await control.ask("POST", "/v1/chat/completions", asked(content), headers)).status;
    expect(await ask("I am Rumpelstiltskin")).toBe(446);
    expect(await ask("hello")).toBe(200);
    await page.getByLabel("What fails").selectOption({ label: "passes, and the caller is told" });
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved. It counts at once.").waitFor();
    expect(await ask("I am Rumpelstiltskin")).toBe(246);
    await page.getByRole("tab", { name: "Versions" }).click();
    await page.getByRole("button", { name: "Use it again" }).click();
    await page.getByText("Version 1 is in use again, as version 3.").waitFor();
    expect(await ask("I am Rumpelstiltskin")).toBe(446);
    expect(faults).toEqual([]);
  });
});
