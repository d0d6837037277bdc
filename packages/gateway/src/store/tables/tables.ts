/**
 * The rows of the tables as queries see them, in camelCase. Flags are 0 or 1, times milliseconds since 1970, lists and objects JSON text,
 * `...Nano` nano-dollars, `...Amount` what a limit counts: nano-dollars, tokens or requests. The schema itself is in `migrations`.
 */
import type { Generated, Insertable, Selectable } from "kysely";
import type { LedgerTables } from "./ledger-tables.ts";
import type { PromptTables } from "./prompt-tables.ts";
import type { ResponseTables } from "./response-tables.ts";

type Flag = Generated<number>;

export interface Dated {
  createdAt: number;
  updatedAt: number;
}

export type Role = "admin" | "member" | "viewer";
export type LimitScope = "gateway_key" | "virtual_key" | "project" | "metadata";
export type VirtualKeyKind = "access_key" | "assumed_role" | "bedrock_api_key" | "server_chain" | "openai_compatible";

export interface ProjectsTable extends Dated {
  id: string;
  slug: string;
  name: string;
  description: string | null;
}

export interface PeopleTable extends Dated {
  id: string;
  /** In lower case. */
  email: string;
  name: string;
  role: Role;
  passwordHash: string | null;
  disabled: Flag;
  failedSignIns: Generated<number>;
  lockedUntil: number | null;
  lastSignInAt: number | null;
}

/** People who are not there, as whom somebody has tried to sign in. */
export interface SignInStrangersTable {
  emailHash: string;
  failedSignIns: number;
  lockedUntil: number | null;
  lastAt: number;
}

export interface ProjectMembersTable {
  projectId: string;
  personId: string;
  role: Role;
  createdAt: number;
}

export interface SessionsTable {
  tokenHash: string;
  personId: string;
  createdAt: number;
  expiresAt: number;
  seenAt: number;
  address: string | null;
  userAgent: string | null;
}

export interface SettingsTable {
  name: string;
  value: string;
  updatedAt: number;
}

export interface AuditLogTable {
  id: string;
  at: number;
  projectId: string | null;
  actorKind: string;
  actorId: string | null;
  action: string;
  objectKind: string;
  objectId: string;
  beforeJson: string | null;
  afterJson: string | null;
  requestId: string | null;
  address: string | null;
}

export interface IdempotencyKeysTable {
  ownerId: string;
  idempotencyKey: string;
  requestHash: string;
  status: number | null;
  reply: string | null;
  createdAt: number;
  expiresAt: number;
  /** JSON: ids of the projects in which the caller's right was checked. Null: a gateway of before has written it. */
  projectIds: string | null;
}

/** SQLite only. */
export interface ChangesTable {
  seq: Generated<number>;
  kind: string;
  objectId: string;
  /** The store that announced it. */
  origin: string;
  at: number;
}

export interface MasterKeysTable {
  id: string;
  state: "current" | "retiring";
  createdAt: number;
}

export interface SealedRecordsTable {
  kind: string;
  recordId: string;
  masterKeyId: string;
  wrappedKey: Uint8Array;
  sealed: Uint8Array;
  updatedAt: number;
}

export interface VirtualKeysTable extends Dated {
  id: string;
  projectId: string;
  slug: string;
  name: string;
  note: string | null;
  kind: VirtualKeyKind;
  region: string | null;
  allowedModels: string | null;
  allowedRegions: string | null;
  endpoint: string | null;
  /** What of the credential is no secret, as JSON. */
  credential: string;
  /** The virtual key that assumes the role. */
  sourceId: string | null;
  /** What calls tell AWS of whom they are for, as JSON. */
  attribution: string | null;
  expiresAt: number | null;
  disabled: Flag;
  /** The virtual key that it follows: what that says stands in the columns above too, and `disabled` and `expiresAt` are what comes of both. */
  integrationId: string | null;
  /** What one that follows says itself. */
  ownExpiresAt: number | null;
  ownDisabled: Flag;
}

export interface VirtualKeyTestsTable {
  virtualKeyId: string;
  testedAt: number;
  region: string | null;
  /** How each ended, as JSON. */
  stages: string;
}

export interface GatewayKeysTable extends Dated {
  id: string;
  projectId: string;
  ownerId: string | null;
  name: string;
  description: string | null;
  scopes: string;
  allowedModels: string | null;
  allowedVirtualKeys: string | null;
  allowedRegions: string | null;
  allowedAddresses: string | null;
  defaultMetadata: string | null;
  defaultConfig: string | null;
  mayOverrideConfig: Flag;
  defaultVirtualKey: string | null;
  mayOverrideCredential: Flag;
  expiresAt: number | null;
  disabled: Flag;
  lastUsedAt: number | null;
}

export interface GatewayKeyHashesTable {
  keyHash: string;
  keyId: string;
  prefix: string;
  createdAt: number;
  validUntil: number | null;
}

export interface AccessKeyPairsTable extends Dated {
  id: string;
  gatewayKeyId: string;
  accessKeyId: string;
  disabled: Flag;
  lastUsedAt: number | null;
}

export interface ConfigsTable extends Dated {
  id: string;
  projectId: string;
  slug: string;
  name: string;
  isDefault: Flag;
  disabled: Flag;
  currentVersion: number;
}

