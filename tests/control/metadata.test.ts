/** Metadata is kept whole or refused, found again by what was sent, and with a person's calls all goes that names the person (C10). */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "../../packages/gateway/src/store/testing/until.ts";
import { adminKey, onBothEngines } from "./control.ts";

const question = { model: "us.amazon.nova-lite-v1:0", messages: [{ role: "user", content: "Good morning" }] };

const own = { _user: "named" };
const ownUser = { "x-adit-metadata": JSON.stringify(own) };

interface Log {
  id: string;
  metadata: Record<string, string>;
}

onBothEngines((control) => {
  const chat = async (
    metadata: object | string,
    body: object = {},
  ): Promise<{ id: string; status: number; text: string }> => {
    const response = await fetch(`${control().baseUrl}/chat/completions`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${adminKey}`,
        "x-portkey-metadata": typeof metadata === "string" ? metadata : JSON.stringify(metadata),
        "x-portkey-trace-id": `trace-of-${JSON.stringify(metadata).length}`,
      },
      body: JSON.stringify({ ...question, ...body }),
    });
    const text = await response.text();
    return { id: response.headers.get("x-adit-request-id") ?? "", status: response.status, text };
  };
  const logOf = async (id: string): Promise<Log> => {
    await until(async () => (await control().ask("GET", `/v1/logs/${id}`)).status === 200);
    return (await control().ask<Log>("GET", `/v1/logs/${id}`)).body;
  };
  const query = (metadata: object): string => `metadata=${encodeURIComponent(JSON.stringify(metadata))}`;
  const found = async (metadata: object): Promise<string[]> =>
    (await control().ask<{ data: Log[] }>("GET", `/v1/logs?${query(metadata)}`)).body.data.map(({ id }) => id);

  test("many members are all kept; more than any call needs are refused aloud", async () => {
    const names = Array.from({ length: 255 }, (_, index) => [`name-${index}`, "x"]);
    const many = { ...Object.fromEntries(names), _user: "last" };
    const { id, status } = await chat(many);
    expect(status).toBe(200);
    expect((await logOf(id)).metadata).toEqual(many);
    expect(await found({ _user: "last" })).toEqual([id]);
    const refused = await chat({ ...many, more: "x" });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain("256");
  });

  test("numbers of more digits than a double keeps are as they were written: of two people neither is the other", async () => {
    const [one, other] = ["1180000000000000001", "1180000000000000002"];
    const calls = [await chat(`{"_user":${one}}`), await chat(`{"_user":${other}}`)];
    expect((await logOf(calls[0]?.id ?? "")).metadata).toEqual({ _user: one });
    await logOf(calls[1]?.id ?? "");
    expect(await found({ _user: other })).toEqual([calls[1]?.id]);
    const number = encodeURIComponent(`{"_user":${one}}`);
    expect((await control().ask("DELETE", `/v1/logs?metadata=${number}`)).body).toMatchObject({ deleted: 1 });
    expect(await found({ _user: other })).toEqual([calls[1]?.id]);
  });

  test("what is too long to be kept whole, or holds a secret, is found by what was sent", async () => {
    const pairs = { long: "l".repeat(2_000), key: `sk-${"k".repeat(40)}` };
    const { id } = await chat(pairs);
    const other = await chat({ ...pairs, key: `sk-${"o".repeat(40)}` });
    expect((await logOf(id)).metadata["key"]).toMatch(/^\[secret\] #[0-9a-f]{8}$/);
    await logOf(other.id);
    // Whose key is another is somebody else.
    expect((await control().ask("DELETE", `/v1/logs?${query({ key: `sk-${"o".repeat(40)}` })}`)).body).toMatchObject({
      deleted: 1,
    });
    expect(await found({ long: pairs.long })).toEqual([id]);
    expect(await found(pairs)).toEqual([id]);
    expect((await control().ask("DELETE", `/v1/logs?${query({ long: pairs.long })}`)).body).toMatchObject({
      deleted: 1,
    });
  });

  test("a pair of any name and any value is found by what was sent, and a filter leaves none of its pairs out", async () => {
    const own = `odd-${String(Math.random())}`;
    const odd = [
      '{"__proto__":"x"}',
      '{"constructor":"x"}',
      '{"nul":"a\\u0000b"}',
      '{"half":"\\ud83d"}',
      '{"deep":{"d":[1]}}',
    ];
    for (const text of odd) {
      const pairs = JSON.parse(`{"own":"${own}",${text.slice(1)}`) as object;
      const { id } = await chat(pairs);
      await logOf(id);
      expect([text, await found(pairs)]).toEqual([text, [id]]);
    }
    const other = JSON.parse(`{"own":"${own}","__proto__":"y"}`) as object;
    expect(await found(other)).toEqual([]);
    expect((await control().ask("DELETE", `/v1/logs?${query(other)}`)).body).toMatchObject({ deleted: 0 });
    const nul = { own, nul: "a\0b" };
    expect((await control().ask("DELETE", `/v1/logs?${query(nul)}`)).body).toMatchObject({ deleted: 1 });
    expect(await found({ own })).toHaveLength(odd.length - 1);
  });

  test("stored responses go by what was sent too, however long it was", async () => {
    const { ask, gateway } = control();
    await ask("PUT", "/v1/logs/settings", { content: "all" });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const pairs = { long: "r".repeat(2_000) };
    const headers = {
      "content-type": "application/json",
      authorization: `Bearer ${adminKey}`,
      "x-portkey-metadata": JSON.stringify(pairs),
    };
    for (const going of [pairs, { customer_identifier: "gus" }]) {
      const body = JSON.stringify({
        model: question.model,
        input: "Good morning",
        store: true,
        respan_params: { customer_identifier: "gus" },
      });
      const response = await fetch(`${gateway.url}/v1/responses`, { method: "POST", headers, body });
      const { id } = (await response.json()) as { id: string };
      await logOf(response.headers.get("x-adit-request-id") ?? "");
      const stored = async (): Promise<number> =>
        (await fetch(`${gateway.url}/v1/responses/${id}`, { headers: { authorization: `Bearer ${adminKey}` } })).status;
      expect(await stored()).toBe(200);
      expect((await ask("DELETE", `/v1/logs?${query(going)}`)).body).toMatchObject({ deleted: 1 });
      expect(await stored()).toBe(404);
    }
    await ask("PUT", "/v1/logs/settings", { content: "none" });
  });

  test("the body's user is the metadata's, where that names none", async () => {
    const { id } = await chat({}, { user: "grace" });
    expect((await logOf(id)).metadata).toEqual({ _user: "grace" });
    const other = await chat({ _user: "named" }, { user: "grace" });
    expect((await logOf(other.id)).metadata).toEqual({ _user: "named" });
    expect(await found({ _user: "grace" })).toEqual([id]);
    const { body } = await control().ask<{ data: { user: string }[] }>("GET", "/v1/analytics/groups/users");
    expect(body.data.map(({ user }) => user)).toContain("grace");
  });

  test("a person's deletion takes feedback, saved views and exports that name the person", async () => {
    const { ask } = control();
    const ada = { _user: "ada-of-feedback" };
    const { id } = await chat(ada);
    const { id: logId } = await logOf(id);
    const trace = (await ask<{ trace_id: string }>("GET", `/v1/logs/${logId}`)).body.trace_id;
    const feedback = async (traceId: string, metadata: object): Promise<string> => {
      const given = await ask<{ feedback_ids: string[] }>("POST", "/v1/feedback", {
        trace_id: traceId,
        value: 1,
        metadata,
      });
      return given.body.feedback_ids[0] ?? "";
    };
    const ofTrace = await feedback(trace, { comment: "Ada said so" });
    const naming = await feedback("another trace", { ...ada, comment: "Ada again" });
    const others = await feedback("another trace", { _user: "bob" });
    const view = await ask<{ id: string }>("POST", "/v1/logs/views", { name: "Ada's", query: query(ada) });
    const otherView = await ask<{ id: string }>("POST", "/v1/logs/views", {
      name: "Bob's",
      query: query({ _user: "bob" }),
    });
    const filters = { metadata: JSON.stringify(ada) };
    const exported = await ask<{ id: string }>("POST", "/v1/logs/exports", { filters, requested_data: ["id"] });
    expect([view.status, otherView.status, exported.status]).toEqual([200, 200, 200]);
    expect((await ask("DELETE", `/v1/logs?${query(ada)}`)).body).toMatchObject({ deleted: 1 });
    const changed = async (feedbackId: string): Promise<number> =>
      (await ask("PUT", `/v1/feedback/${feedbackId}`, { value: 2 })).status;
    expect([await changed(ofTrace), await changed(naming), await changed(others)]).toEqual([404, 404, 200]);
    const views = (await ask<{ data: { id: string }[] }>("GET", "/v1/logs/views")).body.data;
    expect(views.map((one) => one.id)).toEqual([otherView.body.id]);
    const exports = (await ask<{ data: { id: string }[] }>("GET", "/v1/logs/exports")).body.data;
    expect(exports.map((one) => one.id)).not.toContain(exported.body.id);
  });

  describe("where content is kept", () => {
    const haiku = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
    const messages = [{ role: "user", content: "Good morning" }];
    const turns = [{ role: "user", content: [{ text: "Good morning" }] }];
    const named = <Value extends object>(value: Value, name: string): Value =>
      JSON.parse(JSON.stringify(value).replaceAll(/eve/g, name)) as Value;
    /** The header that holds JSON so. */
    const inBase64 = ({ "x-data-respan-params": params, ...others }: Record<string, string>): Record<string, string> =>
      params === undefined ? others : { ...others, "x-data-respan-params": Buffer.from(params).toString("base64") };
    const asked = async (path: string, body: object, headers: Record<string, string>): Promise<string> => {
      const response = await fetch(`${control().gateway.url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${adminKey}`, ...inBase64(headers) },
        body: JSON.stringify(body),
      });
      await response.arrayBuffer();
      return response.headers.get("x-adit-request-id") ?? "";
    };
    const status = async (id: string): Promise<number> => (await control().ask("GET", `/v1/logs/${id}`)).status;
    const deleted = async (metadata: object, more = ""): Promise<number> =>
      (await control().ask<{ deleted: number }>("DELETE", `/v1/logs?${query(metadata)}${more}`)).body.deleted;

    beforeAll(async () => {
      await control().ask("PUT", "/v1/logs/settings", { content: "all" });
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    afterAll(() => control().ask("PUT", "/v1/logs/settings", { content: "none" }));

    const ofBodies: [path: string, body: object, pairs: object, headers?: Record<string, string>][] = [
      ["/v1/chat/completions", { ...question, user: "eve" }, { user: "eve" }, ownUser],
      ["/v1/chat/completions", { ...question, safety_identifier: "eve" }, { _user: "eve" }],
      ["/v1/chat/completions", { ...question, metadata: { case: 7, of: "eve" } }, { of: "eve", case: "7" }],
      ["/v1/chat/completions", { ...question, metadata: { of: "eve" } }, { of: "eve", ...own }, ownUser],
      ["/v1/chat/completions", { ...question, customer_identifier: "eve" }, { customer_identifier: "eve" }],
      [
        "/v1/chat/completions",
        { ...question, respan_params: { customer_params: { customer_identifier: "eve" } } },
        { _user: "eve" },
      ],
      [
        "/v1/chat/completions",
        question,
        { customer_identifier: "eve" },
        { "x-data-respan-params": '{"customer_identifier":"eve"}' },
      ],
      ["/v1/chat/completions", { ...question, n: 2, user: "eve" }, { _user: "eve" }],
      ["/v1/responses", { model: question.model, input: "x", safety_identifier: "eve" }, { safety_identifier: "eve" }],
      ["/v1/messages", { model: haiku, max_tokens: 9, messages, metadata: { user_id: "eve" } }, { user_id: "eve" }],
      [`/model/${question.model}/converse`, { messages: turns, requestMetadata: { of: "eve" } }, { of: "eve" }],
      [
        `/model/${question.model}/invoke`,
        { messages: turns },
        { of: "eve" },
        { "x-amzn-bedrock-request-metadata": '{"of":"eve"}' },
      ],
    ];

    test("a call goes by what its body says of whom it is for", async () => {
      const others = ofBodies.map(([path, body]) => asked(path, named(body, "bob"), {}));
      for (const [index, [path, body, pairs, headers = {}]] of ofBodies.entries()) {
        const eve = `eve-${index}`;
        const id = await asked(path, named(body, eve), named(headers, eve));
        expect([path, await deleted({ ...named(pairs, eve), more: "x" })]).toEqual([path, 0]);
        expect([path, await deleted(named(pairs, eve))]).toEqual([path, 1]);
        expect(await status(id)).toBe(404);
      }
      expect(await Promise.all((await Promise.all(others)).map(status))).toEqual(others.map(() => 200));
    });

    test("its content alone, as often as it is asked for", async () => {
      const id = await asked("/v1/chat/completions", { ...question, safety_identifier: "eve" }, {});
      expect(await deleted({ _user: "eve" }, "&content_only=true")).toBe(1);
      expect(await deleted({ _user: "eve" }, "&content_only=true")).toBe(0);
      expect(await logOf(id)).toMatchObject({ id, content: null });
    });

    test("a call that was refused before it was read has its caller's metadata, and its place in the trace", async () => {
      const said = { "x-adit-metadata": '{"_user":"finn"}', "x-adit-parent-span-id": "above" };
      const ids = await Promise.all([
        asked("/v1/chat/completions", question, { ...said, "x-adit-config": "pc-none" }),
        asked("/v1/chat/completions", question, { ...said, "x-adit-virtual-key": "none" }),
        asked("/v1/chat/completions", { messages }, said),
        asked("/v1/prompts/pp-none/completions", {}, said),
        asked(`/model/${question.model}/converse`, { messages: turns }, { ...said, "x-adit-virtual-key": "none" }),
      ]);
      const logs = await Promise.all(ids.map(logOf));
      for (const log of logs) expect(log).toMatchObject({ metadata: { _user: "finn" }, parent_span_id: "above" });
      expect(await deleted({ _user: "finn" })).toBe(ids.length);
    });
  });
});
