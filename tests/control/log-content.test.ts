/** Content: kept where a project says so, without secrets, and gone when it is to go (C10). */
import { expect, test } from "vitest";
import { Store } from "../../packages/gateway/src/store/store.ts";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { adminKey, onBothEngines } from "./control.ts";

interface Part {
  text: string | null;
  base64: string | null;
  is_cut: boolean;
}
interface Detail {
  id: string;
  content: {
    request: Part;
    exchanges: { sent: Part; received: Part }[];
    response: Part | null;
    response_events: { at_ms: number; text: string }[] | null;
  } | null;
}

const nova = "us.amazon.nova-lite-v1:0";
const canary = "CANARYsecretxQ7vR2mK9pL4wT8zB3nH6wJalrXU";

onBothEngines((control) => {
  /** Calls that begin a moment after it has been set. */
  const set = async (settings: object): Promise<{ status: number }> => {
    const { status } = await control().ask("PUT", "/v1/logs/settings", settings);
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { status };
  };
  const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
    const response = await fetch(new URL(path, control().baseUrl), {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}`, ...headers },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { id: response.headers.get("x-adit-request-id") ?? "", text, status: response.status };
  };
  const chat = (more: object = {}, headers: Record<string, string> = {}) =>
    post(
      "/v1/chat/completions",
      { model: nova, messages: [{ role: "user", content: "Good morning, Ada" }], ...more },
      headers,
    );
  const detail = async (id: string): Promise<Detail> => {
    let answer = await control().ask<Detail>("GET", `/v1/logs/${id}`);
    await until(async () => (answer = await control().ask<Detail>("GET", `/v1/logs/${id}`)).status === 200);
    return answer.body;
  };
  const withContent = async (id: string): Promise<NonNullable<Detail["content"]>> => {
    let found = await detail(id);
    await until(async () => (found = await detail(id)).content !== null);
    if (found.content === null) throw new Error("It waited for it.");
    return found.content;
  };
  /** A call after which what came before has been written, if it is to be. */
  const settled = async (): Promise<void> => void (await withContent((await chat()).id));

  test("none is kept unless the project says so", async () => {
    expect((await control().ask("GET", "/v1/logs/settings")).body).toMatchObject({ content: "sealed" });
    const { id } = await chat();
    expect((await detail(id)).content).toBeNull();
  });

  test("who asks right behind a call is told what was said in it, however many end together", async () => {
    await set({ content: "all" });
    await settled();
    const body = { messages: [{ role: "user", content: "Good morning. ".repeat(20_000) }] };
    const told = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const { id } = await chat(body);
        const replayed = control().ask<{ notes: string[] }>("POST", `/v1/logs/${id}/replay`, {});
        return [(await detail(id)).content !== null, (await replayed).status];
      }),
    );
    expect(told).toEqual(told.map(() => [true, 200]));
  });

  test("all: as asked, as sent, as received, as answered; a stream with the times of its events", async () => {
    expect((await set({ content: "all" })).status).toBe(200);
    const whole = await chat();
    const kept = await withContent(whole.id);
    expect(kept.request.text).toContain("Good morning, Ada");
    expect(kept.exchanges).toHaveLength(1);
    expect(JSON.parse(kept.exchanges[0]?.sent.text ?? "")).toMatchObject({
      messages: [{ role: "user", content: [{ text: "Good morning, Ada" }] }],
    });
    expect(kept.exchanges[0]?.received.text).toContain('"output"');
    expect(kept.response?.text).toBe(whole.text);
    const streamed = await chat({ stream: true });
    const stream = await withContent(streamed.id);
    expect(stream.exchanges[0]?.received.base64).toMatch(/^[A-Za-z0-9+/=]+$/);
    const text = stream.response_events?.map((event) => event.text).join("") ?? stream.response?.text;
    expect(text).toBe(streamed.text);
  });

  test("of a request that is many calls at once, what came back stands with what was sent for it", async () => {
    await set({ content: "all" });
    const input = ["Good morning", "Good evening, Ada", "Good night to all of you"];
    const { id, text } = await post("/v1/embeddings", {
      model: "amazon.titan-embed-text-v2:0",
      input,
      dimensions: 256,
    });
    const told = (JSON.parse(text) as { data: { embedding: number[] }[] }).data.map(({ embedding }) => embedding);
    const { exchanges } = await withContent(id);
    const kept = exchanges.map(({ sent, received }) => ({
      ...(JSON.parse(sent.text ?? "") as { inputText: string }),
      ...(JSON.parse(received.text ?? "") as { embedding: number[] }),
    }));
    const embeddings = input.map((words) => kept.find(({ inputText }) => inputText === words)?.embedding);
    expect(embeddings).toEqual(told);
  });

  test("a caller that does not want it is heard, whatever its words", async () => {
    await set({ content: "all" });
    const { id: original } = await chat();
    const again = { body: { messages: [{ role: "user", content: "Ada again" }] } };
    const replayed = await post(`/v1/logs/${original}/replay`, again, { "x-portkey-debug": "false" });
    const refused = [
      await chat({}, { "x-portkey-debug": "false" }),
      await chat({}, { "x-adit-do-not-track": "true" }),
      await chat({}, { dnt: "1" }),
      { ...replayed, id: (JSON.parse(replayed.text) as { id: string }).id },
      await chat({ disable_log: true }),
      await chat({ disableLog: true }),
      await post(
        `/model/${nova}/converse`,
        { messages: [{ role: "user", content: [{ text: "Ada" }] }] },
        { "x-data-respan-params": Buffer.from('{"disable_log":true}').toString("base64") },
      ),
      await post(`/model/${nova}/converse`, {
        messages: [{ role: "user", content: [{ text: "Ada" }] }],
        disable_log: true,
      }),
      await post(`/model/${nova}/converse`, {
        messages: [{ role: "user", content: [{ text: "Ada" }] }],
        respan_params: { disable_log: true },
      }),
    ];
    await settled();
    for (const { id, status } of refused) {
      expect(status).toBe(200);
      expect((await detail(id)).content).toBeNull();
    }
  });

  test("nor is anything kept of a call that is refused, or whose wish cannot be read", async () => {
    await set({ content: "all" });
    const refused = [
      await chat({ disable_log: true, n: 2 }),
      await chat({ disable_log: true, use_converse: "maybe" }),
      await chat({ disable_log: "yes" }),
      await chat({}, { "x-portkey-debug": "no" }),
      await chat({}, { "x-adit-do-not-track": "yes" }),
      await chat({ respan_params: { disable_log: true } }, { "x-data-respan-params": "no JSON" }),
    ];
    await settled();
    for (const { id, status } of refused) {
      expect(status).toBe(400);
      expect((await detail(id)).content).toBeNull();
    }
  });

  test("errors: of those that failed alone", async () => {
    await set({ content: "errors" });
    const fine = await chat();
    const failed = await chat({ n: 2 });
    expect(failed.status).toBe(400);
    expect((await withContent(failed.id)).response?.text).toBe(failed.text);
    expect((await detail(fine.id)).content).toBeNull();
  });

  test("sampled: of none at 0 of 100, about, and of all at 100", async () => {
    await set({ content: "sampled", sample_percent: 100 });
    await settled();
    expect((await set({ content: "sampled", sample_percent: 0 })).status).toBe(400);
  });

  test("no secret is kept: not one in the body, nor what a host repeats of it", async () => {
    await set({ content: "all" });
    const { emulator } = control();
    const message = `The Canonical String should have been x-secret:${canary} aws`;
    const accessKeyId = "AKIACANARYCANARYCANA";
    emulator.addCredential({ accessKeyId, secretAccessKey: canary });
    emulator.faultNext({ kind: "refuse", operation: "Converse*", type: "AccessDeniedException", message });
    const asked = await chat({
      customer_credentials: {
        bedrock: {
          aws_access_key_id: accessKeyId,
          aws_secret_access_key: canary,
          aws_region_name: "us-east-1",
        },
      },
    });
    const kept = JSON.stringify(await withContent(asked.id));
    expect(kept).not.toContain(canary);
    expect(kept).toContain("[secret]");
    expect(kept).toContain("The Canonical String");
  });

  test("a long part is cut, and says so", async () => {
    await set({ content: "all" });
    const { id } = await chat({ messages: [{ role: "user", content: "long ".repeat(400_000) }] });
    const kept = await withContent(id);
    expect(kept.request).toMatchObject({ is_cut: true });
    expect(kept.request.text?.length).toBe(1024 * 1024);
  });

  test("what was said is found by who may read it: as asked and as answered, of a stream too, and no secret", async () => {
    await set({ content: "all" });
    const word = 'Bartholomew\'s "lantern"';
    const whole = await chat({ messages: [{ role: "user", content: `Whose is ${word}?` }] });
    const streamed = await chat({ messages: [{ role: "user", content: `Echo ${word}` }], stream: true });
    const secret = await chat({ messages: [{ role: "user", content: "hello" }], api_key: canary });
    for (const { id } of [whole, streamed, secret]) await withContent(id);
    interface Found {
      data: { id: string }[];
      has_more: boolean;
      scanned: number | null;
      scanned_to: string | null;
      scanned_without_content: number | null;
      scanned_unreadable: number | null;
      error: { code: string; param: string };
    }
    const search = async (text: string, more = "&search_content=true", key = adminKey) =>
      control().ask<Found>("GET", `/v1/logs?search=${encodeURIComponent(text)}${more}`, undefined, {
        authorization: `Bearer ${key}`,
      });
    const found = (await search(word.toUpperCase())).body;
    expect(found.data.map(({ id }) => id)).toEqual([streamed.id, whole.id]);
    const all = (await control().ask<Found>("GET", "/v1/logs?limit=100")).body;
    expect(found).toMatchObject({ has_more: false, scanned: all.data.length });
    expect(all).toMatchObject({ scanned: null, scanned_without_content: null, scanned_unreadable: null });
    expect(found.scanned_unreadable).toBe(0);
    // Of those that tests before this one made.
    expect(found.scanned_without_content).toBeGreaterThan(0);
    expect((await search(word, "")).body).toMatchObject({ data: [], scanned_without_content: null });
    expect((await search(canary)).body.data).toEqual([]);
    expect((await search("[secret]")).body.data.map(({ id }) => id)).toContain(secret.id);
    // What the model said in pieces is found as a whole.
    const said = [...streamed.text.matchAll(/"content":"((?:[^"\\]|\\.)*)"/g)].map(([, piece]) => piece).join("");
    expect(said.length).toBeGreaterThan(20);
    expect((await search((JSON.parse(`"${said}"`) as string).slice(0, 200))).body.data.map(({ id }) => id)).toContain(
      streamed.id,
    );

    const keyWith = async (scopes: string[]): Promise<string> => {
      const made = { name: scopes.join(" "), scopes };
      return (await control().ask<{ key: string }>("POST", "/v1/api-keys/workspace/service", made)).body.key;
    };
    const lists = await keyWith(["logs.list"]);
    expect((await search(word, "", lists)).status).toBe(200);
    expect(await search(word, undefined, lists)).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
    expect((await search(word, undefined, await keyWith(["logs.list", "logs.read"]))).body.data).toHaveLength(2);
    // An export is of what the list finds, for whoever may read it.
    const exported = async (text: string, more: string, key = adminKey) => {
      const query = `search=${encodeURIComponent(text)}${more}`;
      const answer = await fetch(`${control().baseUrl}/logs/export?${query}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      const lines = (await answer.text()).split("\n").filter((line) => line !== "");
      return { status: answer.status, ids: lines.map((line) => (JSON.parse(line) as { id: string }).id) };
    };
    expect((await exported(word.toUpperCase(), "&search_content=true")).ids).toEqual([streamed.id, whole.id]);
    expect(await exported(word, "")).toEqual({ status: 200, ids: [] });
    const exports = await keyWith(["logs.export"]);
    expect((await exported(word, "", exports)).status).toBe(200);
    expect((await exported(word, "&search_content=true", exports)).status).toBe(403);
    const both = await keyWith(["logs.export", "logs.read"]);
    expect((await exported(word, "&search_content=true", both)).ids).toHaveLength(2);
    const nothing = await control().ask<Found>("GET", "/v1/logs?search_content=true");
    expect([nothing.status, nothing.body.error.param]).toEqual([400, "search_content"]);
    expect((await search(word, "&search_content=true&after=zzz")).status).toBe(400);
  });

  test("an export has what is kept; a content that was damaged keeps no other from leaving, and is told", async () => {
    await set({ content: "all" });
    const ours = { "x-adit-metadata": '{"team":"exported"}' };
    const calls = [await chat({}, ours), await chat({}, ours), await chat({}, ours)];
    for (const { id } of calls) await withContent(id);
    const ids = calls.map(({ id }) => id).toReversed();
    const store = await Store.open(control().location, { hears: false });
    const damaged = { content: Buffer.from("damaged") };
    await store.write(({ db }) =>
      db
        .updateTable("callContents")
        .set(damaged)
        .where("callId", "=", ids[1] ?? "")
        .execute(),
    );
    await store.close();
    const { ask } = control();
    const wish = { filters: { metadata: { team: "exported" } }, requested_data: ["id", "request"] };
    const path = `/v1/logs/exports/${(await ask<{ id: string }>("POST", "/v1/logs/exports", wish)).body.id}/download`;
    const { signed_url } = (await ask<{ signed_url: string }>("GET", path)).body;
    const lines = (await (await fetch(signed_url)).text()).trimEnd().split("\n");
    const request = expect.objectContaining({ is_cut: false }) as object;
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      { id: ids[0], request },
      { id: ids[1], request: null, content_unreadable: true },
      { id: ids[2], request },
    ]);
  });

  test("a person's data goes by metadata: content alone, or all", async () => {
    await set({ content: "all" });
    const ada = { "x-adit-metadata": '{"_user":"ada"}' };
    const [first, second] = [await chat({}, ada), await chat({}, ada)];
    const other = await chat({}, { "x-adit-metadata": '{"_user":"bob"}' });
    for (const { id } of [first, second, other]) await withContent(id);
    const query = `metadata=${encodeURIComponent('{"_user":"ada"}')}`;
    expect((await control().ask("DELETE", `/v1/logs?${query}&content_only=true`)).body).toMatchObject({ deleted: 2 });
    expect((await detail(first.id)).content).toBeNull();
    expect((await control().ask("DELETE", `/v1/logs?${query}`)).body).toMatchObject({ deleted: 2 });
    expect((await control().ask("GET", `/v1/logs/${first.id}`)).status).toBe(404);
    expect((await detail(other.id)).content).not.toBeNull();
    expect((await control().ask("DELETE", "/v1/logs?metadata={}")).status).toBe(400);
    expect((await control().ask("DELETE", "/v1/logs")).status).toBe(400);
    const { data } = (await control().ask<{ data: object[] }>("GET", "/v1/audit-logs?action=logs.delete")).body;
    expect(data).toHaveLength(2);
    // Not in an id's digits.
    expect(JSON.stringify(data)).not.toContain('"ada"');
  });
});
