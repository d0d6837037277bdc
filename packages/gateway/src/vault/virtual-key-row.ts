/** Virtual keys to and from their rows. */
import type { Row } from "../store/tables/tables.ts";
import type { KeptAttribution } from "./attribution.ts";
import type { ShownCredential, VirtualKey } from "./virtual-key.ts";

interface Columned {
  name: string;
  note: string | undefined;
  allowedModels: readonly string[] | undefined;
  allowedRegions: readonly string[] | undefined;
  endpoint: string | undefined;
  attribution: KeptAttribution | undefined;
  expiresAt: number | undefined;
  region: string | undefined;
  credential: ShownCredential;
}

export function columnsOf(key: Columned) {
  const { kind, ...shown } = key.credential;
  return {
    name: key.name,
    note: key.note ?? null,
    kind,
    region: key.region ?? null,
    allowedModels: key.allowedModels === undefined ? null : JSON.stringify(key.allowedModels),
    allowedRegions: key.allowedRegions === undefined ? null : JSON.stringify(key.allowedRegions),
    endpoint: key.endpoint ?? null,
    attribution: key.attribution === undefined ? null : JSON.stringify(key.attribution),
    credential: JSON.stringify(shown),
    expiresAt: key.expiresAt ?? null,
  };
}

/** With the slug of what it follows. */
export type VirtualKeyRow = Row<"virtualKeys"> & { integrationSlug: string | null };

export function virtualKeyFromRow(row: VirtualKeyRow): VirtualKey {
  const list = (text: string | null): string[] | undefined =>
    text === null ? undefined : (JSON.parse(text) as string[]);
  return {
    id: row.id,
    projectId: row.projectId,
    slug: row.slug,
    name: row.name,
    note: row.note ?? undefined,
    credential: { kind: row.kind, ...(JSON.parse(row.credential) as object) } as ShownCredential,
    sourceId: row.sourceId ?? undefined,
    region: row.region ?? undefined,
    allowedModels: list(row.allowedModels),
    allowedRegions: list(row.allowedRegions),
    endpoint: row.endpoint ?? undefined,
    attribution: row.attribution === null ? undefined : (JSON.parse(row.attribution) as KeptAttribution),
    expiresAt: row.expiresAt ?? undefined,
    disabled: row.disabled !== 0,
    follows: followsOf(row),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

function followsOf({
  integrationId: id,
  integrationSlug,
  ownDisabled,
  ownExpiresAt,
}: VirtualKeyRow): VirtualKey["follows"] {
  if (id === null) return undefined;
  return { id, slug: integrationSlug ?? id, disabled: ownDisabled !== 0, expiresAt: ownExpiresAt ?? undefined };
}
