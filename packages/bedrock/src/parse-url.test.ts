import { expect, test } from "vitest";
import { parseUrl } from "./parse-url.ts";

test("gives the URL, and nothing for what is none, however often it is asked", () => {
  expect(parseUrl("https://host/path?a=b")?.pathname).toBe("/path");
  // Node 20's URL.canParse says true to it after some thousands of calls.
  for (let call = 0; call < 20_000; call += 1) expect(parseUrl("https://Ó\u008f")).toBeUndefined();
});
