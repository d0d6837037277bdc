/** The documents of the checkout: their files, their code blocks, their links. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../..");

/** Every Markdown file that belongs to the documents, relative to the root. */
export function documents(): string[] {
  const pages = readdirSync(path.join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => path.posix.join("docs", file.split(path.sep).join("/")));
  const packages = ["bedrock", "emulator", "gateway"].map((name) => `packages/${name}/README.md`);
  const folders = ["deploy", "bench"].map((name) => `${name}/README.md`);
  return ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", ...folders, ...packages, ...pages.sort()];
}

export function textOf(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}

export interface CodeBlock {
  file: string;
  /** Of the opening fence, from 1. */
  line: number;
  /** First word behind the fence. */
  language: string;
  /** The other words behind it, such as `no-run`. */
  marks: string[];
  code: string;
}

/** The fenced blocks of a document, in their order. A fence that is never closed is an Error. */
function codeBlocks(file: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  let open: CodeBlock | undefined;
  for (const [index, line] of textOf(file).split("\n").entries()) {
    const fence = /^```(\S*)\s*(.*)$/.exec(line);
    if (open !== undefined && line === "```") {
      blocks.push(open);
      open = undefined;
    } else if (open !== undefined) {
      open.code += `${line}\n`;
    } else if (fence !== null) {
      const [, language = "", marks = ""] = fence;
      open = { file, line: index + 1, language, marks: marks.split(/\s+/).filter((mark) => mark !== ""), code: "" };
    }
  }
  if (open !== undefined) throw new Error(`${file}:${open.line}: the block is never closed.`);
  return blocks;
}

const programs = new Set(["js", "ts", "sh"]);

/** Blocks that are programs, unless they are marked `no-run`; `output` is the next block of the page, where it is marked so. */
export function runnableBlocks(): { name: string; block: CodeBlock; output: CodeBlock | undefined }[] {
  return documents().flatMap((file) => {
    const blocks = codeBlocks(file);
    return blocks.flatMap((block, index) => {
      if (!programs.has(block.language) || block.marks.includes("no-run")) return [];
      const next = blocks[index + 1];
      const output = next?.marks.includes("output") === true ? next : undefined;
      return [{ name: `${file}:${block.line}`, block, output }];
    });
  });
}

/** The text without its code blocks and inline code. */
function prose(file: string): string {
  return textOf(file)
    .replace(/^```[\s\S]*?^```$/gm, "")
    .replace(/`[^`\n]*`/g, "");
}

/** Targets of the links of a document. */
export function linksOf(file: string): string[] {
  return [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
}

/** Anchors of a document's headings, by GitHub's rule. */
export function anchorsOf(file: string): string[] {
  const headings = textOf(file)
    .replace(/^```[\s\S]*?^```$/gm, "")
    .matchAll(/^#{1,6} (.+)$/gm);
  return [...headings].map((match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(/\s/g, "-"),
  );
}

/** The part of a document from one heading to the next of its level. */
export function section(file: string, heading: string): string {
  const text = textOf(file);
  const start = text.indexOf(`\n## ${heading}\n`);
  if (start === -1) throw new Error(`${file} has no section "${heading}".`);
  const end = text.indexOf("\n## ", start + 1);
  return text.slice(start, end === -1 ? undefined : end);
}

/** What stands in backquotes in the first cell of each row of the tables. */
export function firstCells(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ""));
}

export function unique(names: Iterable<string>): string[] {
  return [...new Set(names)].toSorted();
}
