/** Takes secrets out of what is stored of a response: as out of the ledger's content, but value by value. Pure. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { isSecretName } from "../../secret-forms.ts";
import { withoutSecretsIn } from "./hide-secrets.ts";

const hidden = "[secret]";

/** Bytes that are written as text: a secret's form would stand in them by chance alone, and one letter less spoils them. */
const encoded: ReadonlySet<string> = new Set(["encrypted_content", "file_data", "data"]);
const base64 = /^[\w+/=.-]*$/;
const dataUrl = /^data:[^,]{0,200};base64,[A-Za-z0-9+/=]*$/;

/** `hide` takes out what is known to be a secret. */
export function withoutSecrets(value: JsonValue, hide: (words: string) => string): JsonValue {
  if (typeof value === "string") return dataUrl.test(value) ? value : hide(withoutSecretsIn(value));
  if (Array.isArray(value)) return value.map((entry) => withoutSecrets(entry, hide));
  return isJsonObject(value) ? objectWithoutSecrets(value, hide) : value;
}

/** The same of an object. */
export function objectWithoutSecrets(value: JsonObject, hide: (words: string) => string): JsonObject {
  const members = Object.entries(value).map(([name, member]): [string, JsonValue | undefined] => {
    if (member === undefined || typeof member !== "string") {
      return [name, member === undefined ? member : withoutSecrets(member, hide)];
    }
    if (isSecretName(name) && member !== "") return [name, hidden];
    if (encoded.has(name) && base64.test(member)) return [name, hide(member)];
    return [name, withoutSecrets(member, hide)];
  });
  return Object.fromEntries(members);
}
