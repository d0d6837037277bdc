/** Why did it fail, cost so much, take so long, get throttled? Three clicks at most from the first page. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Control } from "../control/control.ts";
import { furnish, type Furnished } from "./furnish.ts";
import { openPage, patienceMs, withDashboard } from "./pages.ts";

async function call(control: Control, { key }: Furnished, body: object, headers: Record<string, string> = {}) {
  const answer = await control.ask("POST", "/v1/chat/completions", body, {
    authorization: `Bearer ${key}`,
    ...headers,
  });
  return { status: answer.status, id: answer.headers.get("x-adit-request-id") ?? "" };
}

const asked = (content: string) => ({ model: "us.amazon.nova-lite-v1:0", messages: [{ role: "user", content }] });

/** A call is in the logs a moment after its answer has ended. */
async function isKept(control: Control, id: string): Promise<void> {
  await expect.poll(async () => (await control.ask("GET", `/v1/logs/${id}`)).status, { timeout: patienceMs }).toBe(200);
}

const once = { times: 1 };

/** Calls that end from now on are told of. */
async function follow(page: Page): Promise<void> {
  const begun = page.waitForResponse((response) => response.url().includes("/v1/logs/tail"));
  await page.getByRole("button", { name: "Follow live" }).click();
  await page.getByText("Following:").waitFor();
  await begun;
}

/** Exact dollars as whole nano-dollars. */
function nanoOf(dollars: string): bigint {
  const [whole = "", part = ""] = dollars.split(".");
  return BigInt(whole + part.padEnd(9, "0"));
}

/** Counted by the browser itself, from the moment at which a page was loaded. */
const countClicks = 'window.clicks = 0; addEventListener("click", () => { window.clicks += 1; }, true);';

