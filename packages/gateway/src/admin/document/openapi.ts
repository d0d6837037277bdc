/** The OpenAPI 3.1 document: made from the very shapes that check the requests. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { z } from "zod";
import { isForKeys, scopesOf } from "../rights.ts";
import type { DescribedRoute, Need } from "../operation.ts";
import { schemas } from "../schemas/schema.ts";

const jsonType = "application/json";
const reference = (id: string): string => `#/components/schemas/${id}`;

/** The document of these routes. */
export function openApiDocument(operations: readonly DescribedRoute[], version: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method.toLowerCase()]: describe(operation) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Adit: the control API",
      version,
      description:
        "Virtual keys, configs, connectors, prompts, guardrails, gateway keys, limits, stored responses, logs, prices, projects and people of an Adit gateway. Secrets are taken in and never given out. Calls of models are described in docs/gateway.md.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ bearer: [] }, { header: [] }, { session: [] }],
    paths,
    components: {
      schemas: usedIn(paths, componentSchemas(operations)),
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "The admin key, or a gateway key with the scope." },
        header: { type: "apiKey", in: "header", name: "x-adit-api-key" },
        session: { type: "apiKey", in: "cookie", name: "adit_session", description: "Of POST /v1/session." },
      },
      responses: { Error: errorResponse },
    },
  };
}

const errorResponse: JsonObject = {
  description: "What is wrong, where (`param`), and what to do. Codes are in docs/errors.md.",
  content: {
    "application/json": {
      schema: {
        type: "object",
        required: ["error"],
        properties: {
          error: {
            type: "object",
            required: ["message", "type", "code", "param"],
            properties: {
              message: { type: "string" },
              type: { type: "string" },
              code: { type: "string" },
              param: { type: ["string", "null"] },
            },
          },
        },
      },
    },
  },
};

/** Each named shape as it is on the wire: what is read, as it is sent; what is shown, as it is. */
function componentSchemas(operations: readonly DescribedRoute[]): Record<string, JsonObject> {
  // A shape that zod has no words for says its own.
  const { schemas: made } = z.toJSONSchema(schemas, { io: "input", uri: reference, unrepresentable: "any" });
  // zod leaves out the examples of what it turns into something else, since they could be of either form: these are of the one that is sent.
  const examples = new Map(
    operations
      .flatMap(({ body, answer, failure }) => [body, answer, failure])
      .map((shape) => (shape === undefined ? undefined : schemas.get(shape)))
      .map((meta) => [meta?.id, meta?.examples as JsonValue[]]),
  );
  const whole = Object.entries(made).map(([id, schema]): [string, JsonObject] => {
    const own = withoutOwnIds(schema as JsonObject);
    return [id, examples.has(id) ? { ...own, examples: examples.get(id) ?? [] } : own];
  });
  return Object.fromEntries(whole);
}

const referred = /"#\/components\/schemas\/([^"]+)"/g;

/** The shapes that paths lead to, by their names: which others there are, and in what order, depends on what has been loaded. */
function usedIn(paths: JsonObject, shapes: Readonly<Record<string, JsonObject>>): JsonObject {
  const used = new Set<string>();
  const open: JsonObject[] = [paths];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const [, id = ""] of JSON.stringify(next).matchAll(referred)) {
      const shape = shapes[id];
      if (shape === undefined || used.has(id)) continue;
      used.add(id);
      open.push(shape);
    }
  }
  return Object.fromEntries([...used].toSorted().map((id) => [id, shapes[id] ?? {}]));
}

/** In the document a shape's place is its name. */
function withoutOwnIds(schema: JsonObject): JsonObject {
  const { $schema: _schema, $id: _id, id: _ownId, ...rest } = schema;
  return rest;
}

const etag: JsonObject = {
  schema: { type: "string" },
  description: "Of the object, where the answer shows one.",
};

function describe(operation: DescribedRoute): JsonObject {
  const { id, tag, summary, need, rights, status, changes, body, answer, isOpen, failure } = operation;
  const description = need === undefined ? rights : rightsOf(need);
  const parameters = [...pathParameters(operation.path), ...queryParameters(operation.query), ...headersOf(operation)];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    ...(isOpen === true && { security: [] }),
    parameters,
    ...(body !== undefined && { requestBody: { required: operation.isBodyOptional !== true, content: json(body) } }),
    responses: {
      [String(status)]: {
        description: "Done.",
        ...(need !== undefined && { headers: { etag } }),
        ...(answer !== undefined && { content: contentOf(answer, operation.contentTypes ?? [jsonType]) }),
      },
      ...(changes && {
        "409": { $ref: "#/components/responses/Error" },
        "412": { $ref: "#/components/responses/Error" },
      }),
      default:
        failure === undefined
          ? { $ref: "#/components/responses/Error" }
          : { description: "What is wrong, and what to do.", content: json(failure) },
    },
    ...(need !== undefined && {
      "x-adit-scope": isForKeys(need) ? need.scope : null,
      "x-adit-role": need.role,
    }),
  };
}

function rightsOf(need: Need): string {
  const { role, over } = need;
  const scopes = scopesOf(need).map((scope) => `\`${scope}\``);
  const place = over === "gateway" ? "in the whole gateway" : "in the project";
  if (!isForKeys(need)) return `For an admin ${place}, and for no gateway key.`;
  return `For ${role === "admin" ? "an" : "a"} ${role} ${place}, or a gateway key with the scope${scopes.length > 1 ? "s" : ""} ${scopes.join(" and ")}.`;
}

function json(shape: z.ZodType): JsonObject {
  return contentOf(shape, [jsonType]);
}

function contentOf(shape: z.ZodType, contentTypes: readonly string[]): JsonObject {
  const id = schemas.get(shape)?.id;
  if (id === undefined) throw new Error("A shape of the control API has no name.");
  return Object.fromEntries(contentTypes.map((type) => [type, { schema: { $ref: reference(id) } }]));
}

function pathParameters(path: string): JsonObject[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
}

function queryParameters(query: z.ZodType | undefined): JsonObject[] {
  if (query === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: "input", unrepresentable: "any" });
  return Object.entries(properties).map(([name, property]) => {
    const schema = isJsonObject(property) ? property : {};
    const { description, ...rest } = schema;
    return {
      name,
      in: "query",
      required: required.includes(name),
      ...(description !== undefined && { description }),
      schema: rest,
    };
  });
}

function headersOf({ changes, isDoneOnce, method }: DescribedRoute): JsonObject[] {
  if (!changes && isDoneOnce !== true) return [];
  const text = { in: "header", required: false, schema: { type: "string" } };
  return [
    {
      ...text,
      name: "Idempotency-Key",
      description: "A request that is sent again with the same key and body is done once; kept for a day.",
    },
    ...(method === "POST"
      ? []
      : [{ ...text, name: "If-Match", description: "The ETag that the object must still have; otherwise 412." }]),
  ];
}
