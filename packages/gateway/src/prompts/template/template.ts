/** A template of mustache, read once: what it says, without anything that could run. */
import { AditError } from "@adit/bedrock";
import Mustache from "mustache";

/** Where a value is looked for: names from the outside in. An empty list is the current value (`{{.}}`). */
export type Path = readonly string[];

export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly path: Path }
  | {
      readonly kind: "section";
      readonly path: Path;
      readonly isInverted: boolean;
      readonly nodes: readonly TemplateNode[];
    }
  /** `{{>pp-tone}}`: the partial of this slug, with its selector. */
  | ({ readonly kind: "partial"; readonly name: string } & Indented)
  /** `{{>>tone}}`: the partial whose slug the variable holds. */
  | ({ readonly kind: "variable-partial"; readonly variable: string } & Indented);

/** What stands before a tag that has a line for itself: each line of the partial begins with it. Empty for other tags. */
interface Indented {
  readonly indentation: string;
}

export interface Template {
  /** As it was written. */
  readonly text: string;
  readonly nodes: readonly TemplateNode[];
  /** Partials that it names itself, each once. */
  readonly partials: readonly string[];
  /** Variables that hold the slug of a partial. */
  readonly variablePartials: readonly string[];
}

/** In UTF-16 units. Reading takes some hundred bytes for each. */
export const longestTemplate = 262_144;
/** The parser's patterns look at a tag's blanks again and again: a long one would hold everybody up. */
const longestTag = 2_000;
const deepestSections = 100;
const mostTags = 5_000;

/** Parts of the library's tokens that are read. */
type Token = readonly [type: string, value: string, start: number, end: number, nested?: readonly Token[]];

/**
 * Reads a template. `param` is the field that holds it.
 * @throws AditError `invalid_request` that says where it is wrong.
 */
export function readTemplate(text: string, param: string): Template {
  checkLength(text, param);
  return parsedTemplate(text, param);
}

/** @throws AditError `invalid_request` for a text that is longer. */
export function checkLength(text: string, param: string, most = longestTemplate): void {
  if (text.length > most) throw fault(param, `it has more than ${most} characters`);
}

function parsedTemplate(text: string, param: string): Template {
  checkTags(text, param);
  // A writer of its own that keeps nothing: the library's has a cache without bounds.
  const writer = new Mustache.Writer();
  (writer as { templateCache?: unknown }).templateCache = undefined;
  let tokens: readonly Token[];
  try {
    tokens = writer.parse(text) as readonly Token[];
  } catch (error) {
    throw fault(param, error instanceof Error ? error.message : "it cannot be read");
  }
  const found = { partials: new Set<string>(), variablePartials: new Set<string>() };
  const nodes = nodesOf(tokens, { text, param, depth: 0, ...found });
  return { text, nodes, partials: [...found.partials], variablePartials: [...found.variablePartials] };
}

/** With blanks before each line that is not empty. @throws AditError `invalid_request` where a tag of many lines becomes too long */
export function indentedTemplate({ text }: Template, indentation: string): Template {
  const lines = text.split("\n").map((line) => (line === "" ? line : indentation + line));
  return parsedTemplate(lines.join("\n"), "string");
}

/** How many characters {@link indentedTemplate} makes of it: few lines and blanks may be many. */
export function indentedLength({ text }: Template, indentation: string): number {
  let lines = 0;
  for (let at = 0; at < text.length; lines += 1) {
    while (text[at] === "\n") at += 1;
    if (at === text.length) break;
    const end = text.indexOf("\n", at);
    at = end === -1 ? text.length : end;
  }
  return text.length + lines * indentation.length;
}

interface Reading {
  text: string;
  param: string;
  depth: number;
  partials: Set<string>;
  variablePartials: Set<string>;
}

function nodesOf(tokens: readonly Token[], reading: Reading): TemplateNode[] {
  if (reading.depth > deepestSections) {
    throw fault(reading.param, `sections lie in one another more than ${deepestSections} deep`);
  }
  return tokens.flatMap((token, index) => nodeOf(token, tokens[index - 1]?.[3], reading) ?? []);
}

/** `before`: where the token before it ends; undefined for the first of a section. */
function nodeOf(
  [type, value, start, , nested = []]: Token,
  before: number | undefined,
  reading: Reading,
): TemplateNode | undefined {
  switch (type) {
    case "text":
      return { kind: "text", text: value };
    case "name":
    case "&":
      return { kind: "value", path: pathOf(value) };
    case "#":
    case "^": {
      const nodes = nodesOf(nested, { ...reading, depth: reading.depth + 1 });
      return { kind: "section", path: pathOf(value), isInverted: type === "^", nodes };
    }
    case ">":
      return partialNode(value, start === before ? "" : blanksBefore(start, reading.text), reading);
    default:
      // A comment.
      return undefined;
  }
}

function partialNode(value: string, indentation: string, { partials, variablePartials }: Reading): TemplateNode {
  if (!value.startsWith(">")) {
    partials.add(value);
    return { kind: "partial", name: value, indentation };
  }
  const variable = value.slice(1).trim();
  variablePartials.add(variable);
  return { kind: "variable-partial", variable, indentation };
}

/** What a line begins with before its first tag. Where the line holds nothing but tags that leave nothing, the library has taken it out of the text. */
function blanksBefore(start: number, text: string): string {
  const before = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  return before.trim() === "" ? before : "";
}

function pathOf(name: string): Path {
  if (name === ".") return [];
  return name.indexOf(".") > 0 ? name.split(".") : [name];
}

/** Before the parser sees it: bounds within which its time grows with the text's length. */
function checkTags(text: string, param: string): void {
  let tags = 0;
  for (let at = text.indexOf("{{"); at !== -1; tags += 1) {
    const inner = at + 2 + blanksFrom(text, at + 2);
    if (text[inner] === "=") throw fault(param, `the tag at ${at} changes the delimiters, which is not taken here`);
    const close = text[inner] === "{" ? "}}}" : "}}";
    const end = text.indexOf(close, close === "}}" ? inner : inner + 1);
    if (end === -1 || holdsAnother(text.slice(inner, Math.min(end, inner + longestTag)))) {
      throw fault(param, `the tag at ${at} is not closed`);
    }
    if (end - at > longestTag) throw fault(param, `the tag at ${at} has more than ${longestTag} characters`);
    if (tags === mostTags) throw fault(param, `it has more than ${mostTags} tags`);
    at = text.indexOf("{{", end + close.length);
  }
}

/** The end of another tag would be taken for that of one that is open, and all between them for its name. A comment may hold a beginning. */
function holdsAnother(inside: string): boolean {
  return !inside.startsWith("!") && inside.includes("{{");
}

function blanksFrom(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text[at] ?? "")) at += 1;
  return at - from;
}

function fault(param: string, words: string): AditError {
  return new AditError("invalid_request", `${param} is no template of mustache: ${words}.`, {
    param,
    remedy: "See docs/prompts.md for what a template may hold.",
  });
}
