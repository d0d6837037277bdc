/** The playground: every knob reaches Bedrock, answers stand with their times and exact costs, and what is copied runs. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { furnish, type Furnished } from "./furnish.ts";
import { openPage, withDashboard, type Dashboard } from "./pages.ts";
import { runCopied } from "./run-copied.ts";

const claude = "us.anthropic.claude-sonnet-4-20250514-v1:0";
/** A dot of one pixel. */
const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const weather = JSON.stringify([
  {
    type: "function",
    function: {
      name: "weather",
      description: "Tells the weather",
      parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    },
  },
]);

interface Sent {
  modelId: string | undefined;
  body: Record<string, unknown>;
}

/** What reached Bedrock last. */
function lastSent({ control }: Dashboard): Sent {
  const seen = control.emulator.requests.findLast(({ operation }) => /^(?:Converse|InvokeModel)/.test(operation));
  return { modelId: seen?.modelId, body: JSON.parse(seen?.body.toString() ?? "{}") as Record<string, unknown> };
}

async function openAll(page: Page): Promise<void> {
  for (const title of ["Thinking", "Tools and format", "Bedrock: guardrail", "Fields of the model's own"]) {
    await page.getByRole("main").locator("summary").filter({ hasText: title }).click();
  }
}

async function send(page: Page, text: string): Promise<void> {
  await page.getByLabel("Message").fill(text);
  await page.getByRole("button", { name: "Send", exact: true }).click();
}

