/** The dashboard's files under `/ui`, and `/`, which leads there. Nothing of them knows anybody's secret: what they show, they ask of the control API. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { AditError } from "@adit/bedrock";
import { packageFolder } from "../../own-place.ts";
import { openGet } from "./open-get.ts";
import type { Incoming, OpenRoute, Reply } from "./route.ts";

/** Stands in the page for the nonce of its answer. */
const nonceMark = "__ADIT_NONCE__";

const types: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".md": "text/markdown; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".woff2": "font/woff2",
};

interface DashboardFile {
  bytes: Buffer;
  zipped: Buffer;
  type: string;
}

/** By their paths below `/ui/`. */
type Files = ReadonlyMap<string, DashboardFile>;

/** `GET /`, `/ui` and `/ui/*`. */
export function dashboardRoutes(): OpenRoute[] {
  const folder = findDashboard();
  let read: Promise<Files> | undefined;
  const files = (): Promise<Files> =>
    (read ??= readFiles(folder).catch((error: unknown) => {
      // What cannot be read while all descriptors are taken can be at the next request.
      read = undefined;
      throw error;
    }));
  return [
    openGet("/", sendRoot),
    openGet("/ui", async (incoming, reply) => sendFile(await files(), incoming, reply)),
    openGet("/ui/*", async (incoming, reply) => sendFile(await files(), incoming, reply)),
  ];
}

/** A browser is led to the pages; a program is told what is here. */
function sendRoot({ headers }: Incoming, reply: Reply): void {
  reply.header("vary", "accept");
  if (headers.raw("accept")?.includes("text/html") === true) {
    reply.header("location", "/ui/");
    reply.send(302, "", "text/plain; charset=utf-8");
    return;
  }
  reply.send(200, { name: "Adit", ui: "/ui/", docs: "/docs/", index: "/llms.txt", api: "/v1", health: "/health" });
}

/** A file by its name; the one page for every other path, for its paths are the pages' own. */
function sendFile(files: Files, incoming: Incoming, reply: Reply): void {
  const name = incoming.path.slice("/ui/".length);
  const page = files.get("index.html");
  if (page === undefined) {
    throw new AditError("not_found", "The dashboard is not built here.", {
      remedy: "In a checkout, npm start builds it; the control API works without it.",
    });
  }
  const file = name === "index.html" ? undefined : files.get(name);
  if (file === undefined && name.startsWith("assets/")) {
    throw new AditError("not_found", "The dashboard has no such file.", { remedy: "Load /ui/ again." });
  }
  addOwnHeaders(reply);
  if (file === undefined) {
    sendPage(page, reply);
    return;
  }
  // Names under assets hold a hash of what is in them.
  reply.header("cache-control", name.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache");
  reply.header("vary", "accept-encoding");
  const isZipped = /\bgzip\b/.test(incoming.headers.raw("accept-encoding") ?? "");
  if (isZipped) reply.header("content-encoding", "gzip");
  reply.send(200, isZipped ? file.zipped : file.bytes, file.type);
}

function sendPage(page: DashboardFile, reply: Reply): void {
  const nonce = randomBytes(18).toString("base64url");
  reply.header("content-security-policy", contentSecurityPolicy(nonce));
  reply.header("cache-control", "no-store");
  reply.send(200, page.bytes.toString().replaceAll(nonceMark, nonce), page.type);
}

/** The gateway's own files and nothing else: no inline script, no other host, no frame. The nonce is for the style elements that components add. */
function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

function addOwnHeaders(reply: Reply): void {
  reply.header("referrer-policy", "no-referrer");
  reply.header("cross-origin-opener-policy", "same-origin");
  reply.header("cross-origin-resource-policy", "same-origin");
  reply.header("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()");
}

/** `ui` in the package, where the dashboard's build puts it. */
function findDashboard(): string | undefined {
  const folder = path.join(packageFolder, "ui");
  return existsSync(path.join(folder, "index.html")) ? folder : undefined;
}

/** Read once, at the first request, and kept: what is asked is compared with the names and never made into a path. */
async function readFiles(folder: string | undefined): Promise<Files> {
  if (folder === undefined) return new Map();
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const read = await Promise.all(
    files.map(async (file): Promise<[string, DashboardFile]> => {
      const bytes = await readFile(file);
      const type = types[path.extname(file)] ?? "application/octet-stream";
      const zipped = await promisify(gzip)(bytes, { level: 9 });
      return [path.relative(folder, file).split(path.sep).join("/"), { bytes, zipped, type }];
    }),
  );
  return new Map(read);
}
