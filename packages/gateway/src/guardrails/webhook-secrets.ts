/** Webhooks' headers and addresses hold their keys: they are kept apart, sealed, and shown to nobody but for an address's origin. */
import { isJsonObject, Secret, type JsonObject, type JsonValue } from "@adit/bedrock";
import type { SecretFields } from "../vault/vault.ts";
import { isHiddenAddress, shownAddress } from "../vault/shown-address.ts";
import type { WrittenGuardrail } from "./read-saved.ts";

/** What stands in a header's place. Sent back, it stands for the value that is kept. */
export const mask = "***";

/** The parameters that hold an address. */
const addresses = ["webhookURL", "logURL"] as const;

/** One value that is not shown as it is. */
interface SecretPlace {
  /** Its name in the vault. */
  field: string;
  /** As errors name it. */
  path: string;
  value: JsonValue;
  /** What may be shown of it. */
  shown: JsonValue;
  /** True for what was shown, and is sent back. */
  isShown: boolean;
}

/** What was kept before, and of how many checks. */
export interface KnownSecrets {
  secrets: SecretFields;
  checks: number;
}

/** What may be shown, and the secrets by the check's number and their name. */
export function splitSecrets(
  { checks, actions }: WrittenGuardrail,
  known: KnownSecrets = { secrets: {}, checks: 0 },
): { shown: WrittenGuardrail; secrets: SecretFields } {
  const secrets: Record<string, Secret> = {};
  const find = checks.length < known.checks ? onlyOneLike : keptOf;
  const shown = checks.map((check, index) =>
    withSecrets(check, index, (place) => {
      const { field, value, shown: shownValue, isShown } = place;
      const secret = isShown ? find(place, known.secrets) : new Secret(typeof value === "string" ? value : "");
      if (secret !== undefined && (isShown || shownValue !== value)) secrets[field] = secret;
      return shownValue;
    }),
  );
  return { shown: { checks: shown, actions }, secrets };
}

/** The path of the first value that is not kept, as after an import, which brings no secrets. */
export function missingSecret({ checks }: WrittenGuardrail, secrets: SecretFields): string | undefined {
  let missing: string | undefined;
  for (const [index, check] of checks.entries()) {
    withSecrets(check, index, (place) => {
      if (place.isShown && keptOf(place, secrets) === undefined) missing ??= place.path;
      return place.value;
    });
  }
  return missing;
}

/** As it was written, for who runs it. */
export function joinSecrets({ checks, actions }: WrittenGuardrail, secrets: SecretFields): WrittenGuardrail {
  const whole = checks.map((check, index) =>
    withSecrets(check, index, (place) => keptOf(place, secrets)?.reveal() ?? place.value),
  );
  return { checks: whole, actions };
}

/** Where checks were taken out, the others have moved up: what is kept under one name counts where it is the same for all. */
function onlyOneLike(place: SecretPlace, secrets: SecretFields): Secret | undefined {
  const nameOf = (field: string): string => field.slice(field.indexOf(" "));
  const found = Object.keys(secrets)
    .filter((field) => nameOf(field) === nameOf(place.field))
    .flatMap((field) => keptOf({ ...place, field }, secrets) ?? []);
  return new Set(found.map((each) => each.reveal())).size === 1 ? found[0] : undefined;
}

/** An address of another origin is another: what is shown must lead where what is kept leads. */
function keptOf({ field, shown }: SecretPlace, secrets: SecretFields): Secret | undefined {
  const kept = secrets[field];
  const isHeader = shown === mask;
  return kept !== undefined && (isHeader || shownAddress(kept.reveal()) === shown) ? kept : undefined;
}

function withSecrets(check: JsonObject, index: number, change: (place: SecretPlace) => JsonValue): JsonObject {
  const { parameters } = check;
  if (!isJsonObject(parameters)) return check;
  const path = `checks[${index}].parameters`;
  const changed: JsonObject = { ...parameters };
  for (const name of addresses) {
    const value = parameters[name];
    if (typeof value !== "string") continue;
    // No header's name has a space in it.
    const field = `${index} address ${name}`;
    changed[name] = change({
      field,
      path: `${path}.${name}`,
      value,
      shown: shownAddress(value),
      isShown: isHiddenAddress(value),
    });
  }
  const headers = objectOf(parameters["headers"]);
  if (headers !== undefined) {
    const entries = Object.entries(headers).map(([name, value = null]) => {
      const field = `${index} ${name}`;
      const place = { field, path: `${path}.headers.${name}`, value, shown: mask, isShown: value === mask };
      return [name, change(place)];
    });
    changed["headers"] = Object.fromEntries(entries) as JsonObject;
  }
  return { ...check, parameters: changed };
}

/** As an object, or as its text, as Portkey's forms send it. What is neither is told of where it is read. */
function objectOf(value: JsonValue | undefined): JsonObject | undefined {
  if (isJsonObject(value)) return value;
  if (typeof value !== "string") return undefined;
  try {
    const read: unknown = JSON.parse(value);
    return isJsonObject(read) ? read : undefined;
  } catch {
    return undefined;
  }
}
