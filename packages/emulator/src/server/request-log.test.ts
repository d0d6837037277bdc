import { describe, expect, it } from "vitest";
import type { SeenRequest } from "../options.ts";
import { splitTarget } from "./arrived-request.ts";
import { RequestLog } from "./request-log.ts";

const seen = (path: string, bytes = 0): SeenRequest => ({
  at: 0,
  method: "POST",
  path,
  headers: {},
  body: Buffer.alloc(bytes),
  operation: "Converse",
  status: 200,
  verdict: "sigv4 ok",
  faults: [],
});

describe("RequestLog", () => {
  it("keeps the latest 10,000", () => {
    const log = new RequestLog();
    for (let number = 0; number < 10_005; number += 1) {
      log.add(seen(String(number)));
    }
    expect(log.requests).toHaveLength(10_000);
    expect(log.requests[0]!.path).toBe("5");
    expect(log.requests.at(-1)!.path).toBe("10004");
  });

  it("keeps 64 MiB of bodies at most, and the latest whatever its size", () => {
    const log = new RequestLog();
    const mebibyte = 1_024 * 1_024;
    for (let number = 0; number < 4; number += 1) {
      log.add(seen(String(number), 20 * mebibyte));
    }
    expect(log.requests.map(({ path }) => path)).toEqual(["1", "2", "3"]);
    log.add(seen("large", 65 * mebibyte));
    expect(log.requests.map(({ path }) => path)).toEqual(["large"]);
    log.clear();
    log.add(seen("small", mebibyte));
    log.add(seen("smaller", mebibyte));
    expect(log.requests).toHaveLength(2);
  });
});

describe("splitTarget", () => {
  it.each([
    ["/a%3Ab/c?x=1&y=%2F", "/a%3Ab/c", "x=1&y=%2F"],
    ["http://127.0.0.1:80/model/x", "/model/x", ""],
    ["http://127.0.0.1?x=1", "/", "x=1"],
    ["", "/", ""],
  ])("takes %j apart and decodes nothing", (target, path, query) => {
    expect(splitTarget(target)).toEqual({ path, query });
  });
});
