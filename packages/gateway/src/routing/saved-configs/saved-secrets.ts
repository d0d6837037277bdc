/** Credentials in a config that is to be saved: a config is shown, exported, and logged as it is written, and the vault is for what is not. */
import { AditError, isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";

/** Ends of names, in lower case without `_` and `-`, under which a text is a credential, of AWS's or of another provider's. */
const secretNames =
  /(?:apikey|accesskey|accesskeyid|secretkey|secretaccesskey|sessiontoken|bearertoken|bearertokenbedrock|authtoken|authorizationtoken|apitoken|accesstoken|clientsecret|privatekey|password|authorization)$/;
/** An address with a name or a password before its host. */
const addressWithUser = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i;

/** @throws AditError `invalid_config` that names the place, without its value. */
export function checkNoSecrets(config: JsonObject): void {
  const path = placeOfSecret(config, "config");
  if (path === undefined) return;
  throw new AditError("invalid_config", `${path} is a credential, and a saved config is no place for one.`, {
    param: path,
    remedy: "Save it as a virtual key, and name that as virtual_key in its place.",
  });
}

function placeOfSecret(value: JsonValue | undefined, path: string): string | undefined {
  if (Array.isArray(value)) return firstOf(value.map((entry, index) => [`${path}[${index}]`, entry] as const));
  if (!isJsonObject(value)) return undefined;
  for (const [name, entry] of Object.entries(value)) {
    const place = `${path}.${name.slice(0, 64)}`;
    const isSecret = secretNames.test(name.toLowerCase().replaceAll(/[-_]/g, ""));
    if (typeof entry === "string" && ((isSecret && entry.trim() !== "") || addressWithUser.test(entry))) return place;
  }
  return firstOf(Object.entries(value).map(([name, entry]) => [`${path}.${name.slice(0, 64)}`, entry] as const));
}

function firstOf(entries: readonly (readonly [string, JsonValue | undefined])[]): string | undefined {
  for (const [path, entry] of entries) {
    const found = placeOfSecret(entry, path);
    if (found !== undefined) return found;
  }
  return undefined;
}
