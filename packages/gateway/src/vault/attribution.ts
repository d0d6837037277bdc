/** What calls by a virtual key tell AWS of whom they are for, so that AWS's own bill and logs can be split by it. */
import type { VirtualKeyKind } from "./virtual-key.ts";
import { termFault } from "../terms/term-fault.ts";

/** Where a value comes from: the name of the caller's gateway key, the slug of its project, or a field of the request's metadata. */
export type AttributionSource = "key" | "project" | `metadata.${string}`;

export interface AttributionInput {
  /** Names of Converse's `requestMetadata`, and InvokeModel's: 1 to 16. */
  requestMetadata?: Readonly<Record<string, string>> | undefined;
  /** Keys of session tags: 1 to 50; for a role. */
  sessionTags?: Readonly<Record<string, string>> | undefined;
  /** For a role: seen in CloudTrail and in the cost and usage report. */
  sessionName?: string | undefined;
}

export interface Attribution {
  requestMetadata: Readonly<Record<string, AttributionSource>>;
  sessionTags: Readonly<Record<string, AttributionSource>>;
  sessionName: AttributionSource | undefined;
}

/** As it is kept: a project keeps its slug, and a virtual key its project. */
export interface KeptAttribution extends Attribution {
  projectSlug: string;
}

/** AWS's bounds of the names: `RequestMetadata` of bedrock-runtime's service model, `Tag` of STS's. */
const requestMetadataNames = {
  most: 16,
  // No space beyond ASCII is one in the patterns of AWS's models, which are Java's.
  form: /^[a-zA-Z0-9\t-\r :_@$#=/+,\-.]{1,256}$/,
  words: "1 to 256 letters, digits, spaces and :_@$#=/+,-.",
};
const sessionTagNames = {
  most: 50,
  form: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u,
  words: "1 to 128 letters, digits, spaces and _.:/=+-@",
};
const longestField = 256;

/**
 * The attribution of a virtual key, checked; undefined where nothing is asked for.
 * @throws AditError `invalid_request` that names the field.
 */
export function checkAttribution(
  given: AttributionInput | undefined,
  { kind, tags }: { kind: VirtualKeyKind; tags: Readonly<Record<string, string>> | undefined },
): Attribution | undefined {
  if (given === undefined) return undefined;
  const requestMetadata = checkNames(given.requestMetadata, "attribution.request_metadata", requestMetadataNames);
  const sessionTags = checkNames(given.sessionTags, "attribution.session_tags", sessionTagNames);
  checkTagKeys(Object.keys(sessionTags), Object.keys(tags ?? {}));
  const sessionName =
    given.sessionName === undefined ? undefined : checkSource(given.sessionName, "attribution.session_name");
  const hasTags = Object.keys(sessionTags).length > 0;
  if (kind !== "assumed_role" && (hasTags || sessionName !== undefined)) {
    throw termFault(
      hasTags ? "attribution.session_tags" : "attribution.session_name",
      "is for a virtual key that assumes a role.",
    );
  }
  const isNothing = !hasTags && sessionName === undefined && Object.keys(requestMetadata).length === 0;
  if (isNothing) return undefined;
  if (kind === "openai_compatible") throw termFault("attribution", "is for AWS: an OpenAI-compatible host takes none.");
  return { requestMetadata, sessionTags, sessionName };
}

function checkNames(
  given: Readonly<Record<string, string>> | undefined,
  param: string,
  { most, form, words }: typeof requestMetadataNames,
): Record<string, AttributionSource> {
  const entries = Object.entries(given ?? {});
  if (entries.length > most) throw termFault(param, `must hold at most ${most} names.`);
  return Object.fromEntries(
    entries.map(([name, source]) => {
      if (!form.test(name)) {
        throw termFault(param, `holds the name ${JSON.stringify(name.slice(0, 64))}: AWS takes ${words}.`);
      }
      return [name, checkSource(source, `${param}.${name}`)];
    }),
  );
}

/** STS takes keys that differ in case alone for one, and keeps `aws:` for itself. */
function checkTagKeys(names: readonly string[], ofRole: readonly string[]): void {
  const param = "attribution.session_tags";
  const plain = names.map((name) => name.toLowerCase());
  const all = new Set([...plain, ...ofRole.map((name) => name.toLowerCase())]);
  if (all.size > sessionTagNames.most) {
    throw termFault(param, `and the role's own tags must be at most ${sessionTagNames.most} together.`);
  }
  if (new Set(plain).size < plain.length) throw termFault(param, "holds two keys that differ in case alone.");
  if (plain.some((name) => name.startsWith("aws:"))) throw termFault(param, "holds a key that begins with aws:.");
}

function checkSource(given: string, param: string): AttributionSource {
  if (given === "key" || given === "project") return given;
  const field = /^metadata\.(.+)$/su.exec(given)?.[1];
  // PostgreSQL keeps no NUL.
  if (field !== undefined && field.length <= longestField && !field.includes("\0")) return `metadata.${field}`;
  throw termFault(param, 'must be "key", "project" or "metadata.FIELD".');
}
