/** Webhooks' headers and addresses hold their keys: they are kept apart, sealed, and shown to nobody but for an address's origin. */
import { AditError, isJsonObject, Secret, type JsonObject, type JsonValue } from "@adit/bedrock";
import { parsedObject } from "@adit/bedrock/gateway";
import type { SecretFields } from "../../vault/vault.ts";
import { isHiddenAddress, originOf, shownAddress } from "../../vault/shown-address.ts";
import type { WrittenGuardrail } from "./read-saved.ts";

/** What stands in a header's place. Sent back, it stands for the value that is kept. */
const mask = "***";

/** The parameters that hold an address. */
const addresses = ["webhookURL", "logURL"] as const;

/** An error names no more of a name. */
const longestTold = 64;

/** Where a check's parameters stand. */
interface ParametersPlace {
  /** Tells them from the document's others, in the vault too. */
  key: string;
  /** As errors name it. */
  path: string;
}

type Change = (parameters: JsonObject, place: ParametersPlace) => JsonObject;

/** The document with each check's parameters changed. */
type Walk<Document> = (document: Document, change: Change) => Document;

/** One value that is not shown as it is. */
interface SecretPlace {
  /** Of its parameters. */
  key: string;
  /** What it is called among them, in the vault. */
  name: string;
  /** As errors name it. */
  path: string;
  /** Where its webhook is: what is kept for one origin is never sent to another. */
  origin: string | undefined;
  value: JsonValue;
  /** What may be shown of it. */
  shown: JsonValue;
  /** True for what was shown, and is sent back. */
  isShown: boolean;
}

/** What was kept before, with what was shown of it: that tells the origins that it was given for. */
export interface KnownSecrets<Document> {
  shown: Document;
  secrets: SecretFields;
}

type Find = (place: SecretPlace) => Secret | undefined;

/** The secrets of webhooks in one kind of document. */
export class WebhookSecrets<Document> {
  readonly #walk: Walk<Document>;

  constructor(walk: Walk<Document>) {
    this.#walk = walk;
  }

  /** What may be shown, and the secrets by their place and name. */
  split(document: Document, known?: KnownSecrets<Document>): { shown: Document; secrets: SecretFields } {
    const secrets: Record<string, Secret> = {};
    const find = this.#findIn(document, known);
    const shown = this.#changed(document, (place) => {
      const { value, shown: shownValue, isShown } = place;
      const secret = isShown ? find(place) : new Secret(typeof value === "string" ? value : "");
      if (secret !== undefined && (isShown || shownValue !== value)) secrets[fieldOf(place)] = secret;
      return shownValue;
    });
    return { shown, secrets };
  }

  /** The path of the first value that is not kept, as after an import, which brings no secrets. */
  missing(shown: Document, secrets: SecretFields): string | undefined {
    let missing: string | undefined;
    this.#changed(shown, (place) => {
      if (place.isShown && keptOf(place, secrets) === undefined) missing ??= place.path;
      return place.value;
    });
    return missing;
  }

  /** What stands for a kept secret must stand for one. @throws AditError of this code */
  checkWhole(shown: Document, secrets: SecretFields, code: "invalid_request" | "invalid_config"): void {
    const param = this.missing(shown, secrets);
    if (param === undefined) return;
    throw new AditError(
      code,
      `${param} stands for a value that is kept, and for this check none is kept that was given for the origin of its address.`,
      { param, remedy: "Write the value again: what was given for one scheme, host and port is not sent to another." },
    );
  }

  /** As it was written, for who runs it. */
  join(shown: Document, secrets: SecretFields): Document {
    return this.#changed(shown, (place) => keptOf(place, secrets)?.reveal() ?? place.value);
  }

  /** What the values that are sent back as they were shown stand for. */
  #findIn(document: Document, known: KnownSecrets<Document> | undefined): Find {
    if (known === undefined) return () => undefined;
    const { secrets } = known;
    const before = this.#origins(known.shown);
    const now = this.#origins(document);
    const keptAt = (key: string, place: SecretPlace): Secret | undefined =>
      place.origin !== undefined && before.get(key) === place.origin ? keptOf({ ...place, key }, secrets) : undefined;
    // Where checks were taken out, the others may have moved up: what is kept under one name counts where it is the same for all.
    const haveMoved = [...before.keys()].some((key) => !now.has(key));
    if (!haveMoved) return (place) => keptAt(place.key, place);
    return (place) => {
      const found = [...before.keys()].flatMap((key) => keptAt(key, place) ?? []);
      return new Set(found.map((each) => each.reveal())).size === 1 ? found[0] : undefined;
    };
  }

  /** Where the webhooks of a document are, by their places. */
  #origins(document: Document): Map<string, string> {
    const found = new Map<string, string>();
    this.#walk(document, (parameters, { key }) => {
      const origin = originIn(parameters);
      if (origin !== undefined) found.set(key, origin);
      return parameters;
    });
    return found;
  }

  #changed(document: Document, change: (place: SecretPlace) => JsonValue): Document {
    return this.#walk(document, (parameters, place) => withSecrets(parameters, place, change));
  }
}