withDashboard("the playground", (dashboard) => {
  let made: Promise<Furnished> | undefined;
  const stand = () => (made ??= furnish(dashboard().control));

  test("two models answer one question, with their times, and costs as the ledger has them", async () => {
    await stand();
    const { control, url, openAs } = dashboard();
    const { page, context, faults } = await openAs("member");
    await openPage(page, `${url}/playground`);
    await page.getByRole("button", { name: "Column", exact: true }).click();
    await page.getByRole("region", { name: "Column 2" }).getByLabel("Model").fill("us.amazon.nova-micro-v1:0");
    await send(page, "What is an adit?");
    for (const column of [1, 2]) {
      const facts = page.getByRole("region", { name: `Column ${column}` }).locator(".chips");
      await facts.getByText(/^cost \$0\.0\d+$/).waitFor();
      expect(await facts.innerText()).toMatch(/first word \d+ ms[\s\S]*\d+ in, \d+ out/);
      const id = (await facts.getByRole("link", { name: "in the logs" }).getAttribute("href"))?.split("/").at(-1) ?? "";
      const log = await control.ask<{ cost: string }>("GET", `/v1/logs/${id}`);
      expect(await facts.innerText()).toContain(`cost $${log.body.cost}`);
    }
    // Another tab gets a text of the person's key too, and takes none away.
    const other = await context.newPage();
    await openPage(other, `${url}/playground`);
    await send(other, "And what is a shaft?");
    await other.getByText(/^ended by/).waitFor();
    await send(page, "And a stope?");
    await page.getByRole("region", { name: "Column 1" }).getByText("ended by stop").nth(1).waitFor();
    expect(faults).toEqual([]);
  });

  test("sampling, guardrail, tier, performance, format, fields of the model's own: as they are set they reach Bedrock", async () => {
    await stand();
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/playground`);
    await openAll(page);
    await page.getByRole("textbox", { name: "System" }).fill("You are brief.");
    await page.getByLabel("Max tokens").fill("77");
    await page.getByLabel("Temperature").fill("0.4");
    await page.getByLabel("Top p").fill("0.9");
    await page.getByLabel("Top k").fill("20");
    await page.getByLabel("Stop at").fill("END\nSTOP");
    await page.getByLabel("Service tier").selectOption("flex");
    await page.getByLabel("Region").fill("us-west-2");
    await page.getByLabel("Performance").selectOption("standard");
    await page.getByLabel("Cache point behind the system text").check();
    await page.getByLabel("Cache point behind the question").check();
    await page.getByLabel("Other fields").fill('{"metadata": {"team": "red"}}');
    await send(page, "hello");
    await page.getByText(/^ended by/).waitFor();
    await page.locator(".chips").getByText("us-west-2", { exact: true }).waitFor();
    const { body } = lastSent(dashboard());
    expect(body).toMatchObject({
      system: [{ text: "You are brief." }, { cachePoint: { type: "default" } }],
      messages: [{ role: "user", content: [{ text: "hello" }, { cachePoint: { type: "default" } }] }],
      inferenceConfig: { maxTokens: 77, temperature: 0.4, topP: 0.9, stopSequences: ["END", "STOP"] },
      additionalModelRequestFields: { inferenceConfig: { topK: 20 } },
      serviceTier: { type: "flex" },
      performanceConfig: { latency: "standard" },
      requestMetadata: { team: "red" },
    });
    expect(faults).toEqual([]);
  });

  test("thinking stands apart from the answer; a tool is called, the reader gives its result, the model goes on", async () => {
    await stand();
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/playground?model=${claude}`);
    await openAll(page);
    await page.getByLabel("Thinking", { exact: true }).selectOption("enabled");
    await page.getByLabel("Budget, tokens").fill("2000");
    await page.getByLabel("Max tokens").fill("4000");
    await send(page, "Think about adits");
    await page.getByText(/^ended by/).waitFor();
    await page.locator(".play-thinking summary").click();
    expect(await page.locator(".play-thinking p").innerText()).toContain("Think about adits");
    expect(await page.locator(".play-answer").innerText()).not.toContain("Thought about");
    expect(lastSent(dashboard()).body["additionalModelRequestFields"]).toEqual({
      thinking: { type: "enabled", budget_tokens: 2000 },
    });

    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByLabel("Thinking", { exact: true }).selectOption("disabled");
    await page.getByRole("textbox", { name: "Tools" }).fill(weather);
    await page.getByLabel("Tool choice").selectOption("auto");
    await send(page, "What is the weather?");
    await page.getByRole("region", { name: "the call of weather" }).waitFor();
    await page.getByLabel("What weather gives").fill("Rain, 4 degrees");
    await page.getByRole("button", { name: "Send the results" }).click();
    await page.locator(".play-answer").last().getByText("Rain, 4 degrees").waitFor();
    expect(JSON.stringify(lastSent(dashboard()).body["messages"])).toMatch(
      /"toolUse":\{"toolUseId":"([^"]+)"[\s\S]*"toolResult":\{"toolUseId":"\1"/,
    );
    expect(faults).toEqual([]);
  });

  test("where a setting is no JSON nothing is sent, and the question stays with its files", async () => {
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/playground`);
    await page.getByText("Tools and format").click();
    const tools = page.getByLabel("Tools", { exact: false }).first();
    await tools.fill("[{nope");
    await page.getByLabel("Message").fill("A long question");
    const files = page.locator("input[type=file]");
    await files.setInputFiles({ name: "note.txt", mimeType: "text/plain", buffer: Buffer.from("A note.") });
    await page.getByText("note.txt").waitFor();
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("alert").getByText("Tools: This is no JSON.").waitFor();
    expect(await page.getByLabel("Message").inputValue()).toBe("A long question");
    await tools.fill("");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("alert").waitFor({ state: "detached" });
    await page.getByText("A long question").first().waitFor();
    expect(await page.getByLabel("Message").inputValue()).toBe("");
    expect(await page.locator(".play-asked").allInnerTexts()).toEqual(["note.txt\nA long question"]);
    expect(faults).toEqual([]);
  });

  test("a file that cannot be read is told by its name, and the others go along", async () => {
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/playground`);
    await page.evaluate(`{
      const read = FileReader.prototype.readAsDataURL;
      FileReader.prototype.readAsDataURL = function (file) {
        if (file.name === "gone.txt") this.dispatchEvent(new ProgressEvent("error"));
        else read.call(this, file);
      };
    }`);
    const file = { mimeType: "text/plain", buffer: Buffer.from("A note.") };
    await page.locator("input[type=file]").setInputFiles([
      { name: "gone.txt", ...file },
      { name: "there.txt", ...file },
    ]);
    await page.getByText("gone.txt cannot be read.").waitFor();
    await page.getByText("there.txt").waitFor();
    expect(faults).toEqual([]);
  });

  test("what is copied runs as it stands, with its image, its file and its tools, for every client", async () => {
    const { key } = await stand();
    const { control, url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/playground?model=${claude}`);
    await openAll(page);
    await page.getByLabel("Credential", { exact: true }).selectOption("bedrock-production");
    await page.getByRole("textbox", { name: "System" }).fill("You are the miner's friend.");
    await page.getByLabel("Max tokens").fill("300");
    await page.getByLabel("Stop at").fill("END");
    await page.getByRole("textbox", { name: "Tools" }).fill(weather);
    await page.getByLabel("Cache point behind the system text").check();
    await page.getByLabel("Images and files").setInputFiles([
      { name: "dot.png", mimeType: "image/png", buffer: Buffer.from(png, "base64") },
      { name: "a note.txt", mimeType: "text/plain", buffer: Buffer.from("Adits lead into mines.") },
    ]);
    await page.getByText("dot.png").waitFor();
    await page.getByLabel("Message").fill("What's in it? No tools.");
    await page.getByRole("button", { name: "Copy as, column 1" }).click();
    const converse = {
      system: [{ text: "You are the miner's friend." }, { cachePoint: { type: "default" } }],
      messages: [
        {
          role: "user",
          content: [
            { image: { format: "png", source: { bytes: png } } },
            { document: { format: "txt" } },
            { text: "What's in it? No tools." },
          ],
        },
      ],
      inferenceConfig: { maxTokens: 300, stopSequences: ["END"] },
      toolConfig: { tools: [{ toolSpec: { name: "weather" } }] },
    };
    // Claude gets Anthropic's own format as it is.
    const messages = {
      system: [{ type: "text", text: "You are the miner's friend.", cache_control: { type: "ephemeral" } }],
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
            { type: "document", source: { type: "text", data: "Adits lead into mines." } },
            { type: "text", text: "What's in it? No tools." },
          ],
        },
      ],
      max_tokens: 300,
      stop_sequences: ["END"],
      tools: [{ name: "weather" }],
    };
    for (const form of ["curl", "OpenAI", "Anthropic", "AWS SDK"]) {
      await page.getByRole("tab", { name: form, exact: true }).click();
      const code = await page.getByRole("region", { name: `the request for ${form}` }).innerText();
      control.emulator.clearRequests();
      const output = await runCopied(form, code.replaceAll("adit_sk_...", key));
      expect(output, form).toContain("in it?");
      const { body, modelId } = lastSent(dashboard());
      expect(modelId, form).toBe(claude);
      expect(body, form).toMatchObject(form === "Anthropic" ? messages : converse);
    }
    expect(faults).toEqual([]);
  });

  test("a call of a tool that is no JSON can be answered and copied, and the page stands", async () => {
    await stand();
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    const cut = { id: "call_1", index: 0, function: { name: "weather", arguments: '{"city": "Fre' } };
    const answers = [{ tool_calls: [cut] }, { content: "It is fine." }];
    // As models of hosts beside Bedrock do it, whose answer was cut.
    await page.route("**/v1/chat/completions", (route) => {
      const events = [JSON.stringify({ choices: [{ delta: answers.shift(), finish_reason: "stop" }] }), "[DONE]"];
      const body = events.map((data) => `data: ${data}\n\n`).join("");
      return route.fulfill({ contentType: "text/event-stream", body });
    });
    await openPage(page, `${url}/playground`);
    await send(page, "What is the weather?");
    await page.getByLabel("What weather gives").fill("sunny");
    await page.getByRole("button", { name: "Send the results" }).click();
    await page.getByText("It is fine.").waitFor();
    await page.getByRole("button", { name: "Copy as, column 1" }).click();
    await page.getByRole("tab", { name: "Anthropic" }).click();
    expect(await page.getByLabel("the request for Anthropic", { exact: true }).innerText()).toContain("Fre");
    await page.keyboard.press("Escape");
    await page.getByText("It is fine.").waitFor();
    expect(faults).toEqual([]);
  });

  test("what no header can carry is named, and is no gateway that does not answer", async () => {
    await stand();
    const { url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/playground`);
    await openAll(page);
    // With the hyphen that word processors put in.
    await page.getByLabel("Region").fill("eu\u2011central\u20111");
    await send(page, "hello");
    await page.getByText("Region: it has letters that no header carries.").waitFor();
    expect(await page.getByLabel("Message").inputValue()).toBe("hello");
    expect(faults).toEqual([]);
  });
});
