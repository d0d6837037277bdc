/** Rows of what happened, in the form of those in `tables.ts`. */

export interface CallsTable {
  id: string;
  at: number;
  projectId: string;
  keyId: string | null;
  traceId: string;
  spanId: string | null;
  parentSpanId: string | null;
  dialect: string;
  stream: number;
  status: number;
  isSuccess: number;
  error: string | null;
  /** Base id: without geography and ARN. */
  model: string | null;
  provider: string | null;
  route: string | null;
  region: string | null;
  credential: string | null;
  config: string | null;
  prompt: string | null;
  tier: string;
  awsRequestId: string | null;
  attemptCount: number;
  target: string | null;
  cache: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  cacheReadTokens: number | null;
  cacheWriteTokens: number | null;
  totalTokens: number | null;
  /** Null: not known. */
  costNano: bigint | null;
  isEstimate: number;
  firstByteMs: number | null;
  firstTokenMs: number | null;
  totalMs: number;
  /** When the row was written. */
  addedAt: number;
  /** The whole record as JSON. */
  record: string;
}

export interface CallMetadataTable {
  projectId: string;
  name: string;
  value: string;
  at: number;
  callId: string;
}

/** Read and written by `ledger/call-sums.ts` in SQL of its own: it has a column for each dimension and measure there. */
export interface CallSumsTable {
  projectId: string;
  /** Milliseconds that the row stands for. */
  stepMs: number;
  at: number;
  place: string;
}

/** Calls of an hour that had this pair in their metadata, added up. */
export interface MetadataSumsTable {
  projectId: string;
  name: string;
  at: number;
  value: string;
  requests: number;
  failures: number;
  unknownCosts: number;
  totalTokens: number;
  costNano: bigint;
  totalMs: number;
}

export interface CallContentsTable {
  callId: string;
  projectId: string;
  at: number;
  storedBytes: number;
  /** Compressed JSON. */
  content: Uint8Array;
}

export interface FeedbackTable {
  id: string;
  projectId: string;
  traceId: string;
  /** -10 to 10. */
  value: number;
  /** 0 to 1,000,000. */
  weightMillionths: number;
  metadata: string | null;
  createdAt: number;
  updatedAt: number;
}

export interface LogSettingsTable {
  projectId: string;
  content: "all" | "sampled" | "errors" | "none";
  samplePercent: number;
  contentDays: number;
  /** Null: for ever. */
  recordDays: number | null;
  mostContentBytes: number | null;
  /** 0 or 1. */
  drainStreams: number;
  updatedAt: number;
}

export interface LogExportsTable {
  id: string;
  projectId: string;
  status: "draft" | "success" | "stopped";
  description: string | null;
  /** What is to be exported, as JSON. */
  request: string;
  total: number | null;
  /** Of the token by which the file is fetched, and until when it is good. */
  downloadHash: string | null;
  downloadUntil: number | null;
  createdAt: number;
  updatedAt: number;
}

/** Filters of the logs under a name. */
export interface LogViewsTable {
  id: string;
  projectId: string;
  name: string;
  /** As it stands behind `?` of a search. */
  query: string;
  createdAt: number;
  updatedAt: number;
}

export interface LedgerTables {
  calls: CallsTable;
  callMetadata: CallMetadataTable;
  callSums: CallSumsTable;
  metadataSums: MetadataSumsTable;
  callContents: CallContentsTable;
  feedback: FeedbackTable;
  logSettings: LogSettingsTable;
  logExports: LogExportsTable;
  logViews: LogViewsTable;
}
