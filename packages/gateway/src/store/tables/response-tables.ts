/** Rows of stored responses, in the form of those in `tables.ts`. */

export interface StoredResponsesTable {
  projectId: string;
  id: string;
  previousId: string | null;
  /** Null: the admin key. */
  keyId: string | null;
  callId: string;
  model: string;
  at: number;
  turn: number;
  conversationBytes: number;
  storedBytes: number;
  /** Compressed JSON. */
  content: Uint8Array;
}

export interface StoredResponsePairsTable {
  projectId: string;
  /** A hash of name and value. */
  pair: string;
  responseId: string;
}

export interface ResponseTables {
  storedResponses: StoredResponsesTable;
  storedResponsePairs: StoredResponsePairsTable;
}