/** Of a saved guardrail: the checks' numbers tell them apart. */
export const guardrailSecrets = new WebhookSecrets<WrittenGuardrail>(({ checks, actions }, change) => ({
  checks: checks.map((check, index) => {
    const { parameters } = check;
    if (!isJsonObject(parameters)) return check;
    const changed = change(parameters, { key: String(index), path: `checks[${index}].parameters` });
    return { ...check, parameters: changed };
  }),
  actions,
}));

/** Of a config, whose nodes write guardrails out: their places tell them apart. */
export const configSecrets = new WebhookSecrets<JsonObject>((config, change) =>
  changedBelow(config, { key: "config", path: "config" }, change),
);

/** A config without the headers of its webhooks, which are no secrets in the wrong place. */
export function withoutHeaders(config: JsonObject): JsonObject {
  return changedBelow(config, { key: "config", path: "config" }, ({ headers: _headers, ...rest }) => rest);
}

/** Webhooks are recognised by their addresses, wherever they stand, so that one written under another of its names is not missed. */
function changedBelow(object: JsonObject, place: ParametersPlace, change: Change): JsonObject {
  const changed: JsonObject = {};
  for (const [name, value] of Object.entries(object)) {
    const below = { key: `${place.key}.${name}`, path: `${place.path}.${name.slice(0, longestTold)}` };
    // defineProperty: a key such as "__proto__" stays a plain key.
    Object.defineProperty(changed, name, {
      value: changedValue(value, below, change),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return addresses.some((name) => typeof object[name] === "string") ? change(changed, place) : changed;
}

function changedValue(value: JsonValue | undefined, place: ParametersPlace, change: Change): JsonValue | undefined {
  if (Array.isArray(value)) {
    return value.map((entry, index) => {
      const below = { key: `${place.key}[${index}]`, path: `${place.path}[${index}]` };
      return changedValue(entry, below, change) ?? null;
    });
  }
  return isJsonObject(value) ? changedBelow(value, place, change) : value;
}

/** The name of a secret in the vault. That of a header has no space in it, and that of an address is known. */
function fieldOf({ key, name }: Pick<SecretPlace, "key" | "name">): string {
  return `${key} ${name}`;
}

/** What is shown of an address must lead where what is kept leads. */
function keptOf(place: SecretPlace, secrets: SecretFields): Secret | undefined {
  const kept = secrets[fieldOf(place)];
  const isHeader = place.shown === mask;
  return kept !== undefined && (isHeader || shownAddress(kept.reveal()) === place.shown) ? kept : undefined;
}

/** What is shown of an address tells its origin too. */
function originIn(parameters: JsonObject): string | undefined {
  const found = addresses.flatMap((name) => {
    const value = parameters[name];
    return (typeof value === "string" ? originOf(value) : undefined) ?? [];
  });
  return found.length === 0 ? undefined : found.join(" ");
}

function withSecrets(
  parameters: JsonObject,
  { key, path }: ParametersPlace,
  change: (place: SecretPlace) => JsonValue,
): JsonObject {
  const origin = originIn(parameters);
  const changed: JsonObject = { ...parameters };
  for (const name of addresses) {
    const value = parameters[name];
    if (typeof value !== "string") continue;
    changed[name] = change({
      key,
      name: `address ${name}`,
      path: `${path}.${name}`,
      origin,
      value,
      shown: shownAddress(value),
      isShown: isHiddenAddress(value),
    });
  }
  const headers = objectOf(parameters["headers"]);
  if (headers !== undefined) {
    const entries = Object.entries(headers).map(([name, value = null]) => {
      const place = { key, name, path: `${path}.headers.${name}`, origin };
      return [name, change({ ...place, value, shown: mask, isShown: value === mask })];
    });
    changed["headers"] = Object.fromEntries(entries) as JsonObject;
  }
  return changed;
}

/** Given as an object, or as the object's text, as Portkey's forms send it. Anything else is refused where it is read. */
function objectOf(value: JsonValue | undefined): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  return typeof value === "string" ? parsedObject(value) : undefined;
}
