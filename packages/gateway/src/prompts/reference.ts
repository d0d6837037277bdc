/** How a prompt or a partial is named: `pp-welcome`, `pp-welcome@12`, `pp-welcome@latest`, `pp-welcome@staging`. */
import { randomBytes } from "node:crypto";
import { AditError } from "@adit/bedrock";

export type Selector =
  | { readonly kind: "published" }
  | { readonly kind: "latest" }
  | { readonly kind: "version"; readonly version: number }
  | { readonly kind: "label"; readonly label: string };

export interface Reference {
  /** Slug or id. */
  readonly name: string;
  readonly selector: Selector;
}

const longest = 256;

/** Never throws: what is out of form names nothing that is stored. */
export function readReference(text: string): Reference {
  const at = text.indexOf("@");
  if (at === -1 || text.length > longest) return { name: text.slice(0, longest), selector: { kind: "published" } };
  return { name: text.slice(0, at), selector: readSelector(text.slice(at + 1)) };
}

export function readSelector(text: string): Selector {
  if (text === "" || text === "published") return { kind: "published" };
  if (text === "latest") return { kind: "latest" };
  return isNumber(text) ? { kind: "version", version: Number(text) } : { kind: "label", label: text };
}

/** A version's number as a selector: nine digits are more versions than anybody writes. */
function isNumber(text: string): boolean {
  return /^[0-9]{1,9}$/.test(text);
}

/**
 * One text for all spellings of a reference (`pp-welcome@012` is `pp-welcome@12`), so that memory holds each version once. Undefined for
 * what can name nothing: the store is not asked for it.
 */
export function referenceKey(text: string): string | undefined {
  const { name, selector } = readReference(text);
  if (!slugForm.test(name)) return undefined;
  if (selector.kind === "label" && !labelForm.test(selector.label)) return undefined;
  switch (selector.kind) {
    case "version":
      return `${name}@${selector.version}`;
    case "label":
      return `${name}@${selector.label}`;
    case "latest":
    case "published":
      return `${name}@${selector.kind}`;
  }
}

/** Versions in memory: the largest take some megabytes. */
export const mostReady = 1_000;

/** True for a word that a selector has a meaning for, and that is no label's name therefore. */
export function isSelectorWord(text: string): boolean {
  return readSelector(text).kind !== "label";
}

/** Of the name of a label. */
export const labelForm = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9])?$/;
/** Ids have this form too. */
const slugForm = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?$/;
/** Whoever took another's id for a slug or a name would stand in its way. */
const idForm = /^(?:pp|ppv|prt|prtv|lbl|col)_[0-9a-f-]{36}$/i;

/** True for a text that is of the form of an id. */
export function looksLikeId(text: string): boolean {
  return idForm.test(text);
}

/** The API has paths of these names beside those of slugs. */
const reserved = new Set(["partials", "versions", "completions", "render", "makeDefault"]);

/**
 * The slug of a prompt or partial that its owner chose: as it was where it comes from, so that callers need not change.
 * @throws AditError `invalid_request`
 */
export function checkPromptSlug(slug: string): string {
  if (slugForm.test(slug) && !reserved.has(slug) && !looksLikeId(slug)) return slug;
  throw new AditError(
    "invalid_request",
    "slug must be 1 to 64 letters, digits, - and _, and no id or word of the API.",
    {
      param: "slug",
      remedy: "Write it as pp-welcome, or leave it out.",
    },
  );
}

/** A slug that nobody has yet, after the name. */
export function newSlug(name: string): string {
  const words = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 24)
    .replaceAll(/^-+|-+$/g, "");
  return `pp-${words === "" ? "" : `${words}-`}${randomBytes(3).toString("hex")}`;
}
