/** The documents as Markdown: for people under `/docs/`, for programs by `/llms.txt`. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { AditError } from "@adit/bedrock";
import { packageFolder } from "../../own-place.ts";
import { openGet } from "./open-get.ts";
import type { Incoming, OpenRoute, Reply } from "./route.ts";

const plain = "text/plain; charset=utf-8";
const markdown = "text/markdown; charset=utf-8";

interface Page {
  /** Below `/docs/`, without `.md`. */
  name: string;
  title: string;
  text: string;
}

/**
 * `GET /docs/`, `/docs/{page}` with or without `.md`, and `/llms.txt`. `folder` holds the Markdown files; default: `docs` in
 * the checkout around the package, else in the package.
 */
export function docsRoutes(folder: string | undefined = findDocs()): OpenRoute[] {
  return [
    openGet("/docs", async (incoming, reply) => {
      const pages = await readPages(folder);
      sendPage(incoming, reply, pages.find((page) => page.name === "README")?.text ?? indexOf(pages));
    }),
    openGet("/docs/*", async (incoming, reply) => {
      const page = findPage(await readPages(folder), incoming.path.slice("/docs/".length));
      if (page === undefined) {
        throw new AditError("not_found", "There is no such page.", { remedy: "See /llms.txt for all pages." });
      }
      sendPage(incoming, reply, page.text);
    }),
    openGet("/llms.txt", async (_incoming, reply) => {
      reply.send(200, indexOf(await readPages(folder)), plain);
    }),
  ];
}

/** Some browsers save what is said to be Markdown, and show nothing. */
function sendPage({ headers }: Incoming, reply: Reply, text: string): void {
  reply.header("vary", "accept");
  reply.send(200, text, headers.raw("accept")?.includes("text/html") === true ? plain : markdown);
}

/** In a checkout the documents themselves, for those in the package are as old as its build. Elsewhere nothing above the package is Adit's. */
export function findDocs(): string | undefined {
  const checkout = path.resolve(packageFolder, "../..");
  const isCheckout = path.join(checkout, "packages", "gateway") === packageFolder;
  const folders = isCheckout ? [checkout, packageFolder] : [packageFolder];
  return folders.map((folder) => path.join(folder, "docs")).find((folder) => existsSync(folder));
}

/** What is asked is compared with the names that the folder holds, and never made into a path. */
function findPage(pages: Page[], asked: string): Page | undefined {
  let name: string;
  try {
    name = decodeURIComponent(asked);
  } catch {
    return undefined;
  }
  const bare = name.replace(/\/$/, "").replace(/\.md$/, "");
  return pages.find((page) => page.name === bare) ?? pages.find((page) => page.name === `${bare}/README`);
}

/** Read anew each time: pages are few, asked for rarely, and may be changed while the gateway runs. */
async function readPages(folder: string | undefined): Promise<Page[]> {
  if (folder === undefined || !existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".md"));
  const pages = await Promise.all(
    files.map(async (entry): Promise<Page> => {
      const file = path.join(entry.parentPath, entry.name);
      const text = await readFile(file, "utf8");
      const name = path.relative(folder, file).split(path.sep).join("/").slice(0, -".md".length);
      return { name, text, title: /^#\s+(.+)$/m.exec(text)?.[1]?.trim() ?? name };
    }),
  );
  return pages.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The form of llmstxt.org: a title, a summary, lists of links. */
function indexOf(pages: Page[]): string {
  const lines = pages.map((page) => `- [${page.title}](/docs/${page.name}.md)`);
  return [
    "# Adit",
    "",
    "> One self-hosted program between applications and Amazon Bedrock: a gateway for the dialects that they speak, a TypeScript library, an emulator.",
    "",
    "## Docs",
    "",
    ...(lines.length === 0 ? ["No pages are installed with this gateway."] : lines),
    "",
  ].join("\n");
}
