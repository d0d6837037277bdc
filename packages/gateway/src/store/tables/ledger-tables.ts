/** Rows of what happened, in the form of those in `tables.ts`. */

export interface CallsTable {
  /** Where it stands in time, made from the id: see `ledger/search/call-marks.ts`, as for the marks. */
  callSeq: bigint;
  id: string;
  projectId: string;
  projectMark: number;
  keyId: string | null;
  keyMark: number | null;
  /** Base id: without geography and ARN. */
  model: string | null;
  modelMark: number | null;
  status: number;
  statusMark: number;
  credential: string | null;
  credentialMark: number | null;
  traceId: string;
  traceMark: number;
  isSuccess: number;
  /** Null for a success. */
  failureMark: number | null;
  spanId: string | null;
  provider: string | null;
  region: string | null;
  config: string | null;
  prompt: string | null;
  cache: string | null;
  inputTokens: number | null;
  outputTokens: number | null;
  totalTokens: number | null;
  /** Null: not known. */
  costNano: bigint | null;
  /** When the row was written. */
  addedAt: number;
  /** The whole record as JSON. */
  record: string;
}

/** The pairs of calls, by their marks alone: names and values stand in the records. */
export interface CallMetadataTable {
  mark: number;
  callSeq: bigint;
}

/** Combinations of dimensions by which calls are added up. Written by `ledger/intake/sum-rows.ts`: it has a column for each dimension. */
export interface CallPlacesTable {
  placeSeq: bigint;
  projectId: string;
}

/** Written by `ledger/intake/sum-rows.ts`: it has a column for each measure. */
export interface CallSumsTable {
  projectMark: number;
  /** Milliseconds that the row stands for. */
  stepMs: number;
  at: number;
  placeSeq: bigint;
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

/** Of each pair that a body says of its call the hash, as long as its content is kept. */
export interface CallContentPairsTable {
  projectId: string;
  pair: string;
  callId: string;
}

export interface LogSettingsTable {
  projectId: string;
  content: "all" | "sampled" | "errors" | "sealed" | "none";
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
  callPlaces: CallPlacesTable;
  callSums: CallSumsTable;
  metadataSums: MetadataSumsTable;
  callContents: CallContentsTable;
  callContentPairs: CallContentPairsTable;
  feedback: FeedbackTable;
  logSettings: LogSettingsTable;
  logExports: LogExportsTable;
  logViews: LogViewsTable;
}
