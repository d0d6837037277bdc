/** A bundle of one function holds what that function needs, and no more: the package is tree-shakeable. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { build, type Rolldown } from "vite";

const root = path.resolve(import.meta.dirname, "../..");
const face = path.join(root, "packages/bedrock/dist/index.js");

/** The modules of the package that a program which uses these exports is made of, and the bundle's text. */
async function bundleOf(...names: string[]): Promise<{ modules: string[]; imports: string[]; code: string }> {
  const entry = "\0entry";
  const built = (await build({
    configFile: false,
    logLevel: "silent",
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === "entry" ? entry : undefined),
        load: (id) => (id === entry ? `export { ${names.join(", ")} } from ${JSON.stringify(face)};` : undefined),
      },
    ],
    build: {
      ssr: true,
      write: false,
      minify: false,
      rolldownOptions: { input: "entry", external: [/^node:/, /^undici\//, /^@aws-sdk\//, /^zod/] },
    },
  })) as Rolldown.RolldownOutput;
  const [chunk] = built.output;
  const folder = `${path.dirname(face)}${path.sep}`;
  const modules = Object.entries(chunk.modules).filter(([, { renderedLength }]) => renderedLength > 0);
  return { modules: modules.map(([id]) => id.replace(folder, "")), imports: chunk.imports, code: chunk.code };
}

test("the package says that its modules do nothing on being loaded", () => {
  const manifest = JSON.parse(readFileSync(path.join(root, "packages/bedrock/package.json"), "utf8")) as object;
  expect(manifest).toHaveProperty("sideEffects", false);
});

test("generateText leaves out what only gateways, other faces and embeddings need", async () => {
  const { modules, code } = await bundleOf("generateText");
  expect(modules).toContain("generate/generate-text.js");
  const others =
    /^(bedrock\.js|embed|families\/embeddings|dialects\/(openai-embeddings|anthropic-messages|bedrock-native)|wire\/(openai|compatible)-endpoint|generate\/(stream|embed|count|generate-object))/;
  expect(modules.filter((name) => others.test(name))).toEqual([]);
  expect(code).not.toMatch(/class (Bedrock|ChatStreamWriter|CompatibleEndpoint|TextStream) /);
});

test("one small function brings only itself", async () => {
  const { modules } = await bundleOf("isJsonObject");
  expect(modules.filter((name) => name !== "index.js" && !name.startsWith("\0"))).toEqual(["json.js"]);
});

test("what is imported is what other runtimes and bundlers give as well", async () => {
  const { imports, code } = await bundleOf("generateText", "shippedPrices", "Transport", "fetchMedia");
  // Bun has an undici of its own under the bare name, which lacks classes and sends nothing by a pool's dispatch.
  expect(imports.filter((name) => name.includes("undici"))).toEqual(["undici/index.js"]);
  // webpack takes a member of a namespace within zod's `z` (`z.iso.date`) for `z`'s own (`z.date`).
  expect(code).not.toMatch(/\bz\.(?:iso|coerce|core)\./);
});
