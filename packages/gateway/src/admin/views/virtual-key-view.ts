/** Virtual keys as the API shows them, and as it takes them in: by Portkey's names and by Adit's. */
import type { z } from "zod";
import { AditError, providerNamed } from "@adit/bedrock";
import { isCredentialField } from "@adit/bedrock/gateway";
import type { ShownKeyLimits } from "../../limits/settings/key-limits.ts";
import type { AttributionInput } from "../../vault/attribution.ts";
import type { KeptTest } from "../../vault/virtual-key-tests.ts";
import type { ShownCredential, VirtualKey, VirtualKeyInput, VirtualKeyKind } from "../../vault/virtual-key.ts";
import { shownLimits } from "../key-limit-fields.ts";
import { momentOf, momentOrNull } from "../schemas/schema.ts";
import { type attributionIn, virtualKeyCreate, virtualKeyUpdate } from "../schemas/virtual-keys.ts";

function statusOf(key: { disabled: boolean; expiresAt: number | undefined }, nowMs: number) {
  if (key.disabled) return "disabled";
  return key.expiresAt !== undefined && key.expiresAt <= nowMs ? "expired" : "active";
}

/** With its limits: a key that counts, and has nothing left to spend, is exhausted. */
export function statusWithLimits(key: Parameters<typeof statusOf>[0], nowMs: number, limits: ShownKeyLimits) {
  const status = statusOf(key, nowMs);
  return status === "active" && limits.isExhausted ? "exhausted" : status;
}

/** What of a key is known beside it. */
export interface KeyState {
  nowMs: number;
  limits: ShownKeyLimits;
  lastTest: KeptTest | undefined;
}

export function viewOf(key: VirtualKey, { nowMs, limits, lastTest }: KeyState) {
  const { credential } = key;
  return {
    id: key.id,
    object: "virtual-key",
    slug: key.slug,
    name: key.name,
    note: key.note ?? null,
    ai_provider_name: providerOf(credential.kind),
    status: statusWithLimits(key, nowMs, limits),
    kind: credential.kind,
    integration: key.follows?.slug ?? null,
    region: key.region ?? null,
    allowed_models: key.allowedModels ?? null,
    allowed_regions: key.allowedRegions ?? null,
    endpoint: key.endpoint ?? null,
    attribution: shownAttribution(key.attribution),
    credential: shownCredential(credential),
    model_config: modelConfigOf(key),
    masked_api_key: "accessKeyHint" in credential ? (credential.accessKeyHint ?? null) : null,
    last_test: shownTest(lastTest),
    ...shownLimits(limits),
    workspace_id: key.projectId,
    created_at: momentOf(key.createdAt),
    last_updated_at: momentOf(key.updatedAt),
    expires_at: momentOrNull(key.expiresAt),
  };
}

function shownAttribution(attribution: VirtualKey["attribution"]) {
  if (attribution === undefined) return null;
  const { requestMetadata, sessionTags, sessionName } = attribution;
  return { request_metadata: requestMetadata, session_tags: sessionTags, session_name: sessionName ?? null };
}

function shownTest(test: KeptTest | undefined) {
  if (test === undefined) return null;
  const { testedAt, region, stages } = test;
  return { tested_at: momentOf(testedAt), ok: isPassed(stages), region: region ?? null, stages };
}

export function isPassed(stages: KeptTest["stages"]): boolean {
  return stages.every(({ status }) => status !== "failed");
}

function providerOf(kind: VirtualKeyKind): string {
  return kind === "openai_compatible" ? "openai" : "bedrock";
}

