/** The document is complete: every route is in it, every example is of its shape, every reference leads somewhere. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { textOf } from "../docs/documents.ts";
import { readApplyFile } from "../../packages/gateway/src/admin/apply/apply-file.ts";
import { apiPage, contentSecurityPolicy } from "../../packages/gateway/src/admin/api-page.ts";
import { controlRoutes, type ControlOptions } from "../../packages/gateway/src/admin/control-routes.ts";
import { openApiDocument } from "../../packages/gateway/src/admin/document/openapi.ts";
import { describedRoutes } from "../../packages/gateway/src/admin/document/described-routes.ts";
import { sessionRoutes } from "../../packages/gateway/src/admin/session-routes.ts";
import {
  connectorCallRoutes,
  type ConnectorCallDependencies,
} from "../../packages/gateway/src/connectors/call-routes.ts";
import { connectorSpec } from "../../packages/gateway/src/connectors/connector-schema.ts";
import type { Incoming, Reply } from "../../packages/gateway/src/http/routes/route.ts";
import type { Stored } from "../../packages/gateway/src/stored.ts";
import { schemas } from "../../packages/gateway/src/admin/schemas/schema.ts";

// Only the tables are read: nothing behind them is called.
const options = { version: "1.2.3", maxJsonDepth: 10 } as ControlOptions;
const described = describedRoutes(options);
const document = openApiDocument(described, "1.2.3") as {
  openapi: string;
  paths: Record<string, Record<string, { operationId: string; parameters: { name: string; in: string }[] }>>;
  components: { schemas: Record<string, { examples: unknown[] }> };
};

test("the document and its page are made once, and the same bytes for all who ask: nobody needs a key, and thousands may hold an answer", async () => {
  for (const path of ["/openapi.json", "/docs/api"]) {
    const route = controlRoutes(options).find((one) => one.path === path);
    if (route?.access !== "open") throw new Error(`${path} is open to all.`);
    const sent: unknown[] = [];
    const reply = { header: () => {}, send: (_status: number, body: unknown) => sent.push(body) };
    // Of the request these routes read nothing, and of the reply they call no more.
    for (let times = 0; times < 2; times += 1) await route.handle({} as Incoming, reply as unknown as Reply);
    const [first, second] = sent;
    expect(first).toBeInstanceOf(Uint8Array);
    expect(second).toBe(first);
  }
});

test("every route is in the document, and nothing else", () => {
  const written = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const routes = [
    ...controlRoutes(options).filter(({ access }) => access === "control"),
    ...sessionRoutes({} as Stored, 10),
    ...connectorCallRoutes({} as ConnectorCallDependencies),
  ].map(({ method, path }) => `${method} ${path}`);
  expect(written.toSorted()).toEqual(routes.toSorted());
  expect(document.openapi).toBe("3.1.0");
});

test("the routes of sessions are in it with their shapes: in and out, who asks, one's own password", () => {
  const shapeOf = (name: string) => ({ "application/json": { schema: { $ref: `#/components/schemas/${name}` } } });
  const session = document.paths["/v1/session"];
  expect(session?.["post"]).toMatchObject({
    security: [],
    requestBody: { required: true, content: shapeOf("SignIn") },
    responses: { "200": { content: shapeOf("Session") } },
  });
  expect(session?.["get"]).toMatchObject({ responses: { "200": { content: shapeOf("Session") } } });
  expect(session?.["delete"]).toMatchObject({ responses: { "204": {} } });
  expect(document.paths["/v1/session/password"]?.["put"]).toMatchObject({
    requestBody: { content: shapeOf("PasswordChange") },
    responses: { "204": {} },
  });
});

test("ids are unique, and each part of a path is a parameter", () => {
  const all = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.values(item).map((operation) => ({ path, ...operation })),
  );
  const ids = all.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, parameters } of all) {
    const inPath = parameters.filter((parameter) => parameter.in === "path").map(({ name }) => name);
    expect(inPath).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name));
  }
});

test("calls of connectors are described by the shape that checks them", () => {
  const { invocation, failure } = {
    invocation: document.components.schemas["ConnectorInvocation"],
    failure: document.paths["/v1/connectors/{slug}/read"]?.["post"],
  };
  expect(invocation).toMatchObject({
    additionalProperties: false,
    properties: { body: { type: "object" }, values: { type: "object" }, stream: { type: "boolean" } },
  });
  expect(failure).toMatchObject({
    description: expect.stringContaining("completions.write") as string,
    requestBody: { required: false },
    responses: {
      default: {
        content: { "application/json": { schema: { $ref: expect.stringContaining("ConnectorFailure") as string } } },
      },
    },
  });
});

test("a connector's formats are text or an object, and in its form text", () => {
  const format = { anyOf: [{ type: "string" }, { type: "object" }], title: "Request Format" };
  for (const id of ["ConnectorCreate", "ConnectionCheck"]) {
    const { request_format: published } = z
      .object({ properties: z.object({ connection_spec: z.object({ properties: z.looseObject({}) }) }) })
      .parse(document.components.schemas[id]).properties.connection_spec.properties;
    expect(published).toMatchObject(format);
    expect(published).not.toHaveProperty("type");
  }
  expect(connectorSpec()).toHaveProperty(
    "connector_spec.connection_specification.properties.request_format.type",
    "string",
  );
});

test("every reference leads to a shape", () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
  expect(references.length).toBeGreaterThan(60);
  for (const [, id = ""] of references) expect(document.components.schemas).toHaveProperty([id]);
});

const shapes = new Map(
  described
    .flatMap(({ body, answer, failure }) => [body, answer, failure])
    .flatMap((shape) => {
      const meta = shape === undefined ? undefined : schemas.get(shape);
      return shape === undefined || meta === undefined ? [] : [[meta.id, { shape, examples: meta.examples }] as const];
    }),
);

describe("every example is of its shape", () => {
  test("each shape of a request or an answer has one", () => {
    expect(shapes.size).toBeGreaterThan(40);
    const without = [...shapes.keys()].filter((id) => (document.components.schemas[id]?.examples ?? []).length === 0);
    expect(without).toEqual([]);
  });

  test.each([...shapes.entries()])("%s", (_id, { shape, examples }) => {
    for (const example of examples) expect(z.safeParse(shape, example).error?.issues).toBeUndefined();
  });
});

test("the page runs nothing, loads nothing, and shows each operation", () => {
  const page = apiPage(openApiDocument(described, "1.2.3"));
  expect(page).not.toMatch(/<script|<img|<link|src=|url\(|\son\w+=/);
  expect(contentSecurityPolicy).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]+={0,2}';/);
  for (const { path, id } of described) {
    expect(page).toContain(path);
    expect(page).toContain(`id="${id}"`);
  }
});

test("the file of docs/apply.md is one that adit apply reads", () => {
  const sample = /```yaml\n([\s\S]*?)```/.exec(textOf("docs/apply.md"))?.[1] ?? "";
  const variables = { BEDROCK_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", BEDROCK_SECRET_ACCESS_KEY: "secret" };
  const { projects } = readApplyFile(sample, variables);
  expect(projects.map(({ slug }) => slug)).toEqual(["default", "billing"]);
  expect(projects[0]?.virtual_keys?.[0]?.credential?.["aws_secret_access_key"]).toBe("secret");
});
