import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docsRoutes, findDocs } from "./docs-routes.ts";
import { healthRoutes } from "./health-routes.ts";
import type { Route } from "./route.ts";
import { RouteTable } from "./route-table.ts";
import { goodHeaders, keyRoute, lengthRoute, listening, type TestListener } from "../testing/listening.ts";

const get = (place: string): ReturnType<typeof keyRoute> =>
  keyRoute(
    place,
    (incoming, reply) => {
      reply.send(200, { path: incoming.path, q: incoming.query.get("q") });
      return Promise.resolve();
    },
    "GET",
  );

describe("RouteTable", () => {
  const table = new RouteTable([get("/v1/models"), get("/v1/models/*"), get("/v1/models/special/*"), lengthRoute]);

  it("finds exact paths, then the longest prefix, with and without a slash at the end", () => {
    expect(table.find("GET", "/v1/models")?.route?.path).toBe("/v1/models");
    expect(table.find("GET", "/v1/models/")?.route?.path).toBe("/v1/models");
    expect(table.find("HEAD", "/v1/models/a")?.route?.path).toBe("/v1/models/*");
    expect(table.find("GET", "/v1/models/special/b/c")?.route?.path).toBe("/v1/models/special/*");
    expect(table.find("GET", "/v1/modelsx")).toBeUndefined();
    expect(table.find("GET", "//v1/models")).toBeUndefined();
    expect(table.find("GET", "/V1/models")).toBeUndefined();
    expect(table.find("POST", "/v1/models")?.allow).toBe("GET, HEAD, OPTIONS");
    expect(table.find("GET", "/v1/length")?.allow).toBe("POST, OPTIONS");
  });

  it("finds paths with parameters after exact ones and before prefixes, decoded", () => {
    const keys = new RouteTable([
      get("/v1/keys/{id}"),
      get("/v1/keys/{id}/{part}"),
      get("/v1/keys/{id}/versions"),
      get("/v1/keys/mine"),
      get("/v1/keys/*"),
      keyRoute("/v1/keys/{id}", () => Promise.resolve(), "PUT"),
      keyRoute("/v1/keys/{id}", () => Promise.resolve(), "PATCH"),
      keyRoute("/v1/keys/{id}", () => Promise.resolve(), "DELETE"),
    ]);
    const found = (path: string, method = "GET") => {
      const place = keys.find(method, path);
      return place?.route === undefined ? place?.allow : [place.route.path, place.parameters];
    };
    expect(found("/v1/keys/mine")).toEqual(["/v1/keys/mine", {}]);
    expect(found("/v1/keys/a%2Fb")).toEqual(["/v1/keys/{id}", { id: "a/b" }]);
    expect(found("/v1/keys/a/")).toEqual(["/v1/keys/{id}", { id: "a" }]);
    expect(found("/v1/keys/a/versions")).toEqual(["/v1/keys/{id}/versions", { id: "a" }]);
    expect(found("/v1/keys/a/other")).toEqual(["/v1/keys/{id}/{part}", { id: "a", part: "other" }]);
    expect(found("/v1/keys/%zz")).toEqual(["/v1/keys/*", {}]);
    expect(found("/v1/keys/a/b/c")).toEqual(["/v1/keys/*", {}]);
    expect(found("/v1/keys/a", "DELETE")).toEqual(["/v1/keys/{id}", { id: "a" }]);
    expect(found("/v1/keys/a", "POST")).toBe("GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
    expect(found("/v1/keys/a", "constructor")).toBe("GET, HEAD, PUT, PATCH, DELETE, OPTIONS");
    expect(found("/v1/keys/__proto__")).toEqual(["/v1/keys/{id}", { id: "__proto__" }]);
  });

  it("refuses two routes for one place", () => {
    expect(() => new RouteTable([get("/a"), get("/a/")])).toThrow("Two routes");
  });
});

describe("routing", () => {
  let listener: TestListener;
  beforeAll(async () => {
    const spoken = keyRoute("/v1/spoken", () => Promise.resolve(), "POST");
    spoken.errorBody = ({ code }) => `"said: ${code}"`;
    spoken.errorHeaders = ({ code }) => ({ "x-of": code });
    spoken.requestIdHeader = "x-its-id";
    const both: Route = { ...get("/v1/both"), access: "control" };
    const routes = [both, get("/v1/models"), get("/v1/models/*"), get("/v1/responses/{id}"), spoken, lengthRoute];
    listener = await listening([...routes, ...healthRoutes()], {
      settings: { corsOrigins: new Set(["https://page.example"]) },
    });
  });
  afterAll(() => listener.stop());
  const call = (place: string, init: { method?: string; body?: string; origin?: string } = {}): Promise<Response> => {
    const { origin, ...rest } = init;
    return fetch(listener.url + place, { ...rest, headers: { ...goodHeaders, ...(origin && { origin }) } });
  };

  it("gives 404 as JSON, with a hint where the base URL is off by /v1", async () => {
    const missing = await call("/v1/nothing");
    expect([missing.status, missing.headers.get("content-type")]).toEqual([404, "application/json"]);
    expect(missing.headers.get("x-portkey-trace-id")).not.toBeNull();
    expect(((await missing.json()) as { error: { code: string } }).error.code).toBe("not_found");
    expect(await (await call("/length", { method: "POST" })).text()).toContain("/v1/length");
    expect(await (await call("/v1/v1/models")).text()).toContain("Call /v1/models");
    const proxy = await call("/v1/proxy/chat/completions", { method: "POST", body: "{}" });
    expect([proxy.status, (await proxy.text()).includes("/v1/proxy/")]).toEqual([404, true]);
  });

  it.each([
    ["/v1/conversations/conv_1/items", /send the earlier items in input/],
    ["/v1/admin/users/invites", /\/v1\/people/],
    ["/v1/policies/usage-limits", /\/v1\/budgets/],
    ["/v1/responses/compact", /have a model sum them up/],
    ["/v1/messages/batches", /one by one/],
    ["/v1/files", /in the request/],
  ])("says at %s, which vendors' clients know, what to do instead", async (place, words) => {
    const response = await call(place, { method: "POST", body: "{}" });
    expect([response.status, await response.text()]).toEqual([404, expect.stringMatching(words)]);
  });

  it("gives 405 with Allow, for any method", async () => {
    for (const method of ["PUT", "DELETE", "PATCH", "GET"]) {
      const response = await call("/v1/length", { method });
      expect([response.status, response.headers.get("allow")]).toEqual([405, "POST, OPTIONS"]);
    }
  });

  it("refuses beside a route in the words of that route's dialect", async () => {
    const shown = async (place: string, method: string) => {
      const response = await call(place, { method });
      expect(response.headers.get("x-its-id")).toBe(response.headers.get("x-adit-request-id"));
      return [response.status, response.headers.get("x-of"), await response.json()];
    };
    expect(await shown("/v1/spoken", "GET")).toEqual([405, "method_not_allowed", "said: method_not_allowed"]);
    expect(await shown("/v1/spoken/else/where", "POST")).toEqual([404, "not_found", "said: not_found"]);
    expect(await shown(`/v1/spoken${"/".repeat(8_000)}`, "POST")).toEqual([404, "not_found", "said: not_found"]);
    expect((await call("/v1/spokenx", { method: "POST" })).headers.get("x-of")).toBeNull();
  });

  it("refuses Anthropic's clients in their own words where a path is nobody's or both clients', and nowhere else", async () => {
    const shown = async (place: string) => {
      const headers = { ...goodHeaders, "anthropic-version": "2023-06-01" };
      const response = await fetch(listener.url + place, { method: "DELETE", headers });
      return [response.headers.get("request-id"), await response.json()];
    };
    for (const [place, message] of [
      ["/v1/files", /Files are not kept here/],
      ["/v1/nothing", /Nothing is served/],
      ["/v1/both", /DELETE is not answered/],
    ] as const) {
      const error = { type: expect.any(String) as string, message: expect.stringMatching(message) as string };
      const id = expect.stringMatching(/^req_/) as string;
      expect(await shown(place)).toEqual([id, expect.objectContaining({ type: "error", error, request_id: id })]);
    }
    expect(await shown("/v1/length")).toEqual([null, { error: expect.objectContaining({ param: null }) as object }]);
    expect(await (await call("/v1/files")).json()).toHaveProperty("error.code", "not_found");
  });

  it("answers HEAD as GET without a body, paths as they came, queries decoded", async () => {
    const head = await call("/v1/models", { method: "HEAD" });
    const full = await call("/v1/models");
    expect(head.headers.get("content-length")).toBe(full.headers.get("content-length"));
    expect(await head.text()).toBe("");
    expect(await (await call("/v1/models/a%2Fb%3Ac?q=%C3%A9%20x")).json()).toEqual({
      path: "/v1/models/a%2Fb%3Ac",
      q: "é x",
    });
  });

  it("answers health without a key", async () => {
    for (const [place, key] of [
      ["/health", "status"],
      ["/ready", "status"],
    ] as const) {
      const response = await fetch(listener.url + place);
      expect(response.status).toBe(200);
      expect(await response.json()).toHaveProperty(key);
    }
  });

  it("lets no cache in between keep what is for the bearer of a key, errors too, or the state of health", async () => {
    const kept = async (place: string, init: RequestInit = {}): Promise<string | null> =>
      (await fetch(listener.url + place, init)).headers.get("cache-control");
    const headers = goodHeaders;
    expect(await kept("/v1/models", { headers })).toBe("private, no-cache");
    expect(await kept("/v1/models/a", { headers, method: "HEAD" })).toBe("private, no-cache");
    expect(await kept("/v1/models")).toBe("private, no-cache");
    expect(await kept("/health")).toBe("no-store");
    expect(await kept("/ready")).toBe("no-store");
  });

  it("answers preflights of allowed origins alone", async () => {
    const preflight = (origin: string): Promise<Response> =>
      fetch(`${listener.url}/v1/length`, {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers":
            "authorization,content-type,x-portkey-api-key,x-adit-trace-id,x-obiguard-config",
        },
      });
    const allowed = await preflight("https://page.example");
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-origin")).toBe("https://page.example");
    expect(allowed.headers.get("access-control-allow-headers")).toContain("x-portkey-api-key");
    expect(allowed.headers.get("access-control-allow-headers")).toContain("x-obiguard-config");
    expect(allowed.headers.get("access-control-allow-methods")).toContain("POST");
    expect(allowed.headers.get("access-control-allow-credentials")).toBeNull();
    for (const origin of ["https://evil.example", "https://page.example.evil.example", "http://page.example", "null"]) {
      const refused = await preflight(origin);
      expect(refused.status).toBe(204);
      expect(refused.headers.get("access-control-allow-origin")).toBeNull();
      expect(refused.headers.get("access-control-allow-headers")).toBeNull();
    }
  });

  it("lets an allowed page read answers, errors too, and says that they vary by origin", async () => {
    for (const [place, status] of [
      ["/v1/models", 200],
      ["/v1/nothing", 404],
    ] as const) {
      const response = await call(place, { origin: "https://page.example" });
      expect(response.status).toBe(status);
      expect(response.headers.get("access-control-allow-origin")).toBe("https://page.example");
      expect(response.headers.get("vary")).toBe("origin");
    }
    expect((await call("/v1/models")).headers.get("access-control-allow-origin")).toBeNull();
  });

  it("says nothing of origins by default, and to all where all are allowed", async () => {
    const closed = await listening([...healthRoutes()]);
    const open = await listening([...healthRoutes(() => false)], { settings: { corsOrigins: new Set(["*"]) } });
    const origin = { headers: { origin: "https://page.example" } };
    expect((await fetch(`${closed.url}/health`, origin)).headers.get("access-control-allow-origin")).toBeNull();
    const ready = await fetch(`${open.url}/ready`, origin);
    expect(ready.headers.get("access-control-allow-origin")).toBe("*");
    expect([ready.status, ready.headers.get("retry-after")]).toEqual([503, "1"]);
    await closed.stop();
    await open.stop();
  });
});

