/** What a page says is so: of what could not be read, of who is signed in, of what would break, of whom a role is given to. */
import { expect, test } from "vitest";
import { makePerson, openPage, password, patienceMs, withDashboard } from "./pages.ts";

const away = { error: { message: "The store is away.", code: "store_unavailable" } };

/** Time enough for a reader to go elsewhere. */
const lateMs = 1_500;

withDashboard("told", (dashboard) => {
  test("what could not be read on, or anew, is told beside what is there", async () => {
    const { control, url, openAs } = dashboard();
    for (let number = 1; number <= 51; number += 1) {
      const config = { name: `Config ${number}`, config: { retry: { attempts: 2 } } };
      expect((await control.ask("POST", "/v1/configs", config)).status).toBe(200);
    }
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/configs`);
    await page.route("**/v1/configs?*after=*", (route) => route.fulfill({ status: 503, json: away }));
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByRole("alert").getByText("The store is away.").waitFor();
    expect(await page.getByText("50 of 51").count()).toBe(1);
    await page.unroute("**/v1/configs?*after=*");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Show more" }).click();
    await page.getByText("51 in all").waitFor();
    expect(faults).toEqual([]);
  });

  test("a gateway that is away for a moment takes nothing from a page that stands", async () => {
    const { url, openAs } = dashboard();
    const { page, context, faults } = await openAs("member");
    await openPage(page, `${url}/prompts/new`);
    const name = page.getByLabel("Name", { exact: true });
    await name.fill("Typed for long");
    let isCut = true;
    let refused = 0;
    await context.route(/\/v1\/(?:session|projects)/, async (route) => {
      if (!isCut) return route.continue();
      refused += 1;
      return route.fulfill({ status: 502, contentType: "text/html", body: "<html>Bad Gateway</html>" });
    });
    const comeBack = () => page.evaluate('document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))');
    await comeBack();
    // It is asked a second time before it counts as failed.
    await expect.poll(() => refused, { timeout: patienceMs }).toBeGreaterThan(1);
    await page.waitForTimeout(300);
    expect(await name.inputValue()).toBe("Typed for long");
    isCut = false;
    await comeBack();
    await page.getByRole("textbox", { name: "Text" }).first().fill("Be kind.");
    await page.getByRole("button", { name: "Save and publish" }).click();
    await page.getByRole("heading", { level: 1, name: "Typed for long" }).waitFor();
    expect(faults).toEqual([]);
  });

  test("what is deleted is left without a question, also where something was typed of it", async () => {
    const { control, url, openAs } = dashboard();
    await control.ask("POST", "/v1/configs", { name: "Gone", slug: "pc-gone", config: { retry: { attempts: 2 } } });
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/configs/pc-gone`);
    await page.getByLabel("Name", { exact: true }).fill("Typed");
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByLabel("Type pc-gone to confirm").fill("pc-gone");
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("heading", { level: 1, name: "Configs" }).waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test("what fails after its dialog was closed, or its page was left, is told", async () => {
    const { control, url, openAs } = dashboard();
    const key = { name: "Stays", scopes: ["completions.write"] };
    const { id } = (await control.ask<{ id: string }>("POST", "/v1/api-keys/workspace/service", key)).body;
    const { page, faults } = await openAs("member");
    await page.route(`**/v1/api-keys/${id}`, async (route) => {
      if (route.request().method() === "GET") return route.fallback();
      await page.waitForTimeout(lateMs);
      return route.fulfill({ status: 503, json: away });
    });
    const told = page.getByRole("status").getByText("It was not done: The store is away.");
    await openPage(page, `${url}/keys/${id}`);
    await page.getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/^Type/).fill("Stays");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await told.waitFor();
    await told.waitFor({ state: "detached" });
    await page.getByLabel("Name", { exact: true }).fill("Another name");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("link", { name: "← Keys" }).click();
    await page.getByRole("heading", { level: 1, name: "Keys" }).waitFor();
    await told.waitFor();
    expect(faults).toEqual([]);
  });

  test("choices that could not be read are told, and one that is gone can be chosen away", async () => {
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/prompts?collection=gone`);
    const collection = page.getByLabel("Collection", { exact: true });
    await expect.poll(() => collection.inputValue()).toBe("gone");
    await collection.selectOption("all");
    await page.getByRole("alert").waitFor({ state: "detached" });
    expect(new URL(page.url()).searchParams.get("collection")).toBe(null);
    await page.route(/\/v1\/(?:virtual-keys|collections)\?/, (route) => route.fulfill({ status: 503, json: away }));
    await openPage(page, `${url}/prompts/new`);
    await expect.poll(() => page.getByText("The choices could not be read. The store is away.").count()).toBe(2);
    expect(faults).toEqual([]);
  });

  test("people and kinds of checks that could not be read are told, and are not taken for none", async () => {
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("admin");
    await page.route(/\/v1\/(?:people\?|guardrails\/checks)/, (route) => route.fulfill({ status: 503, json: away }));
    await openPage(page, `${url}/settings?tab=members`);
    await page.getByRole("alert").getByText("The store is away.").waitFor();
    await openPage(page, `${url}/guardrails/new`);
    await page.getByRole("alert").getByText("The store is away.").waitFor();
    expect(await page.getByText("No check of this name is known here.").count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test("of a config that could not be tried it is not said that its calls would be refused", async () => {
    const { control, url, openAs } = dashboard();
    await control.ask("POST", "/v1/configs", { name: "Tried", slug: "pc-tried", config: { retry: { attempts: 2 } } });
    const { page, faults } = await openAs("member");
    await page.route("**/v1/configs/dry-run?*", (route) => route.fulfill({ status: 503, json: away }));
    await openPage(page, `${url}/configs/pc-tried`);
    await page.getByRole("alert").getByText("It could not be tried").waitFor();
    expect(await page.getByText("A call with this config would be refused").count()).toBe(0);
    // The text has no fault of its own.
    expect(await page.locator(".field-error, .cm-lint-marker").count()).toBe(0);
    await page.unroute("**/v1/configs/dry-run?*");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("heading", { name: "If it fails" }).waitFor();
    expect(faults).toEqual([]);
  });

  test("a status that a link names is told, and can be chosen away", async () => {
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("viewer");
    for (const path of ["/logs", "/analytics"]) {
      await openPage(page, `${url}${path}?status=404`);
      const status = page.getByRole("combobox", { name: "Status" });
      expect(await status.inputValue()).toBe("404");
      await status.selectOption("any");
      await expect.poll(() => new URL(page.url()).searchParams.has("status")).toBe(false);
    }
    expect(faults).toEqual([]);
  });

  test("a test of a credential that breaks off is told, and is none that has ended", async () => {
    const { control, url, openAs } = dashboard();
    await control.ask("POST", "/v1/virtual-keys", { name: "Cut", slug: "cut", kind: "server_chain", credential: {} });
    const { page, faults } = await openAs("member");
    const stage = { stage: "shape", status: "ok", message: "It is whole.", duration_ms: 1 };
    const body = `event: stage\ndata: ${JSON.stringify(stage)}\n\n`;
    await page.route("**/v1/virtual-keys/cut/test?*", (route) =>
      route.fulfill({ status: 200, contentType: "text/event-stream", body }),
    );
    await openPage(page, `${url}/credentials/cut`);
    await page.getByRole("button", { name: "Test", exact: true }).click();
    await page.getByRole("alert").getByText("The test broke off before its end.").waitFor();
    expect(faults).toEqual([]);
  });

  test("what the gateway thinks of a secret is told where it was replaced, and after it was stored", async () => {
    const { control, url, openAs } = dashboard();
    const kept = { aws_access_key_id: "AKIAIOSFODNN7EXAMPLE", aws_secret_access_key: "a".repeat(40) };
    await control.ask("POST", "/v1/virtual-keys", { name: "Pair", slug: "pair", kind: "access_key", credential: kept });
    const { page, faults } = await openAs("member");
    const fill = async () => {
      await page.getByLabel("Access key ID").fill("AKIAIOSFODNN7EXAMPLE");
      await page.getByLabel("Secret access key").fill("half-of-it");
    };
    const told = page.getByText("part of it may be missing");
    await openPage(page, `${url}/credentials/pair`);
    await page.getByLabel("I have a new one").check();
    await fill();
    await page.getByRole("button", { name: "Replace" }).click();
    await told.waitFor();
    await openPage(page, `${url}/credentials/new`);
    await page.getByLabel("Name", { exact: true }).fill("Half");
    await fill();
    await page.getByRole("button", { name: "Store and test" }).click();
    await told.waitFor();
    expect(faults).toEqual([]);
  });

  test("that a connection works is told of the terms that were checked, and of no others", async () => {
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/connectors/new`);
    await page.getByLabel("Model ID").fill("amazon.nova-lite-v1:0");
    await page.getByRole("button", { name: "Check the connection" }).click();
    await page.getByText("The model answered.").waitFor();
    await page.getByLabel("Model ID").fill("amazon.nova-pro-v1:0");
    await page.getByText("The model answered.").waitFor({ state: "detached" });
    let isAsked = false;
    await page.route("**/v1/connectors/check_connection?*", async (route) => {
      isAsked = true;
      await page.waitForTimeout(lateMs);
      return route.fallback();
    });
    await page.getByRole("button", { name: "Check the connection" }).click();
    await expect.poll(() => isAsked).toBe(true);
    await page.getByLabel("Model ID").fill("amazon.nova-none-v1:0");
    await page.waitForTimeout(2 * lateMs);
    expect(await page.getByText("The model answered.").count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test("of which pair a secret access key is, is told beside it", async () => {
    const { control, url, openAs } = dashboard();
    const key = { name: "Two pairs", scopes: ["completions.write"] };
    const { id } = (await control.ask<{ id: string }>("POST", "/v1/api-keys/workspace/service", key)).body;
    await control.ask("POST", `/v1/api-keys/${id}/key-pairs`);
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/keys/${id}`);
    const made = page.waitForResponse((answer) => answer.request().method() === "POST");
    await page.getByRole("button", { name: "Make a pair" }).click();
    const { access_key_id } = (await (await made).json()) as { access_key_id: string };
    await page.getByText(`Copy the secret access key of ${access_key_id} now.`).waitFor();
    expect(faults).toEqual([]);
  });

  test("of a limit with more values than are told it is not said that these are all", async () => {
    const { control, url, openAs } = dashboard();
    const budget = {
      name: "Each user",
      scope: "metadata",
      scope_id: "_user",
      unit: "cost",
      amount: "1",
      period: "total",
    };
    const { id } = (await control.ask<{ id: string }>("POST", "/v1/budgets", budget)).body;
    const use = (await control.ask<{ counts: object[] }>("GET", `/v1/budgets/${id}/usage`)).body;
    const count = {
      settled: "0.5",
      held: "0",
      unconfirmed: "0",
      beyond_bounds: "0",
      remaining: "0.5",
      unpriced_calls: 0,
    };
    const counts = Array.from({ length: 100 }, (_none, index) => ({ ...count, value: `user ${index}` }));
    const { page, faults } = await openAs("viewer");
    let has_more = true;
    await page.route(`**/v1/budgets/${id}/usage`, (route) => route.fulfill({ json: { ...use, counts, has_more } }));
    await openPage(page, `${url}/limits`);
    await page.getByText("and more than 95 more values").waitFor();
    has_more = false;
    await page.getByText("and 95 more values").waitFor();
    expect(faults).toEqual([]);
  });

  test("whoever signs out of a session that is over is signed out", async () => {
    const { control, url, open } = dashboard();
    await makePerson(control, { email: "leaves@example.com", role: "viewer" });
    const { page, context, faults } = await open();
    await page.goto(`${url}/sign-in`);
    await page.getByLabel("E-mail address").fill("leaves@example.com");
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("button", { name: /^A viewer/ }).waitFor();
    // A page that asks for nothing by itself: no other answer tells that the session is over.
    await openPage(page, `${url}/models`);
    await context.clearCookies();
    await page.getByRole("button", { name: /^A viewer/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("heading", { level: 1, name: "Sign in to Adit" }).waitFor();
    expect(faults).toEqual([]);
  });

  test("before a credential is switched off or deleted, guardrails, prompts and followers that use it are named", async () => {
    const { control, url, openAs } = dashboard();
    const made = [
      ["/v1/virtual-keys", { name: "Used", slug: "used", kind: "server_chain", credential: {} }],
      [
        "/v1/guardrails",
        {
          name: "Guards by it",
          checks: [
            { id: "bedrock.guard", parameters: { guardrailId: "abc123", guardrailVersion: "1", virtualKey: "used" } },
          ],
          actions: { deny: true },
        },
      ],
      [
        "/v1/prompts",
        { name: "Asks by it", slug: "pp-asks", string: "Hello", model: "amazon.nova-lite-v1:0", virtual_key: "used" },
      ],
      ["/v1/prompts", { name: "Asks by none", string: "Hello", model: "amazon.nova-lite-v1:0" }],
    ] as const;
    for (const [path, body] of made) expect((await control.ask("POST", path, body)).status, path).toBe(200);
    // Published it is without the credential's next version, which names none.
    await control.ask("PUT", "/v1/prompts/pp-asks", { virtual_key: null });
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/credentials/used`);
    for (const verb of ["Delete", "Switch off"]) {
      await page.getByRole("button", { name: verb, exact: true }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("This breaks:").waitFor();
      expect((await dialog.getByRole("listitem").allInnerTexts()).toSorted()).toEqual([
        "Guardrail Guards by it",
        "Prompt Asks by it",
      ]);
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
    }
    expect(faults).toEqual([]);
  });

  test("a role goes to whom the reader chose, and to nobody by itself", async () => {
    const { control, url, openAs } = dashboard();
    const ids = new Map<string, string>();
    for (const name of ["Ada", "Bob"]) {
      const person = { email: `${name.toLowerCase()}@example.com`, name, password };
      ids.set(name, (await control.ask<{ id: string }>("POST", "/v1/people", person)).body.id);
    }
    const { page, faults } = await openAs("admin");
    await openPage(page, `${url}/settings?tab=members`);
    await page.getByRole("button", { name: "Give the role" }).click();
    await page.getByLabel("Person").selectOption({ label: "Ada (ada@example.com)" });
    await page.getByRole("button", { name: "Give the role" }).click();
    await page.getByText("Ada is member of").waitFor();
    // Pressed once more, when the list has been read anew, it gives nobody else one.
    await expect.poll(() => page.getByLabel("Person").inputValue(), { timeout: patienceMs }).toBe("");
    await page.getByRole("button", { name: "Give the role" }).click();
    const { data } = (
      await control.ask<{ data: { name: string; role: string }[] }>("GET", "/v1/projects/default/people")
    ).body;
    expect(data.map(({ name }) => name)).not.toContain("Bob");
    // What another admin gives meanwhile is shown, not what the row said before.
    await control.ask("PUT", `/v1/projects/default/people/${ids.get("Ada") ?? ""}`, { role: "admin" });
    await expect
      .poll(
        async () => {
          // As a browser says it when its reader comes back to the tab.
          await page.evaluate('document.dispatchEvent(new Event("visibilitychange", { bubbles: true }))');
          return page.getByLabel("Role of Ada").inputValue();
        },
        { timeout: patienceMs },
      )
      .toBe("admin");
    expect(faults).toEqual([]);
  });

  test("the playground goes on with another key where its own was deleted", async () => {
    const { control, url, openAs } = dashboard();
    const { page, faults } = await openAs("admin");
    await openPage(page, `${url}/playground`);
    const send = async (text: string) => {
      await page.getByLabel("Message").fill(text);
      await page.getByRole("button", { name: "Send" }).click();
    };
    await send("First");
    await page.getByText('heard: "First"').waitFor();
    const keys = await control.ask<{ data: { id: string }[] }>("GET", "/v1/api-keys?search=Playground");
    await control.ask("DELETE", `/v1/api-keys/${keys.body.data[0]?.id ?? ""}`);
    await expect
      .poll(async () => {
        await send("Second");
        await page.getByRole("button", { name: "Send" }).waitFor();
        return page.getByText("invalid_api_key").count();
      })
      .toBeGreaterThan(0);
    await send("Third");
    await page.getByText('heard: "Third"').waitFor();
    expect(faults).toEqual([]);
  });

  test("what is typed while files are read stays", async () => {
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/playground`);
    await page.getByLabel("Message").fill("Look at");
    const bytes = Buffer.alloc(40 * 1024 * 1024, 1);
    await page
      .getByLabel("Images and files")
      .setInputFiles({ name: "large.bin", mimeType: "text/plain", buffer: bytes });
    await page.getByLabel("Message").fill("Look at this file");
    await page.getByText("large.bin").waitFor();
    expect(await page.getByLabel("Message").inputValue()).toBe("Look at this file");
    expect(faults).toEqual([]);
  });
});
