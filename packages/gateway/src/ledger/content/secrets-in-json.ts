/** Takes secrets out of what is stored of a response: as out of the ledger's content, but value by value. Pure. */
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { isSecretName } from "../../secret-forms.ts";
import { withoutSecretsIn } from "./hide-secrets.ts";
import { fileWithoutSecrets } from "./secrets-in-files.ts";

const hidden = "[secret]";

/** Bytes that are written as text: a secret's form would stand in them by chance alone, and one letter less spoils them. */
const encoded: ReadonlySet<string> = new Set(["encrypted_content", "file_data", "data"]);
const base64 = /^[\w+/=.-]*$/;
/** A file's may be in lines. */
const fileBase64 = /^[\w+/=\r\n-]*$/;
const dataUrl = /^data:[^,]{0,200};base64,[\w+/=\r\n-]*$/i;

/** `hide` takes out what is known to be a secret. */
export function withoutSecrets(value: JsonValue, hide: (words: string) => string): JsonValue {
  if (typeof value === "string") return dataUrl.test(value) ? file(value, hide) : hide(withoutSecretsIn(value));
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
    if (encoded.has(name) && isSecretAlone(member)) return [name, hidden];
    if (name === "file_data" && fileBase64.test(member)) return [name, hide(file(member, hide))];
    if (encoded.has(name) && base64.test(member)) return [name, hide(member)];
    return [name, withoutSecrets(member, hide)];
  });
  return Object.fromEntries(members);
}

/** What is a secret from its first letter to its last is no file's by chance. */
const longestAlone = 512;

function isSecretAlone(text: string): boolean {
  return text.length <= longestAlone && withoutSecretsIn(text) === hidden;
}

/** A text file has its secrets as any other text; other files keep each byte. */
function file(written: string, hide: (words: string) => string): string {
  return fileWithoutSecrets(written, (text) => hide(withoutSecretsIn(text)));
}