export interface ConfigVersionsTable {
  id: string;
  configId: string;
  version: number;
  config: string;
  authorId: string | null;
  createdAt: number;
}

export interface GuardrailsTable extends Dated {
  id: string;
  projectId: string;
  slug: string;
  name: string;
  disabled: Flag;
  currentVersion: number;
  /** Who made it, and who changed it last, as the audit log names them. */
  authorId: string | null;
  editorId: string | null;
}

export interface GuardrailVersionsTable {
  id: string;
  guardrailId: string;
  version: number;
  guardrail: string;
  authorId: string | null;
  createdAt: number;
}

export interface ConnectorsTable extends Dated {
  id: string;
  projectId: string;
  slug: string;
  name: string;
  virtualKeyId: string | null;
  region: string | null;
  inferenceProfile: string | null;
  modelId: string;
  requestFormat: string | null;
  responseFormat: string | null;
  settings: string;
}

interface LimitColumns extends Dated {
  id: string;
  projectId: string;
  name: string;
  scope: LimitScope;
  /** Id of the key or project; the field's name for `metadata`. */
  scopeId: string;
  /** The field's value for `metadata`; null: each value has a limit of its own. */
  scopeValue: string | null;
}

export interface BudgetsTable extends LimitColumns {
  costLimitNano: bigint | null;
  tokenLimit: number | null;
  period: "total" | "daily" | "weekly" | "monthly";
  /** Days of one window, for `daily` where it is another than one; null: one. */
  periodDays: number | null;
  /** A moment at which such a window begins. */
  periodFrom: number | null;
  alertPercents: string | null;
  /** As it may be shown: where it has more than an origin, the address itself is sealed. */
  alertUrl: string | null;
  unknownPrice: "block" | "allow";
}

export interface RateLimitsTable extends LimitColumns {
  unit: "requests" | "tokens";
  period: "second" | "minute" | "hour" | "day";
  /** For `day`: 7 is a week; null: one day. */
  periodDays: number | null;
  amount: number;
}

/** What has been used of a limit in one window. */
export interface LimitWindowsTable {
  limitId: string;
  /** The metadata value that is counted; empty where the limit has one count for all. */
  bucket: string;
  windowStart: number;
  settledAmount: bigint;
  /** What was billed beyond bounds; part of what is settled. */
  overAmount: bigint;
  /** Calls whose cost is not known, and so not in what is settled. */
  unpricedCalls: number;
  /** Rounds in which all gateways were asked to give back what they do not use, and when the last was opened. */
  recallRound: number;
  recalledAt: number;
  /** From then on the row is of no use; null: always of use. */
  keepUntil: number | null;
}

/** What one gateway may use of a window without asking. */
export interface LimitLeasesTable {
  limitId: string;
  bucket: string;
  windowStart: number;
  leaseId: string;
  holderId: string;
  /** Reserved by calls under way, or idle. */
  heldAmount: bigint;
  /** All that this lease has told so far: each report is a sum, so that one that arrives twice counts once. */
  settledAmount: bigint;
  overAmount: bigint;
  unpricedCalls: number;
  /** The last round of recall in which it gave back what was idle. */
  answeredRound: number;
}

/** The gateways that hold leases. */
export interface LimitHoldersTable {
  id: string;
  seenAt: number;
  /** What a gateway says of itself; null where it is of an older version. */
  name: string | null;
  /** A JSON list. */
  masterKeys: string | null;
}

export interface LimitAlertsTable {
  id: string;
  budgetId: string;
  bucket: string;
  windowStart: number;
  percent: number;
  settledAmount: bigint;
  limitAmount: bigint;
  createdAt: number;
  attempts: Generated<number>;
  /** While it is being sent, or after a failure: not before then. Null: sent, or given up. */
  nextTryAt: number | null;
  deliveredAt: number | null;
  lastError: string | null;
}

export interface Tables extends LedgerTables, PromptTables, ResponseTables {
  projects: ProjectsTable;
  people: PeopleTable;
  signInStrangers: SignInStrangersTable;
  projectMembers: ProjectMembersTable;
  sessions: SessionsTable;
  settings: SettingsTable;
  auditLog: AuditLogTable;
  idempotencyKeys: IdempotencyKeysTable;
  changes: ChangesTable;
  masterKeys: MasterKeysTable;
  sealedRecords: SealedRecordsTable;
  virtualKeys: VirtualKeysTable;
  virtualKeyTests: VirtualKeyTestsTable;
  gatewayKeys: GatewayKeysTable;
  gatewayKeyHashes: GatewayKeyHashesTable;
  accessKeyPairs: AccessKeyPairsTable;
  configs: ConfigsTable;
  configVersions: ConfigVersionsTable;
  guardrails: GuardrailsTable;
  guardrailVersions: GuardrailVersionsTable;
  connectors: ConnectorsTable;
  budgets: BudgetsTable;
  rateLimits: RateLimitsTable;
  limitWindows: LimitWindowsTable;
  limitLeases: LimitLeasesTable;
  limitHolders: LimitHoldersTable;
  limitAlerts: LimitAlertsTable;
}

export type Row<Table extends keyof Tables> = Selectable<Tables[Table]>;
export type NewRow<Table extends keyof Tables> = Insertable<Tables[Table]>;
