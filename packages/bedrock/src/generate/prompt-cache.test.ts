import { describe, expect, it } from "vitest";
import type { ChatRequest } from "../dialects/openai-chat/chat-request.ts";
import { AditError } from "../errors/adit-error.ts";
import { checkCacheMarks, withCacheMarks } from "./prompt-cache.ts";

const tool = (name: string, more: object = {}): object => ({ type: "function", function: { name }, ...more });

function request(more: object = {}): ChatRequest {
  return {
    model: "m",
    messages: [
      { role: "system", content: "Rules" },
      { role: "user", content: "One" },
      { role: "assistant", content: "Two" },
      { role: "user", content: "Three" },
    ],
    ...more,
  };
}

/** Where marks stand. */
function marked(given: ChatRequest): string[] {
  const tools = (given.tools ?? []).flatMap((one, index) => (one.cache_control ? [`tools[${index}]`] : []));
  const messages = given.messages.flatMap((one, index) => (one.cache_control ? [`messages[${index}]`] : []));
  return [...tools, ...messages];
}

describe("which places get a mark", () => {
  it("the last tool and the system prompt, and no message unless one is named", () => {
    const { request: out } = withCacheMarks(request({ tools: [tool("a"), tool("b")] }), {
      ttl: undefined,
      message: undefined,
    });
    expect(marked(out)).toEqual(["tools[1]", "messages[0]"]);
    expect(out.messages[0]?.cache_control).toEqual({ type: "ephemeral" });
  });

  it.each([
    [-1, "messages[3]"],
    [0, "messages[1]"],
    [1, "messages[2]"],
    [-2, "messages[2]"],
    [-3, "messages[1]"],
  ])("message %i, the system prompt not counted", (index, place) => {
    const { request: out } = withCacheMarks(request(), { ttl: "1h", message: { index, path: "cacheMessages" } });
    expect(marked(out)).toEqual(["messages[0]", place]);
    expect(out.messages.map(({ cache_control: mark }) => mark).filter(Boolean)).toEqual([
      { type: "ephemeral", ttl: "1h" },
      { type: "ephemeral", ttl: "1h" },
    ]);
  });

  it.each([3, -4, 100])("message %i is none: nothing is marked, and a warning says so", (index) => {
    const { request: out, warnings } = withCacheMarks(request(), {
      ttl: undefined,
      message: { index, path: "cacheMessages" },
    });
    expect(marked(out)).toEqual(["messages[0]"]);
    expect(warnings).toEqual([expect.objectContaining({ type: "ignored-option", path: "cacheMessages" })]);
  });

  it.each([
    ["of the message", { role: "user", content: "Hi", cache_control: { ttl: "5m" } }],
    ["of its last part", { role: "user", content: [{ type: "text", text: "Hi", cache_control: {} }] }],
    ["in AWS's shape", { role: "user", content: [{ type: "text", text: "Hi" }, { cachePoint: { type: "default" } }] }],
  ])("the caller's own mark %s stays, alone", (_where, message) => {
    const given = request({ messages: [message] });
    expect(withCacheMarks(given, { ttl: "1h", message: { index: -1, path: "" } }).request.messages).toEqual([message]);
  });

  it("a tool in AWS's shape is followed by a mark in AWS's shape, once", () => {
    const spec = { toolSpec: { name: "a", inputSchema: { json: {} } } };
    const once = withCacheMarks(request({ tools: [spec] }), { ttl: "1h", message: undefined }).request;
    expect(once.tools).toEqual([spec, { cachePoint: { type: "default", ttl: "1h" } }]);
    expect(withCacheMarks(once, { ttl: "5m", message: undefined }).request.tools).toEqual(once.tools);
  });

  it("leaves the caller's request as it is", () => {
    const given = request({ tools: [tool("a")] });
    const before = structuredClone(given);
    withCacheMarks(given, { ttl: "1h", message: { index: 0, path: "" } });
    expect(given).toEqual(before);
  });
});

describe("the order of times", () => {
  const refused = (given: ChatRequest): AditError | undefined => {
    try {
      checkCacheMarks(given);
      return undefined;
    } catch (error) {
      return AditError.isInstance(error) ? error : undefined;
    }
  };
  const hour = { cache_control: { ttl: "1h" } };
  const five = { cache_control: { ttl: "5m" } };
  const plain = { cache_control: {} };

  it.each([
    ["an hour alone", [], [hour]],
    ["an hour, then five minutes", [hour], [five]],
    ["five minutes twice", [plain], [five]],
  ])("%s is taken", (_case, [onTool], [onMessage]) => {
    const messages = [{ role: "user", content: "Hi", ...onMessage }];
    expect(refused(request({ tools: [tool("a", onTool)], messages }))).toBeUndefined();
  });

  it.each([
    ["five minutes named", five],
    ["AWS's five minutes", plain],
  ])("an hour behind %s is refused with its place", (_case, onTool) => {
    const messages = [{ role: "user", content: "Hi", ...hour }];
    const error = refused(request({ tools: [tool("a", onTool)], messages }));
    expect(error).toMatchObject({ code: "invalid_request", param: "messages[0].cache_control" });
    expect(error?.message).toContain("tools[0].cache_control");
  });

  it("a later system message is behind the tools and before the conversation", () => {
    const messages = [
      { role: "user", content: [{ type: "text", text: "Hi", ...five }] },
      { role: "system", content: "Rules", ...hour },
    ];
    expect(refused(request({ messages }))).toBeUndefined();
  });

  it("a time that AWS does not know is refused", () => {
    const messages = [{ role: "user", content: [{ cachePoint: { type: "default", ttl: "2h" } }] }];
    expect(refused(request({ messages }))).toMatchObject({ param: "messages[0].content[0].cachePoint" });
  });
});
