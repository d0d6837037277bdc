import { describe, expect, it } from "vitest";
import { CallerHeaders } from "./caller-headers.ts";

describe("CallerHeaders", () => {
  it("reads one namespace in the order adit, portkey, obiguard", () => {
    const all = { "x-obiguard-api-key": "o", "x-portkey-api-key": "p", "x-adit-api-key": "a" };
    expect(new CallerHeaders(all).get("api-key")).toBe("a");
    expect(new CallerHeaders({ "x-obiguard-api-key": "o", "x-portkey-api-key": "p" }).get("api-key")).toBe("p");
    expect(new CallerHeaders({ "x-obiguard-api-key": "o" }).get("api-key")).toBe("o");
    expect(new CallerHeaders({ "x-other-api-key": "o", "api-key": "x" }).get("api-key")).toBeUndefined();
  });

  it("takes an empty header for an absent one, and the next vendor's for it", () => {
    const headers = new CallerHeaders({ "x-adit-provider": "  ", "x-portkey-provider": "bedrock", authorization: "" });
    expect(headers.get("provider")).toBe("bedrock");
    expect(headers.raw("authorization")).toBeUndefined();
    expect(headers.uses("adit")).toBe(false);
    expect(headers.uses("portkey")).toBe(true);
    expect(headers.uses("obiguard")).toBe(false);
  });

  it("holds underscores and hyphens for equal, on both sides", () => {
    const headers = new CallerHeaders({ "x-portkey-aws_session_token": "t", "x-adit-aws-region": "eu-west-1" });
    expect(headers.get("aws-session-token")).toBe("t");
    expect(headers.get("aws_session_token")).toBe("t");
    expect(headers.get("aws_region")).toBe("eu-west-1");
  });

  it("reads the doubled vendor's name that SDKs send, and lets the plain one win whatever the order", () => {
    expect(new CallerHeaders({ "x-portkey-portkey-beta": "b" }).get("beta")).toBe("b");
    expect(new CallerHeaders({ "x-portkey-portkey_trace_id": "t" }).get("trace-id")).toBe("t");
    expect(new CallerHeaders({ "x-portkey-portkey-beta": "b", "x-portkey-beta": "plain" }).get("beta")).toBe("plain");
    expect(new CallerHeaders({ "x-portkey-beta": "plain", "x-portkey-portkey-beta": "b" }).get("beta")).toBe("plain");
    expect(new CallerHeaders({ "x-portkey-api_key": "u", "x-portkey-api-key": "h" }).get("api-key")).toBe("h");
    expect(new CallerHeaders({ "x-portkey-api-key": "h", "x-portkey-api_key": "u" }).get("api-key")).toBe("h");
  });

  it("tells the names that begin alike, each once", () => {
    const few = new CallerHeaders({ "x-adit-aws-region": "a", "x-portkey-aws_region": "b", "x-portkey-aws-role": "c" });
    expect(few.namesBeginning("aws")).toEqual(["aws-region", "aws-role"]);
    expect(few.namesBeginning("azure")).toEqual([]);
  });

  it("gives headers that came twice as node does", () => {
    expect(new CallerHeaders({ "set-cookie": ["a", "b"] }).raw("set-cookie")).toBe("a, b");
    expect(new CallerHeaders({ "x-adit-metadata": "a, b" }).get("metadata")).toBe("a, b");
  });

  it("finds no members of objects under names that callers choose", () => {
    const headers = new CallerHeaders({ "x-adit-trace-id": "1" });
    for (const name of ["constructor", "__proto__", "hasOwnProperty", "toString"]) {
      expect(headers.raw(name)).toBeUndefined();
      expect(headers.get(name)).toBeUndefined();
    }
  });
});
