/** Slugs of kept objects: checked, and made from names. */
import { randomBytes } from "node:crypto";
import { providerNamed } from "@adit/bedrock";
import { termFault } from "./term-fault.ts";

const slugForm = /^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$/;

/** @throws AditError `invalid_request` for what could not be told from a provider or stand in `@slug/MODEL`. */
export function checkSlug(given: string): string {
  const slug = given.trim().replace(/^@/, "");
  if (!slugForm.test(slug)) {
    throw termFault(
      "slug",
      "must be 1 to 64 lower-case letters, digits, - and _, with a letter or digit at both ends.",
    );
  }
  if (providerNamed(slug) !== undefined) throw termFault("slug", `must not be the name of a provider, as ${slug} is.`);
  return slug;
}

/** True for what can be a slug: anything else needs no look-up. */
export function isSlug(text: string): boolean {
  return slugForm.test(text);
}

/** As {@link slugFromName}, shorter, and with an end that no other has. */
export function newSlugFromName(name: string): string {
  return `${slugFromName(name).slice(0, 24).replace(/-+$/, "")}-${randomBytes(3).toString("hex")}`;
}

/** `Bedrock (prod)` -> `bedrock-prod`. */
export function slugFromName(name: string): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 48)
    .replace(/-+$/, "");
  return slug === "" || providerNamed(slug) !== undefined ? `${slug}${slug === "" ? "" : "-"}key` : slug;
}