function shownCredential(credential: ShownCredential): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(credential).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`),
      name === "expiresAt" ? momentOf(value as number) : value,
    ]),
  );
}

const authTypes = {
  access_key: "accessKey",
  assumed_role: "assumedRole",
  bedrock_api_key: "apiKey",
  server_chain: "serviceRole",
} as const;

/** Portkey's names of what of the credential is no secret. */
function modelConfigOf({ credential, region, endpoint }: VirtualKey): Record<string, string> {
  const host = credential.kind === "openai_compatible" ? credential.baseUrl : endpoint;
  const role = credential.kind === "assumed_role" ? credential : undefined;
  return {
    ...(credential.kind !== "openai_compatible" && { awsAuthType: authTypes[credential.kind] }),
    ...(region !== undefined && { awsRegion: region }),
    ...(role !== undefined && { awsRoleArn: role.roleArn, awsExternalId: role.externalId }),
    ...(host !== undefined && { customHost: host }),
  };
}

type Body = Readonly<Record<string, unknown>>;

/** A body's own fields, by what it is for: every other is a part of the credential. */
const ownFields: Readonly<Record<"create" | "update" | "credential", ReadonlySet<string>>> = {
  create: new Set(Object.keys(virtualKeyCreate.shape)),
  update: new Set(Object.keys(virtualKeyUpdate.shape)),
  // Nothing but a credential and its host.
  credential: new Set(["key", "endpoint", "custom_host", "customHost"]),
};

/** What of a body is the credential and its place; nothing where it speaks of none. */
export interface CredentialParts {
  kind?: VirtualKeyKind;
  credential?: Record<string, unknown>;
  endpoint?: string | null;
}

/**
 * The credential of a body: in `credential`, and in fields beside it as Portkey's clients send them.
 * @throws AditError that names the field.
 */
export function credentialOf(
  body: Body,
  kind: VirtualKeyKind | undefined,
  purpose: keyof typeof ownFields,
): CredentialParts {
  const own = ownFields[purpose];
  const { key, endpoint, credential: nested } = body;
  const customHost = body["custom_host"] ?? body["customHost"];
  const flat = Object.entries(body).filter(
    ([name, value]) => (portkeyParts.has(name) || !own.has(name)) && !isAbsent(name, value),
  );
  for (const [name] of flat) checkName(name);
  const isForeign = kind === "openai_compatible";
  const credential: Record<string, unknown> = {
    ...(nested as object | undefined),
    ...Object.fromEntries(flat),
    ...(key !== undefined && { api_key: key }),
    ...(isForeign && customHost !== undefined && { base_url: customHost }),
  };
  const given = endpoint === undefined && !isForeign ? customHost : endpoint;
  return {
    ...(kind !== undefined && { kind }),
    ...((Object.keys(credential).length > 0 || kind === "server_chain") && { credential }),
    ...(given !== undefined && { endpoint: given as string | null }),
  };
}

/** Named in the shape, for readers of the document. */
const portkeyParts: ReadonlySet<string> = new Set(
  Object.keys(virtualKeyCreate.shape).filter((name) => name.startsWith("aws")),
);

function isPart(name: string): boolean {
  return isCredentialField(name) || /^(source|duration_?seconds|base_?url)$/i.test(name);
}

/** Portkey's SDK has fields of other providers, such as `apiVersion`, that are null where they are none of the credential's. */
function isAbsent(name: string, value: unknown): boolean {
  return value === undefined || (value === null && !isPart(name));
}

function checkName(name: string): void {
  if (isPart(name)) return;
  throw new AditError("unsupported_parameter", `A virtual key has no field ${JSON.stringify(name.slice(0, 64))}.`, {
    param: name.slice(0, 64),
    remedy: "The fields are at /docs/api, those of credentials in docs/credentials.md.",
  });
}

/** The kind that a body means: as it says, or by its provider. @throws AditError `unknown_provider` */
export function kindOf(body: { kind?: VirtualKeyKind | undefined; provider?: string | undefined }) {
  const { kind, provider } = body;
  const known = provider === undefined ? "bedrock" : providerNamed(provider);
  if (known === "bedrock") return kind;
  if (known === "openai") return "openai_compatible";
  throw new AditError(
    "unknown_provider",
    `There are no virtual keys of the provider ${JSON.stringify(provider?.slice(0, 64))}.`,
    {
      param: "provider",
      remedy: 'Use "bedrock", or "openai" with customHost for a host that speaks OpenAI\'s API.',
    },
  );
}

/** A body's fields that are neither credential nor absent, by the names of the repository. */
export function termsOf(body: {
  note?: string | null | undefined;
  region?: string | null | undefined;
  allowed_models?: readonly string[] | null | undefined;
  allowed_regions?: readonly string[] | null | undefined;
  attribution?: z.output<typeof attributionIn> | null | undefined;
  expires_at?: number | null | undefined;
}) {
  const { note, region, allowed_models: allowedModels, allowed_regions: allowedRegions, expires_at: expiresAt } = body;
  const { attribution } = body;
  return {
    ...(note !== undefined && { note }),
    ...(region !== undefined && { region }),
    ...(allowedModels !== undefined && { allowedModels }),
    ...(allowedRegions !== undefined && { allowedRegions }),
    ...(attribution !== undefined && { attribution: attribution && attributionOf(attribution) }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

function attributionOf(given: z.output<typeof attributionIn>): AttributionInput {
  const { request_metadata: requestMetadata, session_tags: sessionTags, session_name: sessionName } = given;
  return attributionParts({ requestMetadata, sessionTags, sessionName: sessionName ?? undefined });
}

/** In one form, so that what is kept can be compared with what is given. */
export function attributionParts({ requestMetadata, sessionTags, sessionName }: AttributionInput) {
  return { requestMetadata: requestMetadata ?? {}, sessionTags: sessionTags ?? {}, sessionName };
}

/** For what is new, null is the same as absent. */
export function inputOf(name: string, slug: string | undefined, parts: object): VirtualKeyInput {
  const given = Object.entries(parts).filter(([, value]) => value !== null);
  return { name, ...(slug !== undefined && { slug }), credential: {}, ...Object.fromEntries(given) };
}