withDashboard("logs", (dashboard) => {
  let made: Promise<Furnished> | undefined;
  const stand = () =>
    (made ??= furnish(dashboard().control).then(async (furnished) => {
      const kept = await dashboard().control.ask("PUT", "/v1/logs/settings", { content: "all" });
      expect(kept.status).toBe(200);
      return furnished;
    }));

  test("why did it fail, get throttled, cost so much, take so long: each in three clicks from the first page", async () => {
    const furnished = await stand();
    const { control, url, openAs } = dashboard();
    const once = { "x-adit-config": JSON.stringify({ retry: { attempts: 0 } }) };
    const calls: Record<string, string> = {};
    const faults = {
      failed: { kind: "refuse", type: "AccessDeniedException" },
      throttled: { kind: "refuse", type: "ThrottlingException" },
      slow: { kind: "delay", ms: 1_300 },
    } as const;
    for (const [name, fault] of Object.entries(faults)) {
      control.emulator.faultNext(fault);
      calls[name] = (await call(control, furnished, asked(`a call that is ${name}`), once)).id;
    }
    calls["dear"] = (await call(control, furnished, asked("What is an adit, in one sentence?"), once)).id;
    for (const id of Object.values(calls)) await isKept(control, id);
    const window = await openAs("viewer");
    await window.context.addInitScript({ content: countClicks });
    const { page } = window;
    /** What the page of that call says, reached from the first page by clicks alone. */
    const why = async (name: string): Promise<string> => {
      await openPage(page, `${url}/`);
      await page.getByRole("navigation").getByRole("link", { name: "Logs" }).click();
      await page.locator(`.row-link[href$="${calls[name] ?? ""}"]`).click();
      await page.getByText("What happened").waitFor();
      await expect.poll(() => page.locator(".loading").count(), { timeout: patienceMs }).toBe(0);
      expect(await page.evaluate<number>("window.clicks"), name).toBeLessThanOrEqual(3);
      return page.getByRole("main").innerText();
    };
    const failed = await why("failed");
    expect(failed).toMatch(/It failed with 403: AccessDenied/);
    // With what to do, and a policy to paste.
    expect(failed).toMatch(/why it failed[\s\S]*"bedrock:InvokeModel/);
    const throttled = await why("throttled");
    expect(throttled).toMatch(/It was throttled: ThrottlingException[\s\S]*Too many requests/);
    expect(throttled).toMatch(/quota/);
    const slow = await why("slow");
    expect(slow).toMatch(/It took 1\.\d+ s/);
    expect(slow).toMatch(/why it took long/);
    const dear = await why("dear");
    const log = await control.ask<{ units: { input: number; output: number } }>(
      "GET",
      `/v1/logs/${calls["dear"] ?? ""}`,
    );
    // Nova Lite: 60 nano-dollars a token of input, 240 of output.
    const [input, output] = [BigInt(log.body.units.input) * 60n, BigInt(log.body.units.output) * 240n];
    const [, total = "", part = ""] = /It cost \$([\d.]+), most of it for (\w+)/.exec(dear) ?? [];
    expect(nanoOf(total)).toBe(input + output);
    expect(part).toBe(output > input ? "output" : "input");
    for (const [words, nano] of [["Input", input] as const, ["Output", output] as const]) {
      expect(nanoOf(new RegExp(`${words}\\s+\\d+ tokens · \\$([\\d.]+)`).exec(dear)?.[1] ?? "")).toBe(nano);
    }
    expect(window.faults).toEqual([]);
  });

  test("a call is explained and asked again; what is different is shown", async () => {
    const furnished = await stand();
    const { control, url, openAs } = dashboard();
    const config = { override_params: { model: "us.amazon.nova-pro-v1:0" } };
    await control.ask("POST", "/v1/configs", { name: "Pro", slug: "pc-pro", config });
    const { id } = await call(control, furnished, asked("Say it again"));
    await isKept(control, id);
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/logs/${id}`);
    expect(await page.getByRole("region", { name: "the request of the caller" }).innerText()).toContain("Say it again");
    await page.getByRole("tab", { name: "Gateway and AWS" }).click();
    expect(await page.getByRole("region", { name: "the answer of the attempt 1" }).innerText()).toContain("stopReason");
    // Whose call it was, by the key's name.
    await page.getByRole("link", { name: "Billing service" }).waitFor();
    const streamed = await fetch(`${control.baseUrl}/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${furnished.key}`, "content-type": "application/json" },
      body: JSON.stringify({ ...asked("Piece by piece"), stream: true }),
    });
    await streamed.text();
    const streamId = streamed.headers.get("x-adit-request-id") ?? "";
    await isKept(control, streamId);
    // AWS's frames are bytes; they are told as what they say.
    await openPage(page, `${url}/logs/${streamId}?tab=aws-0`);
    const frames = await page.getByRole("region", { name: "the answer of the attempt 1" }).innerText();
    expect(frames).toMatch(/"type":"messageStart"[\s\S]*"type":"contentBlockDelta"[\s\S]*"stopReason":"end_turn"/);
    await openPage(page, `${url}/logs/${id}`);
    const body = page.getByLabel("Body");
    await body.fill((await body.inputValue()).replace("Say it again", "Say another thing"));
    await page.getByRole("button", { name: "Send it again" }).click();
    const outcome = page.getByRole("region", { name: "the answer, and what is different from then" });
    await outcome.waitFor();
    const row = outcome.getByRole("row").filter({ hasText: "choices[0].message.content" });
    expect(await row.getByRole("cell").nth(1).innerText()).toContain("Say it again");
    expect(await row.getByRole("cell").nth(2).innerText()).toContain("Say another thing");
    // It is a call like all others, of the key that had called, and says what it repeats.
    await outcome.getByRole("link", { name: "The new call" }).click();
    await page.getByText(`replay_of=${id}`).waitFor();
    // Once more, by a config: another model answers.
    await page.goBack();
    await page.getByLabel("Config", { exact: true }).selectOption("pc-pro");
    await page.getByLabel("Credential", { exact: true }).selectOption("bedrock-production");
    await page.getByRole("button", { name: "Send it again" }).click();
    await outcome.getByRole("link", { name: "The new call" }).click();
    await page.getByText("us.amazon.nova-pro-v1:0").first().waitFor();
    expect(await page.getByRole("main").innerText()).toMatch(/Config\s+pc-pro/);
    expect(faults).toEqual([]);
  });

  test("what guardrails said of a call, and what it was worth to somebody, stands on its page", async () => {
    const furnished = await stand();
    const { control, url, openAs } = dashboard();
    const hidden = { "default.pii": { redact: true } };
    const short = { "default.characterCount": { maxCharacters: 1 }, on_fail: { feedback: { value: -5, weight: 0.5 } } };
    const config = { input_guardrails: [hidden], output_guardrails: [short] };
    const headers = { "x-adit-config": JSON.stringify(config), "x-adit-trace-id": "judged" };
    const { status, id } = await call(control, furnished, asked("I am ann@example.com"), headers);
    expect(status).toBe(246);
    await isKept(control, id);
    await control.ask("POST", "/v1/feedback", { trace_id: "judged", value: 7, weight: 1, metadata: { by: "ann" } });
    const { page, faults } = await openAs("viewer");
    await openPage(page, `${url}/logs/${id}`);
    const rowsOf = (name: string) => page.getByRole("table", { name }).getByRole("row").allInnerTexts();
    await page.getByRole("table", { name: "Feedback" }).waitFor();
    const [, before, after] = await rowsOf("Checks");
    expect(before).toMatch(/default\.pii\s+the request\s+passed\s+yes/);
    expect(after).toMatch(/default\.characterCount\s+the answer\s+failed\s+no/);
    const feedback = (await rowsOf("Feedback")).slice(1).toSorted();
    expect(feedback).toEqual([expect.stringMatching(/^-5\s+0\.5/), expect.stringMatching(/^7\s+1\s+by=ann/)]);
    expect(faults).toEqual([]);
  });

  test("a view that one person saves is there for the others, in any browser", async () => {
    const furnished = await stand();
    const { control, url, openAs } = dashboard();
    const { id } = await call(control, furnished, asked("hello"), { "x-adit-metadata": '{"shift": "night"}' });
    const { id: byDay } = await call(control, furnished, asked("hello"));
    for (const one of [id, byDay]) await isKept(control, one);
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/logs?metadata=shift%3Dnight&search=${id}`);
    await page.getByLabel("Name of this view").fill("Night's calls");
    await page.getByRole("button", { name: "Save the view" }).click();
    await page.getByText("Night's calls is saved").waitFor();

    const other = await openAs("viewer");
    await openPage(other.page, `${url}/logs`);
    await other.page.getByText("More filters").click();
    await other.page.getByRole("button", { name: "Night's calls" }).click();
    await other.page.getByText("1 in all").waitFor();
    expect(await other.page.getByRole("searchbox", { name: "Metadata" }).inputValue()).toBe("shift=night");
    expect(await other.page.getByRole("searchbox", { name: "Search" }).inputValue()).toBe(id);
    expect(await other.page.getByRole("button", { name: "Save the view" }).count()).toBe(0);

    await page.getByRole("button", { name: "Delete the view Night's calls" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("No view is saved yet.").waitFor();
    expect([...faults, ...other.faults]).toEqual([]);
  });

  test("what was said is searched for too, goes on by itself, says how far, and may be stopped", async () => {
    const furnished = await stand();
    const { control, url, openAs } = dashboard();
    const { id } = await call(control, furnished, asked("Where does the cormorant nest?"));
    await expect
      .poll(async () => (await control.ask<{ content: unknown }>("GET", `/v1/logs/${id}`)).body.content, {
        timeout: patienceMs,
      })
      .toBeTruthy();
    const { page, faults } = await openAs("viewer");
    await openPage(page, `${url}/logs?search=CORMORANT`);
    await page.getByText("No call fits").waitFor();
    await page.getByRole("checkbox", { name: "Search in requests and answers too" }).check();
    await page.locator(`.row-link[href*="${id}"]`).waitFor();
    await page.getByText(/calls were read through, back to .*; no content is kept of \d+ of them/).waitFor();

    // Answers that found nothing so far: it asks on, until it is stopped.
    const found = await control.ask<{ data: Record<string, unknown>[] }>("GET", "/v1/logs?limit=1");
    let asks = 0;
    let release = (): void => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route("**/v1/logs?*search_content=true*", async (route) => {
      asks += 1;
      if (asks > 3) await held;
      const scan = {
        scanned: 1_000,
        scanned_to: "2026-01-01T00:00:00.000Z",
        scanned_without_content: 10,
        scanned_unreadable: 2,
      };
      await route.fulfill({ json: { ...found.body, data: [], has_more: true, last_id: id, ...scan } }).catch(() => {});
    });
    await openPage(page, `${url}/logs?search=heron&content=true`);
    await page.getByText("3,000 calls were read through").waitFor();
    await page
      .getByText("no content is kept of 30 of them; what is kept of 6 is damaged, and was passed over.")
      .waitFor();
    await page.getByRole("button", { name: "Stop searching" }).click();
    await page.getByRole("button", { name: "Show more" }).waitFor();
    release();
    expect(asks).toBe(4);

    // Nothing found is no word that it is not there, where something could not be read.
    await page.unroute("**/v1/logs?*search_content=true*");
    await page.route("**/v1/logs?*search_content=true*", (route) => {
      const scan = { scanned: 7, scanned_to: "2026-01-01T00:00:00.000Z", scanned_without_content: 0 };
      const end = { data: [], has_more: false, last_id: id, ...scan, scanned_unreadable: 1 };
      return route.fulfill({ json: { ...found.body, ...end } });
    });
    await openPage(page, `${url}/logs?search=egret&content=true`);
    await page.getByText("No call fits").waitFor();
    await page.getByText("what is kept of 1 is damaged, and was passed over.").waitFor();
    expect(faults).toEqual([]);
  });

  test("ten thousand rows are scrolled through with few of them in the page, wide and narrow", async () => {
    const furnished = await stand();
    const { control, url, openAs } = dashboard();
    const { id } = await call(control, furnished, asked("hello"));
    await isKept(control, id);
    const found = await control.ask<{ data: Record<string, unknown>[] }>("GET", "/v1/logs?limit=1");
    const data = Array.from({ length: 10_000 }, (_, index) => ({
      ...found.body.data[0],
      id: `req_${index}`,
      ai_model: `model-${index}`,
      model: `model-${index}`,
    }));
    const { page, faults } = await openAs("viewer");
    await page.route("**/v1/logs?*", (route) => route.fulfill({ json: { ...found.body, data, has_more: false } }));
    await openPage(page, `${url}/logs`);
    await page.getByText("10,000 in all").waitFor();
    const table = page.getByRole("table", { name: "Calls" });
    expect(await table.getAttribute("aria-rowcount")).toBe("10001");
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 800 });
      // Heights are learnt as rows come into sight: the end is where it is once they are known.
      await expect
        .poll(
          async () => {
            await page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)");
            return table.getByText("model-9999", { exact: true }).count();
          },
          { timeout: patienceMs },
        )
        .toBe(1);
      expect(await table.locator("tr[aria-rowindex='10001']").innerText()).toContain("model-9999");
      expect(await table.locator("tbody tr").count()).toBeLessThan(120);
      await page.evaluate("window.scrollTo(0, 0)");
      await table.getByText("model-0", { exact: true }).waitFor();
      expect(await table.getByText("model-9999", { exact: true }).count()).toBe(0);
    }
    // What comes above them later, as calls do that are followed, moves them and hides none.
    await page.evaluate(`{
      const above = document.createElement("div");
      above.style.height = "6000px";
      document.querySelector("main").prepend(above);
      window.scrollTo(0, 6000 + document.querySelector("tbody").offsetTop);
    }`);
    await table.getByText("model-0", { exact: true }).waitFor();
    const isShown = "document.querySelector('tbody tr[aria-rowindex]').getBoundingClientRect().top < innerHeight";
    await expect.poll(() => page.evaluate<boolean>(isShown), { timeout: patienceMs }).toBe(true);
    expect(faults).toEqual([]);
  });

  test("calls are followed live, filtered by the address, and exported", async () => {
    const furnished = await stand();
    const { control, url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    await openPage(page, `${url}/logs?model=amazon.nova-micro-v1:0`);
    await page.getByText("No call fits").waitFor();
    await follow(page);
    await call(control, furnished, asked("of another model"));
    await call(control, furnished, { ...asked("of this model"), model: "us.amazon.nova-micro-v1:0" });
    const live = page.getByRole("region", { name: "Calls as they end" });
    await live.waitFor();
    expect(await live.locator("tbody tr").count()).toBe(1);
    expect(await live.innerText()).toContain("amazon.nova-micro-v1:0");
    await page.getByRole("button", { name: "Stop following" }).click();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Export" }).click();
    expect((await download).suggestedFilename()).toBe("logs.csv");
    // What the gateway refuses is not followed any more, and the page says so.
    const refusal = { error: { message: "The session is over.", code: "missing_gateway_key" } };
    const body = `event: error\ndata: ${JSON.stringify(refusal)}\n\n`;
    await page.route("**/v1/logs/tail?*", (route) => route.fulfill({ contentType: "text/event-stream", body }), once);
    await page.getByRole("button", { name: "Follow live" }).click();
    await page.getByRole("alert").getByText(refusal.error.message).waitFor();
    expect(await page.getByText("Following:").count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test("a connection that breaks is made again, and goes on behind the last call that was told", async () => {
    const furnished = await stand();
    const { control, url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    const { id: last } = await call(control, furnished, asked("before it breaks"));
    await isKept(control, last);
    const { body: told } = await control.ask("GET", `/v1/logs/${last}`);
    const body = `event: log\nid: ${last}\ndata: ${JSON.stringify(told)}\n\n`;
    await page.route("**/v1/logs/tail?*", (route) => route.fulfill({ contentType: "text/event-stream", body }), once);
    await openPage(page, `${url}/logs`);
    await page.getByRole("button", { name: "Follow live" }).click();
    await page.getByText("The connection broke: connecting again.").waitFor();
    const { id: missed } = await call(control, furnished, asked("while it is broken"));
    const live = page.getByRole("region", { name: "Calls as they end" });
    for (const id of [last, missed]) await live.locator(`.row-link[href$="${id}"]`).waitFor();
    await page.getByText("The connection broke").waitFor({ state: "detached" });
    expect(await page.getByText("More calls may have come").count()).toBe(0);
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(faults).toEqual([]);
  });

  test("words are obeyed by following and by the export as by the list; where following does not, the page says so", async () => {
    const furnished = await stand();
    const { control, url, openAs } = dashboard();
    const { page, faults } = await openAs("member");
    const exported = async (): Promise<string[]> => {
      const download = page.waitForEvent("download");
      await page.getByRole("link", { name: "Export" }).click();
      const chunks: Buffer[] = [];
      for await (const chunk of await (await download).createReadStream()) chunks.push(chunk as Buffer);
      const [, ...rows] = Buffer.concat(chunks).toString().trimEnd().split("\r\n");
      return rows;
    };
    await openPage(page, `${url}/logs?search=harbour-master`);
    expect(await page.getByText("looks into the records alone").count()).toBe(0);
    await follow(page);
    const said = await call(control, furnished, asked("Who is the Harbour-Master?"));
    const named = await call(control, furnished, asked("hello"), { "x-adit-metadata": '{"case": "Harbour-Master"}' });
    const live = page.getByRole("region", { name: "Calls as they end" });
    await live.waitFor();
    expect(await live.locator("tbody tr").count()).toBe(1);
    await live.locator(`.row-link[href$="${named.id}"]`).waitFor();
    await isKept(control, named.id);
    const rows = await exported();
    expect(rows.map((row) => row.includes(named.id))).toEqual([true]);
    await page.getByRole("button", { name: "Stop following" }).click();
    // What was said is kept a moment after the call's end.
    await expect
      .poll(
        async () => (await control.ask<{ content: object | null }>("GET", `/v1/logs/${said.id}`)).body.content !== null,
        { timeout: patienceMs },
      )
      .toBe(true);
    await page.getByLabel("Search in requests and answers too").check();
    await page.getByText("Following looks into the records alone").waitFor();
    await page.locator(`.row-link[href$="${said.id}"]`).waitFor();
    const more = await exported();
    expect([named.id, said.id].map((id) => more.some((row) => row.includes(id)))).toEqual([true, true]);
    expect(more).toHaveLength(2);
    expect(faults).toEqual([]);
  });

  test("calls of one trace stand on one line of time, each with its attempts", async () => {
    const furnished = await stand();
    const { control, url, openAs } = dashboard();
    const headers = { "x-adit-trace-id": "run-of-an-agent" };
    await call(control, furnished, asked("first"), headers);
    control.emulator.faultNext({ kind: "refuse", type: "ThrottlingException" });
    const { id } = await call(control, furnished, asked("second"), headers);
    await isKept(control, id);
    const { page, faults } = await openAs("viewer");
    await openPage(page, `${url}/traces/run-of-an-agent`);
    await page.getByText("2 calls in").waitFor();
    const line = page.locator(".waterfall-line");
    await expect.poll(() => page.locator(".waterfall-depth-0").count(), { timeout: patienceMs }).toBe(2);
    // Under them one transmission to AWS, and two.
    expect(await line.filter({ hasText: "chat us.amazon.nova-lite-v1:0" }).count()).toBe(3);
    const failed = line.filter({ hasText: "429" });
    await failed.getByRole("link").click();
    expect(page.url()).toMatch(/span=[0-9a-f]{16}/);
    await page.reload();
    const facts = page.locator(".panel").filter({ hasText: "After the trace began" });
    await facts.waitFor();
    expect(await facts.innerText()).toMatch(/cloud\.region[\s\S]*us-east-1/);
    await facts.getByRole("link", { name: "Its call" }).click();
    await page.waitForURL(`**/logs/${id}`);
    expect(faults).toEqual([]);
  });

  test("figures are apart by anything, and lead to the calls behind them", async () => {
    const furnished = await stand();
    const { control, url, openAs } = dashboard();
    const { id } = await call(control, furnished, asked("hello"), { "x-adit-metadata": '{"_user": "=HYPERLINK(1)"}' });
    await isKept(control, id);
    const { page, faults } = await openAs("viewer");
    await openPage(page, `${url}/analytics?group=users`);
    await page.getByRole("cell", { name: "=HYPERLINK(1)" }).waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export" }).click();
    const chunks: Buffer[] = [];
    for await (const chunk of await (await download).createReadStream()) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString()).toContain(`"'=HYPERLINK(1)"`);
    await page.getByLabel("Apart by", { exact: true }).selectOption("model");
    await page.getByRole("link", { name: "amazon.nova-lite-v1:0" }).click();
    await page.getByRole("heading", { level: 1, name: "Logs" }).waitFor();
    expect(await page.getByRole("searchbox", { name: "Model" }).inputValue()).toBe("amazon.nova-lite-v1:0");
    // Of the time that the figures were of.
    expect(new URL(page.url()).searchParams.get("from")).not.toBeNull();
    await openPage(page, `${url}/analytics?group=api_key`);
    await page.getByRole("link", { name: "Billing service" }).click();
    await page.locator(`.row-link[href$="${id}"]`).waitFor();
    expect(await page.getByRole("combobox", { name: "Gateway key" }).inputValue()).toBe(furnished.keyId);
    // An address that was mistyped is refused in words, and the page stands.
    await openPage(page, `${url}/logs?from=yesterday`);
    await page.getByRole("alert").filter({ hasText: "from" }).waitFor();
    await page.getByRole("searchbox", { name: "Model" }).waitFor();
    expect(faults).toEqual([]);
  });

  test("large sums are told to the last digit in charts, and all values are exported, not the first hundred", async () => {
    await stand();
    const { control, url, openAs } = dashboard();
    const model = "us.anthropic.claude-opus-4-20250514-v1:0";
    const logs = Array.from({ length: 120 }, (_none, index) => ({
      request: { url: "https://example.com/chat", method: "POST", body: { model } },
      response: { status: 200, body: { usage: { input_tokens: 0, output_tokens: index === 0 ? 20_000_001 : 1 } } },
      metadata: { ticket: `t${index}` },
    }));
    const given = await control.ask<{ ids: string[] }>("POST", "/v1/logs", logs);
    await isKept(control, given.body.ids.at(-1) ?? "");
    const { page, faults } = await openAs("viewer");
    await openPage(page, `${url}/analytics?group=metadata&name=ticket`);
    await page.getByText("The first 100 of 120").waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export" }).click();
    const chunks: Buffer[] = [];
    for await (const chunk of await (await download).createReadStream()) chunks.push(chunk as Buffer);
    const lines = Buffer.concat(chunks).toString().trim().split("\r\n");
    expect(lines).toHaveLength(121);
    expect(new Set(lines).size).toBe(121);
    const chart = page.getByRole("figure", { name: "Cost over time" });
    await chart.getByText("Figures").click();
    // 20,000,120 tokens at $75 a million, and what else was called.
    await chart.getByText(/^\$1,500\.009\d*$/).waitFor();
    expect(await chart.innerText()).not.toMatch(/\de[+-]/);
    expect(faults).toEqual([]);
  });
});
