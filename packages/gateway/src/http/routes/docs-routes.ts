/** The documents as Markdown: for people under `/docs/`, for programs by `/llms.txt`. */
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
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
  /** The same for all who ask: what nobody takes of an answer is held by the answer alone. */
  bytes: Buffer;
}

/**
 * `GET /docs/`, `/docs/{page}` with or without `.md`, and `/llms.txt`. `folder` holds the Markdown files; default: `docs` in
 * the checkout around the package, else in the package.
 */
export function docsRoutes(folder: string | undefined = findDocs()): OpenRoute[] {
  const docs = new Docs(folder);
  return [
    openGet("/docs", async (incoming, reply) => {
      const pages = await docs.pages();
      sendPage(incoming, reply, pages.find((page) => page.name === "README")?.bytes ?? indexOf(pages));
    }),
    openGet("/docs/*", async (incoming, reply) => {
      const page = findPage(await docs.pages(), incoming.path.slice("/docs/".length));
      if (page === undefined) {
        throw new AditError("not_found", "There is no such page.", { remedy: "See /llms.txt for all pages." });
      }
      sendPage(incoming, reply, page.bytes);
    }),
    openGet("/llms.txt", async (_incoming, reply) => {
      reply.send(200, indexOf(await docs.pages()), plain);
    }),
  ];
}

/** Some browsers save what is said to be Markdown, and show nothing. */
function sendPage({ headers }: Incoming, reply: Reply, page: Buffer | string): void {
  reply.header("vary", "accept");
  reply.send(200, page, headers.raw("accept")?.includes("text/html") === true ? plain : markdown);
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

/** The pages as the folder has them: they may be changed while the gateway runs. */
class Docs {
  readonly #folder: string | undefined;
  /** By file, as it was when it was read. */
  readonly #kept = new Map<string, { version: string; page: Page }>();
  #reading: Promise<Page[]> | undefined;

  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** Looked for once for all who ask meanwhile: anyone may ask, and as often as they like. */
  pages(): Promise<Page[]> {
    return (this.#reading ??= this.#read().finally(() => (this.#reading = undefined)));
  }

  async #read(): Promise<Page[]> {
    const folder = this.#folder;
    if (folder === undefined || !existsSync(folder)) return [];
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".md"));
    const pages = await Promise.all(files.map((entry) => this.#page(folder, path.join(entry.parentPath, entry.name))));
    return pages.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async #page(folder: string, file: string): Promise<Page> {
    const { mtimeMs, size } = await stat(file);
    const version = `${mtimeMs} ${size}`;
    const kept = this.#kept.get(file);
    if (kept?.version === version) return kept.page;
    const bytes = await readFile(file);
    const name = path.relative(folder, file).split(path.sep).join("/").slice(0, -".md".length);
    const page = { name, bytes, title: /^#\s+(.+)$/m.exec(bytes.toString())?.[1]?.trim() ?? name };
    this.#kept.set(file, { version, page });
    return page;
  }
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
