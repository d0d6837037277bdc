import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fixturesOf } from "./fixtures.ts";

/** One exchange, recorded with AWS or written for the project (`provenance: "written"`), as far as tests read it. */
export interface Recording {
  id: string;
  operation: string;
  model_id: string;
  /** The model behind an application inference profile. */
  resolved_model_id?: string;
  provenance: string;
  flags?: Record<string, unknown>;
  frames?: number;
  request: { method: string; host: string; path: string; headers: Record<string, string>; body?: unknown };
  response: {
    status: number;
    headers: Record<string, string>;
    body_json?: unknown;
    body_text?: string;
    body_base64?: string;
    events?: { type: string; message_type?: string; payload: Record<string, unknown> }[];
  };
}

/** Folder of recorded exchanges: `ADIT_RECORDINGS`, else `../shared/recordings` beside the repository; undefined where there is none. */
export function recordingsFolder(): string | undefined {
  const folder = process.env["ADIT_RECORDINGS"] ?? resolve(import.meta.dirname, "../../../../../../shared/recordings");
  return existsSync(join(folder, "INDEX.tsv")) ? folder : undefined;
}

/** The recordings of one operation; none where the folder is missing. */
export function recordingsOf(operation: string): Recording[] {
  const folder = recordingsFolder();
  if (folder === undefined || !existsSync(join(folder, operation))) {
    return [];
  }
  return readdirSync(join(folder, operation))
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(join(folder, operation, name), "utf8")) as Recording);
}

/** The exchanges of one operation: the project's own fixtures, and the recordings where they are there. */
export function exchangesOf(operation: string): Recording[] {
  return [...fixturesOf(operation), ...recordingsOf(operation)];
}

/** True for a fixture whose stream ends before its end; no recording does. */
export function isTruncated(exchange: Recording): boolean {
  return exchange.flags?.["cut_bytes"] !== undefined;
}