describe("documents", () => {
  let folder: string;
  let listener: TestListener;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "adit-docs-"));
    await mkdir(path.join(folder, "docs", "guides"), { recursive: true });
    await writeFile(path.join(folder, "docs", "start.md"), "# First steps\n\nGrüße.\n");
    await writeFile(path.join(folder, "docs", "guides", "README.md"), "# Guides\n");
    await writeFile(path.join(folder, "docs", "guides", "portkey.md"), "No title here.\n");
    await writeFile(path.join(folder, "docs", "data.json"), "{}");
    await writeFile(path.join(folder, "secret.md"), "# Secret\n");
    await symlink(path.join(folder, "secret.md"), path.join(folder, "docs", "link.md"));
    listener = await listening(docsRoutes(path.join(folder, "docs")));
  });
  afterAll(async () => {
    await listener.stop();
    await rm(folder, { recursive: true });
  });
  const read = async (place: string): Promise<[number, string | null, string]> => {
    const response = await fetch(listener.url + place);
    return [response.status, response.headers.get("content-type"), await response.text()];
  };

  it("serves pages with and without .md, a folder by its README, an index of all", async () => {
    const page = [200, "text/markdown; charset=utf-8", "# First steps\n\nGrüße.\n"];
    expect(await read("/docs/start")).toEqual(page);
    expect(await read("/docs/start.md")).toEqual(page);
    // As Chromium and Firefox ask for a page.
    const browser = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };
    const shown = await fetch(`${listener.url}/docs/start`, { headers: browser });
    expect([shown.headers.get("content-type"), shown.headers.get("vary")]).toEqual([
      "text/plain; charset=utf-8",
      "accept",
    ]);
    expect((await read("/docs/guides/"))[2]).toBe("# Guides\n");
    expect((await read("/docs/guides"))[2]).toBe("# Guides\n");
    for (const place of ["/docs", "/docs/", "/llms.txt"]) {
      const [status, , text] = await read(place);
      expect(status).toBe(200);
      expect(text).toContain("- [First steps](/docs/start.md)\n");
      expect(text).toContain("- [guides/portkey](/docs/guides/portkey.md)\n");
      expect(text).not.toContain("ecret");
    }
    await writeFile(path.join(folder, "docs", "new.md"), "# New\n");
    expect((await read("/llms.txt"))[2]).toContain("[New](/docs/new.md)");
    await writeFile(path.join(folder, "docs", "new.md"), "# Newer\n");
    expect((await read("/docs/new"))[2]).toBe("# Newer\n");
  });

  it("links to pages that are there", async () => {
    const [, , index] = await read("/llms.txt");
    const links = [...index.matchAll(/\]\(([^)]+)\)/g)].map((match) => match[1] ?? "");
    expect(links.length).toBeGreaterThanOrEqual(3);
    for (const link of links) expect((await read(link))[0]).toBe(200);
  });

  it("serves nothing else of the disk", async () => {
    for (const place of [
      "/docs/%2e%2e/secret",
      "/docs/..%2fsecret.md",
      "/docs/link.md",
      "/docs/data.json",
      "/docs/data",
      "/docs/%",
      "/docs/a%00",
      "/docs/%2fetc%2fpasswd",
    ]) {
      expect((await read(place))[0]).toBe(404);
    }
  });

  it("are the checkout's own, where it runs in one", () => {
    expect(findDocs()).toBe(path.resolve(import.meta.dirname, "../../../../../docs"));
  });

  it("says so where no pages are installed", async () => {
    const bare = await listening(docsRoutes(path.join(folder, "docs", "nowhere")));
    expect((await fetch(`${bare.url}/docs/x`)).status).toBe(404);
    expect((await fetch(`${bare.url}/llms.txt`)).status).toBe(200);
    await bare.stop();
  });
});
