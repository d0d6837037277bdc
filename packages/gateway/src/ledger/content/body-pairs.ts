/** What a body says of its call and whom it is for: by these pairs, too, content is found when a person's is to be deleted. Pure. */
import { hash } from "node:crypto";
import { isJsonObject, type JsonObject, type JsonValue } from "@adit/bedrock";
import { paramObjects } from "../../routing/request/keywords-params.ts";
import { metadataAsText, userName } from "../../routing/request/metadata.ts";

export type Pair = readonly [name: string, value: string];

/** Members whose own members are pairs: OpenAI's and Anthropic's, Converse's in both spellings, Keywords AI's. */
const objects = ["metadata", "requestMetadata", "request_metadata", "customer_params"];
/** Members that name who the caller's own user is, in a body or in one of these objects. */
const users: ReadonlySet<string> = new Set(["user", "user_id", "safety_identifier", "customer_identifier"]);

export function pairsOfBody(body: JsonObject): Pair[] {
  const places = [body, ...paramObjects.map((name) => body[name])].filter((place) => isJsonObject(place));
  return places.flatMap((place) => [
    ...[...users].flatMap((name) => pairOf(name, place[name])),
    ...objects.flatMap((name) => pairsOf(place[name])),
  ]);
}

/** Of an object whose members are pairs. */
export function pairsOf(said: JsonValue | undefined): Pair[] {
  return isJsonObject(said) ? Object.entries(said).flatMap(([name, value]) => pairOf(name, value)) : [];
}

/** Under its own name; who the user is under `_user` as well. */
function pairOf(name: string, value: JsonValue | undefined): Pair[] {
  if (value === undefined || value === null || value === "") return [];
  const text = metadataAsText({ value })["value"] ?? "";
  const own: Pair = [name, text];
  return users.has(name) ? [own, [userName, text]] : [own];
}

/** As in records, NUL is U+FFFD. */
export function pairHash([name, value]: Pair): string {
  return hash("sha256", JSON.stringify([name, value]).replaceAll("\\u0000", "\\ufffd"), "base64url");
}

/** Of several, each once. */
export function pairHashes(pairs: readonly Pair[]): string[] {
  return [...new Set(pairs.map(pairHash))];
}
