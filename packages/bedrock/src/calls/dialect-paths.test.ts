import { describe, expect, it } from "vitest";
import type { Message } from "../converse/content.ts";
import { chatFields, pathsInDialect, type DialectMessage } from "./dialect-paths.ts";

describe("paths of Converse's request in the caller's words", () => {
  const converse: Message[] = [
    { role: "user", content: [{ text: "a" }] },
    { role: "assistant", content: [{ text: "b" }] },
  ];

  it("are found by one look at the messages, however many there are", () => {
    let looks = 0;
    const messages: DialectMessage[] = [{ role: "system" }, { role: "user" }, { role: "assistant" }];
    const watched = new Proxy(messages, {
      get: (list, name) => {
        if (name === "entries") looks += 1;
        return Reflect.get(list, name) as unknown;
      },
    });
    const inDialect = pathsInDialect(chatFields, watched, converse);
    expect(looks).toBe(0);
    expect(inDialect("messages[1].content[0].reasoningContent")).toBe("messages[2].content[0].reasoningContent");
    expect(inDialect("messages[0].content[0].cachePoint")).toBe("messages[1].content[0].cachePoint");
    expect(inDialect("inferenceConfig.topP")).toBe("top_p");
    expect(looks).toBe(1);
  });
});
