/** `/docs/api`: the OpenAPI document as one page of HTML, without a script and without a request to anywhere. */
import { hash } from "node:crypto";
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";

const style = `
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; color: #1b1b1b; background: #fff; }
h2 { border-bottom: 1px solid #ccc; margin-top: 2.5rem; text-transform: capitalize; }
details { border: 1px solid #ddd; border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; }
code, pre { font: 14px/1.4 ui-monospace, monospace; }
pre { background: #f5f5f5; overflow-x: auto; padding: .8rem; }
.method { display: inline-block; font-weight: 700; min-width: 4.5rem; }
table { border-collapse: collapse; } td, th { border: 1px solid #ddd; padding: .2rem .5rem; text-align: left; vertical-align: top; }
@media (prefers-color-scheme: dark) {
  body { background: #161616; color: #e6e6e6; } pre { background: #222; } details, td, th { border-color: #444; } a { color: #9cf; }
}
`;

/** Nothing may be loaded or run: the one style is named by its hash. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${hash("sha256", style, "base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The page of a document that {@link openApiDocument} has made. */
export function apiPage(document: JsonObject): string {
  const info = objectAt(document, "info");
  const operations = operationsOf(document);
  const tags = [...new Set(operations.map(({ tag }) => tag))];
  const sections = tags.map((tag) => {
    const ofTag = operations.filter((operation) => operation.tag === tag);
    return `<h2>${escaped(tag)}</h2>\n${ofTag.map(operationHtml).join("\n")}`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(textAt(info, "title"))}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(textAt(info, "title"))}</h1>
<p>${escaped(textAt(info, "description"))} For programs: <a href="/openapi.json">/openapi.json</a>.</p>
${sections.join("\n")}
<h2>Shapes</h2>
${Object.entries(objectAt(objectAt(document, "components"), "schemas"))
  .map(shapeHtml)
  .join("\n")}
</body>
</html>
`;
}

interface Shown {
  method: string;
  path: string;
  tag: string;
  operation: JsonObject;
}

function operationsOf(document: JsonObject): Shown[] {
  return Object.entries(objectAt(document, "paths")).flatMap(([path, item]) =>
    Object.entries(item as JsonObject).map(([method, operation]) => {
      const described = operation as JsonObject;
      const tag = (described["tags"] as string[])[0] ?? "";
      return { method: method.toUpperCase(), path, tag, operation: described };
    }),
  );
}

function operationHtml({ method, path, operation }: Shown): string {
  const parameters = operation["parameters"] as JsonObject[];
  const rows = parameters.map(
    (parameter) =>
      `<tr><td><code>${escaped(textAt(parameter, "name"))}</code></td><td>${escaped(textAt(parameter, "in"))}</td><td>${escaped(textAt(parameter, "description"))}</td></tr>`,
  );
  const table =
    rows.length === 0 ? "" : `<table><tr><th>parameter</th><th>in</th><th></th></tr>${rows.join("")}</table>`;
  const refs = [
    ["takes", refIn(objectAt(operation, "requestBody"))],
    ["gives", refIn(objectAt(objectAt(operation, "responses"), "200"))],
  ].flatMap(([word = "", id]) => (id === undefined ? [] : [`${word} <a href="#${escaped(id)}">${escaped(id)}</a>`]));
  return `<details id="${escaped(textAt(operation, "operationId"))}">
<summary><span class="method">${method}</span> <code>${escaped(path)}</code> ${escaped(textAt(operation, "summary"))}</summary>
<p>${escaped(textAt(operation, "description"))} ${refs.join(", ")}.</p>
${table}
</details>`;
}

function refIn(holder: JsonObject): string | undefined {
  const schema = objectAt(objectAt(objectAt(holder, "content"), "application/json"), "schema");
  return textAt(schema, "$ref").split("/").at(-1) || undefined;
}

function shapeHtml([id, schema]: [string, JsonValue | undefined]): string {
  return `<details id="${escaped(id)}"><summary><code>${escaped(id)}</code></summary>
<pre>${escaped(JSON.stringify(schema, undefined, 2))}</pre></details>`;
}

function objectAt(object: JsonObject, name: string): JsonObject {
  const value = object[name];
  return value !== undefined && isJsonObject(value) ? value : {};
}

function textAt(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === "string" ? value : "";
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
