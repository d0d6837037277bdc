/**
 * `npm run dashboard-client` writes the types by which the dashboard calls the control API, from the document that the gateway serves at
 * /openapi.json. They are checked in; a test holds them to the document.
 */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { root, run } from "./set-up.mjs";

export const clientFile = path.join(root, "packages", "dashboard", "src", "api", "control-api.ts");

const banner = "/** Written by `npm run dashboard-client` from the gateway's OpenAPI document. */\n";

/** The types for a document. The generator and the compiler that it needs are the dashboard's own. */
export async function clientText(document) {
  const require = createRequire(path.join(root, "packages", "dashboard", "package.json"));
  const { default: openapi, astToString } = require("openapi-typescript");
  return banner + astToString(await openapi(withoutCircles(document)));
}

/** A shape that holds itself is any JSON: TypeScript has no type for an alias that leads to itself. */
function withoutCircles(document) {
  const copy = structuredClone(document);
  for (const [name, shape] of Object.entries(copy.components.schemas)) {
    if (JSON.stringify(shape).includes(`"#/components/schemas/${name}"`)) copy.components.schemas[name] = {};
  }
  return copy;
}

async function main() {
  // The gateway alone: the dashboard may not build before its client is written anew.
  run(process.execPath, [path.join(root, "node_modules", "typescript", "bin", "tsc"), "-b", "packages/gateway"]);
  const documents = path.join(root, "packages", "gateway", "dist", "admin", "document");
  const { openApiDocument } = await import(pathToFileURL(path.join(documents, "openapi.js")).href);
  const { describedRoutes } = await import(pathToFileURL(path.join(documents, "described-routes.js")).href);
  writeFileSync(clientFile, await clientText(openApiDocument(describedRoutes({}), "0")));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
