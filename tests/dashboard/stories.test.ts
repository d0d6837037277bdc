/** What people come to the pages for, done as they do it. */
import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { callModel, furnish, type Furnished } from "./furnish.ts";
import { openPage, patienceMs, withDashboard } from "./pages.ts";

withDashboard("stories", (dashboard) => {
  let made: Promise<Furnished> | undefined;
  const furnished = () => (made ??= furnish(dashboard().control));

  test("K12 a wrong secret is told as such, with what to do, and the right one replaces it", async () => {
    const { control, url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    const { accessKeyId, secretAccessKey } = control.emulator.credential;
    await openPage(page, `${url}/credentials/new`);
    await page.getByLabel("Name", { exact: true }).fill("Typed badly");
    await page.getByLabel("Access key ID").fill(accessKeyId);
    await page.getByLabel("Secret access key").fill("wrong0000000000000000000000000000000wrong");
    await page.getByRole("button", { name: "Store and test" }).click();
    await page.getByText("It does not work yet").waitFor();
    const stage = page.getByRole("listitem").filter({ hasText: "AWS knows who it is: failed" });
    expect(await stage.innerText()).toMatch(/signature/i);
    expect(await stage.locator(".remedy").innerText()).toMatch(/secret/i);
    // How it went is there for others too, and after the page is loaded anew.
    const viewer = await openAs("viewer");
    await openPage(viewer.page, `${url}/credentials?search=typed`);
    const row = viewer.page.getByRole("row").filter({ hasText: "Typed badly" });
    expect(await row.innerText()).toMatch(/failed: identity\s+this minute/);
    const lastTest = page.locator(".facts > div").filter({ hasText: "Last test" });
    await lastTest.getByText("failed: identity").waitFor();
    expect(await lastTest.innerText()).toMatch(/InvalidSignatureException\s+in us-east-1/);

    await page.getByLabel("I have a new one").check();
    await page.getByLabel("Access key ID").fill(accessKeyId);
    await page.getByLabel("Secret access key").fill(secretAccessKey);
    await page.getByRole("button", { name: "Replace" }).click();
    await page.getByText("Saved.").waitFor();
    // Stages are told as they end: one is done, and the next is waited for, long enough to be seen on a busy machine.
    control.emulator.faultNext({ kind: "delay", ms: 6_000, operation: "ListInferenceProfiles" });
    await page.getByRole("button", { name: "Test" }).press("Enter");
    await page.locator(".stage-ok + .stage-waiting").waitFor();
    // Whoever works by keyboard is where they were, meanwhile and afterwards, and a second press begins nothing.
    const focused = page.locator("button:focus");
    expect(await focused.getAttribute("aria-busy")).toBe("true");
    await page.keyboard.press("Enter");
    expect(await page.locator(".stage-ok").count()).toBeGreaterThan(0);
    await page.getByText("It works in us-east-1.").waitFor();
    expect(await focused.innerText()).toBe("Test again");
    await lastTest.getByText("ok", { exact: true }).waitFor();
    await openPage(viewer.page, `${url}/credentials/typed-badly`);
    expect(await viewer.page.locator(".facts > div").filter({ hasText: "Last test" }).innerText()).toMatch(
      /ok\s+in us-east-1\s+this minute/,
    );
    expect(viewer.faults).toEqual([]);
    expect(faults).toEqual([]);
  });

  test("K13 a region that is none is refused at its field", async () => {
    const { control, url, openAs } = dashboard();
    const { page } = await openAs("member");
    const { accessKeyId, secretAccessKey } = control.emulator.credential;
    await openPage(page, `${url}/credentials/new`);
    await page.getByLabel("Name", { exact: true }).fill("Zone");
    await page.getByLabel("Access key ID").fill(accessKeyId);
    await page.getByLabel("Secret access key").fill(secretAccessKey);
    const region = page.getByRole("combobox", { name: /^Region/ });
    await region.fill("us-west-2a");
    await page.getByRole("button", { name: "Store and test" }).click();
    await page.getByText("It was not stored").waitFor();
    expect(await region.getAttribute("aria-invalid")).toBe("true");
    await region.fill(" us-west-2 ");
    await page.getByRole("button", { name: "Store and test" }).click();
    await page.getByText("It works in us-west-2.").waitFor();
  });

  test("a key is made with bounds, shown once, rotated, and deleted by its name", async () => {
    const { url, openAs, control } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/keys/new`);
    await page.getByLabel("Name", { exact: true }).fill("Reports");
    await page.getByText("Bounds: models").click();
    await page.getByLabel("Allowed models").fill("amazon.nova-*");
    await page.getByRole("button", { name: "Make the key" }).click();
    await page.getByText("Copy the key now.").waitFor();
    const text = await page.locator(".callout .copy-text code").innerText();
    expect(text).toMatch(/^adit_sk_/);
    await callModel(control, text, "hello");
    await page.getByRole("link", { name: "Its terms" }).click();
    await page.getByText("Texts that count").waitFor();
    expect(await page.content()).not.toContain(text);

    await page.getByRole("button", { name: "Rotate" }).click();
    await page.getByLabel("The old text stops").selectOption("at once");
    await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
    await page.getByText("Copy the new key now.").waitFor();
    const headers = { authorization: `Bearer ${text}` };
    expect((await control.ask("POST", "/v1/chat/completions", {}, headers)).status).toBe(401);

    await page.getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog");
    expect(await dialog.innerText()).toContain("gets 401 from now on");
    expect(await dialog.getByRole("button", { name: "Delete" }).isDisabled()).toBe(true);
    await dialog.getByLabel("Type Reports to confirm").fill("Reports");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.getByText("Reports was deleted.").waitFor();
    expect(faults).toEqual([]);
  });

  test("a deletion says what it would break", async () => {
    await furnished();
    const { url, openAs } = dashboard();
    const { page } = await openAs("member");
    await openPage(page, `${url}/credentials/bedrock-production`);
    await page.getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("This breaks:").waitFor();
    for (const use of ["Key Billing service", "Config Two regions", "Connector Summaries"]) {
      expect(await dialog.innerText()).toContain(use);
    }
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });

    await page.getByRole("button", { name: "Switch off" }).click();
    await dialog.getByText("This breaks:").waitFor();
    await dialog.getByRole("button", { name: "Switch off" }).click();
    await page.getByText("Bedrock production is switched off.").waitFor();
    // As well to be read as the words beside it: the message has the colours of the other theme.
    const colourOf = (part: string) =>
      page.evaluate<string>(`getComputedStyle(document.querySelector("${part}")).color`);
    expect(await colourOf(".message .button")).toBe(await colourOf(".message"));
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Bedrock production is switched on.").waitFor();
    await page.getByRole("button", { name: "Switch off" }).waitFor();
  });

  test("a provider shows what it follows, changes what is its own, and stays off with it", async () => {
    await furnished();
    const { control, url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    const terms = { name: "For billing", slug: "for-billing", integration_id: "research" };
    expect((await control.ask("POST", "/v1/providers", terms)).status).toBe(200);
    await openPage(page, `${url}/credentials/for-billing`);
    await page.getByRole("link", { name: "@research" }).waitFor();
    expect(await page.getByLabel("Allowed models").count()).toBe(0);
    expect(await page.getByText("Replace the secret").count()).toBe(0);
    await page.getByLabel("Note").fill("Until May");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved.").waitFor();
    expect((await control.ask("GET", "/v1/virtual-keys/for-billing")).body).toMatchObject({ note: "Until May" });
    await control.ask("PUT", "/v1/virtual-keys/research", { disabled: true });
    await page.reload();
    await page.getByRole("button", { name: "Switch on" }).click();
    await page.getByText("It stays off as long as its integration research is switched off.").waitFor();
    await control.ask("PUT", "/v1/virtual-keys/research", { disabled: false });
    await control.ask("DELETE", "/v1/providers/for-billing");
    expect(faults).toEqual([]);
  });

  test("a credential tells AWS of whom calls are for; its use is seen on its page, in the list, and at the model", async () => {
    const { key } = await furnished();
    const { control, url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await callModel(control, key, "hello");
    await openPage(page, `${url}/credentials/research`);
    // It expires: its bounds stand open.
    await page.getByLabel("Request metadata").fill("app=key\nteam=metadata.team");
    await page.getByLabel("Session tags").fill("project=nowhere");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("It was not saved").waitFor();
    expect(await page.getByLabel("Session tags").getAttribute("aria-invalid")).toBe("true");
    await page.getByLabel("Session tags").fill("project=project");
    await page.getByLabel("Session name").fill("key");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved.").waitFor();
    const saved = await control.ask<{ attribution: object }>("GET", "/v1/virtual-keys/research");
    expect(saved.body.attribution).toEqual({
      request_metadata: { app: "key", team: "metadata.team" },
      session_tags: { project: "project" },
      session_name: "key",
    });
    await openPage(page, `${url}/credentials?search=bedrock`);
    await page
      .getByRole("row")
      .filter({ hasText: "Bedrock production" })
      .getByText(/^\d+ calls?/)
      .waitFor();
    expect(await page.getByText("Research account").count()).toBe(0);
    await page.getByRole("link", { name: "Bedrock production" }).click();
    await page
      .getByRole("main")
      .getByRole("link", { name: /minute/ })
      .waitFor();
    await openPage(page, `${url}/models/amazon.nova-lite-v1:0`);
    const row = (name: string) => page.getByRole("row").filter({ hasText: name });
    await row("Bedrock production")
      .getByText(/^\d+ calls?/)
      .waitFor();
    expect(await row("Bedrock production").innerText()).toContain("allow it");
    expect(await row("Research account").innerText()).toContain("no call");
    await row("Bedrock production").getByRole("link", { name: "Test with it" }).click();
    expect(await page.getByLabel("Model to ask").inputValue()).toBe("amazon.nova-lite-v1:0");
    expect(faults).toEqual([]);
  });

  test("S08 a connector is filled in from a model's sample, checked, stored, and called", async () => {
    await furnished();
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/connectors/new`);
    await page.getByLabel("Name", { exact: true }).first().fill("Questions");
    await page.getByLabel("Stored credential").selectOption("bedrock-production");
    await page.getByLabel("Model ID").fill("mistral.mistral-7b-instruct-v0:2");
    expect(await page.getByLabel("Request format").inputValue()).toContain("[INST]");
    await page.getByRole("button", { name: "Check the connection" }).click();
    await page.getByText("The model answered.").waitFor();
    await page.getByRole("button", { name: "Add an input" }).click();
    await page.getByLabel("Place in the request").fill("prompt");
    await page.getByLabel("Value", { exact: true }).fill("{{question}}");
    await page.getByRole("button", { name: "Add an output" }).click();
    const output = page.getByRole("group", { name: "Output 1" });
    await output.getByLabel("Name").fill("answer");
    await output.getByLabel("JSONPath").fill("$.outputs[0].text");
    await page.getByRole("button", { name: "Store" }).click();
    await page.getByRole("heading", { level: 1, name: "Questions" }).waitFor();
    await page.getByRole("button", { name: "Call it" }).click();
    const outputs = page.getByRole("region", { name: "the outputs" });
    await outputs.waitFor();
    expect(JSON.parse(await outputs.innerText())).toEqual({ answer: expect.stringContaining("An adit leads") });
    expect(faults).toEqual([]);
  });

  test("a person is added, given a role, and their changes are in the audit log", async () => {
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("admin");
    await openPage(page, `${url}/settings`);
    await page.getByRole("button", { name: "Add a person" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Grace Hopper");
    await dialog.getByLabel("E-mail address").fill("grace@example.com");
    await dialog.getByLabel("First password").fill("a password of hers");
    await dialog.getByRole("button", { name: "Add" }).click();
    await page.getByText("Grace Hopper may sign in.").waitFor();
    await page.getByRole("tab", { name: "Members of" }).click();
    await page.getByLabel("Person").selectOption({ label: "Grace Hopper (grace@example.com)" });
    await page.getByRole("button", { name: "Give the role" }).click();
    await page.getByText("Grace Hopper is member of").waitFor();
    await page.getByRole("tab", { name: "Master key" }).click();
    await page.getByRole("button", { name: "Rotate" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rotate" }).click();
    await page.getByText(/secrets? (is|are) under/).waitFor();
    await openPage(page, `${url}/audit?action=person.create`);
    await page.getByRole("button", { name: "Show" }).first().click();
    expect(await page.getByRole("region", { name: "what changed" }).innerText()).toContain("grace@example.com");
    expect(faults).toEqual([]);
  });

  test("what a form did not touch stays as somebody else saved it meanwhile", async () => {
    const { control, url, openAs } = dashboard();
    const { page, faults } = await openAs("admin");
    const key = { name: "Shared key", scopes: ["completions.write"], defaults: { metadata: { team: "one" } } };
    const { id } = (await control.ask<{ id: string }>("POST", "/v1/api-keys/workspace/service", key)).body;
    await openPage(page, `${url}/keys/${id}`);
    await page.getByLabel("Name", { exact: true }).fill("Shared key, renamed");
    const bounds = { allowed_models: ["amazon.*"], defaults: { allow_config_override: false } };
    await control.ask("PUT", `/v1/api-keys/${id}`, bounds);
    await page.getByLabel("Metadata").fill("team=two");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved. It counts at once.").waitFor();
    const { body } = await control.ask<typeof key & typeof bounds>("GET", `/v1/api-keys/${id}`);
    expect([body.name, body.allowed_models]).toEqual(["Shared key, renamed", ["amazon.*"]]);
    expect(body.defaults).toMatchObject({ metadata: { team: "two" }, allow_config_override: false });

    const person = { email: "leaver@example.com", name: "Leaver" };
    const leaver = await control.ask<{ id: string }>("POST", "/v1/people", person);
    await openPage(page, `${url}/settings`);
    await page.getByRole("button", { name: "Change Leaver" }).click();
    await page.getByRole("dialog").getByLabel("Name").fill("Leaver, gone");
    await control.ask("PUT", `/v1/people/${leaver.body.id}`, { disabled: true });
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved.").waitFor();
    const after = await control.ask<{ name: string; status: string }>("GET", `/v1/people/${leaver.body.id}`);
    expect(after.body).toMatchObject({ name: "Leaver, gone", status: "disabled" });
    expect(faults).toEqual([]);
  });

  test("of two who change one guardrail, config or prompt the second is told before the first's change is undone", async () => {
    const { control, url, openAs } = dashboard();
    const check = (maxWords: number) => [{ id: "default.wordCount", parameters: { maxWords } }];
    await control.ask("POST", "/v1/guardrails", { name: "Both change it", slug: "pg-both", checks: check(9) });
    const config = (attempts: number) => ({ retry: { attempts } });
    await control.ask("POST", "/v1/configs", { name: "Both change it", slug: "pc-both", config: config(1) });
    const string = (text: string) => [{ role: "user", content: text }];
    await control.ask("POST", "/v1/prompts", { name: "Both change it", slug: "pp-both", string: string("One") });
    const changes = [
      ["/v1/guardrails/pg-both", "guardrails/pg-both", { checks: check(1) }, "version"],
      ["/v1/configs/pc-both", "configs/pc-both", { config: config(2) }, "version"],
      ["/v1/prompts/pp-both", "prompts/pp-both", { string: string("Two") }, "latest_version"],
    ] as const;
    const { page, faults } = await openAs("member");
    for (const [path, shown, change, field] of changes) {
      await openPage(page, `${url}/${shown}`);
      await page.getByLabel("Name", { exact: true }).fill("Renamed by the second");
      expect((await control.ask("PUT", path, change)).status).toBe(200);
      const save = page.getByRole("button", { name: /^Save/ });
      await save.click();
      await page.getByText("It was not saved: somebody saved another version").waitFor();
      await page.getByText("What you save now comes after it, without its changes.").waitFor();
      const kept = (await control.ask<Record<string, unknown>>("GET", path)).body;
      expect([kept["name"], kept[field]]).toEqual(["Both change it", 2]);
      // Who presses once more means it.
      await save.click();
      await page
        .getByText(/^Saved/)
        .first()
        .waitFor();
      expect((await control.ask<{ name: string }>("GET", path)).body.name).toBe("Renamed by the second");
    }
    expect(faults).toEqual([]);
  });

  test("of two who change one partial the second is told before the first's change is undone", async () => {
    const { control, url, openAs } = dashboard();
    const path = "/v1/prompts/partials/pp-both-tone";
    await control.ask("POST", "/v1/prompts/partials", { name: "Both change it", slug: "pp-both-tone", string: "One" });
    const newest = async () => (await control.ask("GET", `${path}@latest`)).body;
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/prompts?tab=partials`);
    await page.getByRole("button", { name: "Change Both change it" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Text").fill("The second's");
    await control.ask("PUT", path, { string: "The first's" });
    const save = dialog.getByRole("button", { name: "Save and publish" });
    await save.click();
    await dialog.getByText("It was not saved: somebody saved another version").waitFor();
    await dialog.getByText("What you save now comes after it, without its changes.").waitFor();
    expect(await newest()).toMatchObject({ string: "The first's", latest_version: 2, published_version: 1 });
    await save.click();
    await page.getByText("Saved and published.").waitFor();
    expect(await newest()).toMatchObject({ string: "The second's", latest_version: 3, published_version: 3 });
    expect(faults).toEqual([]);
  });

  test("a budget runs out, and its page says so", async () => {
    const { key } = await furnished();
    const { control, url, openAs } = dashboard();
    const { page, faults } = await openAs("admin");
    await openPage(page, `${url}/limits`);
    await page.getByRole("button", { name: "Add a budget" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Billing, a day");
    await dialog.getByLabel("For").selectOption("a gateway key");
    await dialog.getByLabel("Which key").selectOption("Billing service");
    await dialog.getByLabel("In", { exact: true }).selectOption("a day");
    await dialog.getByLabel("Dollars").fill("0.0001");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved. It counts at once.").waitFor();
    const headers = { authorization: `Bearer ${key}` };
    const asked = { model: "us.amazon.nova-lite-v1:0", max_tokens: 100, messages: [{ role: "user", content: "hi" }] };
    expect((await control.ask("POST", "/v1/chat/completions", asked, headers)).status).toBe(200);
    const row = page.getByRole("row").filter({ hasText: "Billing, a day" });
    await row.getByText(/\$0\.0000\d+ used, .*left/).waitFor();
    const tooMuch = { ...asked, max_tokens: 5_000 };
    expect((await control.ask("POST", "/v1/chat/completions", tooMuch, headers)).status).toBe(412);

    await page.getByRole("button", { name: "Delete Billing, a day" }).click();
    await page.getByLabel("Type Billing, a day to confirm").fill("Billing, a day");
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("Billing, a day was deleted.").waitFor();
    expect((await control.ask("POST", "/v1/chat/completions", tooMuch, headers)).status).toBe(200);
    expect(faults).toEqual([]);
  });

  test("a prompt is changed, run beside what it was, published, labelled, and called", async () => {
    const { key } = await furnished();
    const { control, url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    const headers = { authorization: `Bearer ${key}` };
    const call = async (prompt: string) => {
      const path = `/v1/prompts/${prompt}/completions`;
      const answer = await control.ask<{ choices: { message: { content: string } }[] }>(
        "POST",
        path,
        { variables: { name: "Ann" } },
        headers,
      );
      expect(answer.status).toBe(200);
      return answer.body.choices[0]?.message.content;
    };
    await openPage(page, `${url}/prompts/pp-welcome`);
    const question = page.getByRole("group", { name: "Message 2" }).getByLabel("Text");
    await question.fill("Not to be saved.");
    await page.getByRole("link", { name: "Configs" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
    await page.getByRole("heading", { level: 1, name: "Configs" }).waitFor();
    await openPage(page, `${url}/prompts/pp-welcome`);
    expect(await question.inputValue()).toBe("Greet {{name}}.");
    await question.fill("Say farewell to {{name}}.");
    // What is typed is there still when another part has been looked at.
    await page.getByRole("tab", { name: "Versions" }).click();
    await page.getByRole("tab", { name: "Change" }).click();
    await page.getByLabel("Tools").fill("{nope");
    await page.getByText("This is no JSON.").waitFor();
    await page.getByLabel("Tools").fill("");
    await page.getByLabel("What is new").fill("A farewell");
    await page.getByRole("button", { name: "Save as a new version" }).click();
    await page.getByText("Saved as version 2. It is not published yet.").waitFor();
    expect(await call("pp-welcome")).toContain("Greet Ann.");

    await page.getByRole("tab", { name: "Run and compare" }).click();
    await page.getByLabel("name", { exact: true }).fill("Ann");
    // Its partial asks for it.
    await page.getByLabel("mood", { exact: true }).fill("kind");
    await page.getByLabel("Beside the newest, run").selectOption("1");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByText("Say farewell to Ann.").waitFor();
    await page.getByText("Greet Ann.").waitFor();
    const seen = control.emulator.requests.filter(({ operation }) => operation === "ConverseStream");
    expect(seen.at(-1)?.body.toString()).toContain("Be kind.");

    await page.getByRole("tab", { name: "Versions" }).click();
    const difference = page.getByRole("region", { name: "what version 2 changed" });
    expect(await difference.locator(".line-new").allInnerTexts()).toContainEqual(
      expect.stringContaining("Say farewell to {{name}}."),
    );
    await page.getByLabel("Label of version 2").selectOption("staging");
    await page.getByRole("button", { name: "Point it here" }).click();
    await page.getByText("pp-welcome@staging is this version.").waitFor();
    expect(await call("pp-welcome@staging")).toContain("Say farewell to Ann.");
    await page.getByRole("button", { name: "Publish version 2" }).click();
    await page.getByText("Version 2 is published").waitFor();
    expect(await call("pp-welcome")).toContain("Say farewell to Ann.");
    const undo = page.getByRole("button", { name: "Undo" });
    // It stands out from a message's dark ground as the words beside it do.
    const colourOf = (place: Locator) =>
      place.evaluate<string, unknown>("(element) => getComputedStyle(element).color");
    expect(await colourOf(undo)).toBe(await colourOf(undo.locator("..")));
    await undo.click();
    await page.getByText("Version 1 is published").waitFor();
    expect(await call("pp-welcome")).toContain("Greet Ann.");
    expect(faults).toEqual([]);
  });

  test("a run shows the call that a prompt's functions of OpenAI's older form lead to", async () => {
    const { control, url, openAs } = dashboard();
    const string = JSON.stringify([{ role: "user", content: [{ type: "text", text: "What is the weather?" }] }]);
    const parameters = {
      model: "us.amazon.nova-lite-v1:0",
      functions: [{ name: "look_outside", parameters: { type: "object" } }],
    };
    const stored = { name: "Older", slug: "pp-older", string, parameters };
    expect((await control.ask("POST", "/v1/prompts", stored)).status).toBe(200);
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/prompts/pp-older`);
    await page.getByRole("tab", { name: "Run and compare" }).click();
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByText("look_outside({})").waitFor();
    expect(faults).toEqual([]);
  });

  test("a label of one's own and a collection are made, used by a prompt, and told apart from what would break", async () => {
    const { key } = await furnished();
    const { control, url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/prompts?tab=collections`);
    await page.getByRole("button", { name: "Add a collection" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Farewells");
    await dialog.getByLabel("Lies in").selectOption("Support");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByText("Farewells is saved.").waitFor();
    await page.getByRole("tab", { name: "Labels" }).click();
    await page.getByRole("button", { name: "Add a label" }).click();
    await dialog.getByLabel("Name").fill("beta");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.getByText("beta is saved.").waitFor();

    await openPage(page, `${url}/prompts/new`);
    await page.getByLabel("Name", { exact: true }).fill("Goodbye");
    await page.getByLabel("Collection", { exact: true }).selectOption("Support / Farewells");
    await page.getByRole("button", { name: "Save and publish" }).click();
    await page.getByRole("heading", { level: 1, name: "Goodbye" }).waitFor();
    const slug = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    await page.getByRole("tab", { name: "Versions" }).click();
    await page.getByLabel("Label of version 1").selectOption("beta");
    await page.getByRole("button", { name: "Point it here" }).click();
    await page.getByText(`${slug}@beta is this version.`).waitFor();
    const headers = { authorization: `Bearer ${key}` };
    const path = `/v1/prompts/${slug}@beta/completions`;
    const body = { variables: { thing: "an adit" }, virtual_key: "bedrock-production" };
    expect((await control.ask("POST", path, body, headers)).status).toBe(200);

    await openPage(page, `${url}/prompts`);
    await page.getByLabel("Collection", { exact: true }).selectOption("Support / Farewells");
    await page.getByRole("link", { name: "Welcome" }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Goodbye" }).waitFor();
    await page.getByRole("tab", { name: "Labels" }).click();
    await page.getByRole("button", { name: "Delete beta" }).click();
    expect(await dialog.innerText()).toContain("Calls that name @beta fail");
    await dialog.getByLabel("Type beta to confirm").fill("beta");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await dialog.waitFor({ state: "detached" });
    expect((await control.ask("POST", path, body, headers)).status).not.toBe(200);
    await page.getByRole("tab", { name: "Collections" }).click();
    await page.getByRole("button", { name: "Delete Farewells" }).click();
    await dialog.getByRole("button", { name: "Delete" }).click();
    // A prompt lies in it: it stays, and the gateway says why.
    await dialog.getByRole("alert").waitFor();
    expect(faults).toEqual([]);
  });

  test("times are the reader's own, and UTC when pointed at", async () => {
    const { keyId } = await furnished();
    const { url, openAs } = dashboard();
    const { page } = await openAs("member", { timezoneId: "Asia/Tokyo", locale: "en-GB" });
    await openPage(page, `${url}/keys/${keyId}`);
    const moment = page.getByRole("main").locator("time").first();
    const at = new Date((await moment.getAttribute("datetime")) ?? "");
    expect(await moment.getAttribute("title")).toBe(`${at.toISOString().replace("T", " ").replace("Z", "")} UTC`);
    const local = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Tokyo", hour: "2-digit", minute: "2-digit" });
    expect(await moment.innerText()).toContain(local.format(at));
  });

  test("the keyboard alone opens and leaves a dialog, and is in the page when it opens", async () => {
    await furnished();
    const { url, openAs } = dashboard();
    const { page } = await openAs("member");
    await openPage(page, `${url}/credentials/bedrock-production`);
    await page.getByRole("button", { name: "Switch off" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await expect
      .poll(() => page.evaluate<string>("document.activeElement.textContent"), { timeout: patienceMs })
      .toBe("Switch off");
    // A page that opens takes the focus to its title: what is in the page comes next, not the navigation again.
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "Bedrock production" }).waitFor();
    await page.getByRole("button", { name: "Switch off" }).waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate<string>("document.activeElement.textContent")).toBe("Switch off");
  });
});
