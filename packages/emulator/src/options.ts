import type { Fault, Scenario } from "./faults/fault.ts";
import type { FaultName } from "./faults/short-names.ts";
import type { Quota } from "./quotas/quota.ts";

/** A key pair that the emulator knows. */
export interface EmulatorCredential {
  accessKeyId: string;
  secretAccessKey: string;
  /** A pair with a token is a session's: requests must bring the token. */
  sessionToken?: string;
  /** Twelve digits; default `123456789012`. */
  account?: string;
  /** Milliseconds since 1970; never if absent. */
  expiresAt?: number;
}

/** A role that may be assumed. */
export interface EmulatorRole {
  roleArn: string;
  /** Asked of every caller of AssumeRole if set. */
  externalId?: string;
  /** The role's MaxSessionDuration; default 43,200. */
  maxDurationSeconds?: number;
  /** Accounts whose callers may assume it; default the role's own. */
  trustedAccounts?: string[];
}

export interface EmulatorOptions {
  /** Address to listen on; default `127.0.0.1`. */
  host?: string;
  /** Port to listen on; default 0, which picks a free one. */
  port?: number;
  /** Key pairs it knows, the first being `Emulator.credential`; default AWS's public example pair. */
  credentials?: EmulatorCredential[];
  /** Long-term Bedrock API keys it knows; default one public example (`exampleApiKey`). */
  apiKeys?: string[];
  /** Roles that may be assumed; default every role of an account it has a key pair of. */
  roles?: EmulatorRole[];
  /** Token that the container endpoint of EKS (`/v1/credentials`) asks for; default: any. */
  containerToken?: string;
  /** Gives milliseconds since 1970; default the machine's clock. */
  clock?: () => number;
  /** Folder of recorded exchanges: a request that is in it gets the recorded answer. */
  recordings?: string;
  /** How much may be asked a minute, before those of the scenario; default: without limit. */
  quotas?: Quota[];
  /** What goes wrong, and when. */
  scenario?: Scenario;
  /** Takes a line for each answered request, without content and without secrets. */
  log?: (line: string) => void;
}

const names: Readonly<Record<keyof EmulatorOptions, true>> = {
  host: true,
  port: true,
  credentials: true,
  apiKeys: true,
  roles: true,
  containerToken: true,
  clock: true,
  recordings: true,
  quotas: true,
  scenario: true,
  log: true,
};

/** Throws TypeError for an option that does not exist, and for a clock that is none: TypeScript says so by itself, JavaScript does not. */
export function needGoodOptions(options: EmulatorOptions): void {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(names, name));
  if (unknown !== undefined) {
    throw new TypeError(`startEmulator has no option "${unknown}". It has ${Object.keys(names).join(", ")}.`);
  }
  if (options.clock !== undefined) needClock(options.clock);
}

/** Throws TypeError for what cannot tell the time, such as a number: from JavaScript it would break off every request. */
export function needClock(clock: unknown): void {
  if (typeof clock !== "function") {
    throw new TypeError("The emulator's clock must be a function that gives milliseconds since 1970.");
  }
}

/** A request as it arrived, and what became of it. */
export interface SeenRequest {
  /** Milliseconds since 1970, by the emulator's clock. */
  readonly at: number;
  readonly method: string;
  /** Path and query as on the wire. */
  readonly path: string;
  /** Lower-case names; repeated headers joined by commas. Under HTTP/2 `:authority` is among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** AWS's name of the operation, such as `ConverseStream`; `Unknown` where no route fits. */
  readonly operation: string;
  /** Decoded. */
  readonly modelId?: string;
  /** Status answered; 0 until then, and where the connection was reset before an answer. */
  status: number;
  /** From the credential scope of the signature. */
  accessKeyId?: string;
  /** From the credential scope of the signature or of a short-term key. */
  region?: string;
  sessionToken?: string;
  /** True where a Bedrock API key was sent. */
  bearer?: boolean;
  /** `sigv4 ok`, `bearer ok`, `unsigned`, or the type and the words of the refusal. */
  verdict: string;
  /** Kinds of the faults that were applied. */
  faults: string[];
}

/** A running emulator. */
export interface Emulator {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly port: number;
  /** The first key pair that it knows. */
  readonly credential: EmulatorCredential;
  /** The latest 10,000 requests, or fewer where their bodies exceed 64 MiB; the oldest first. */
  readonly requests: readonly SeenRequest[];
  /** Makes a key pair known; one of the same id is replaced. */
  addCredential(credential: EmulatorCredential): void;
  /** Sets its clock, which gives milliseconds since 1970. */
  setClock(clock: () => number): void;
  /**
   * Applies a fault to the next requests that match it, `count` of them (default `fault.times`, else 1). Throws ScenarioError for what is no
   * fault or no count.
   */
  faultNext(fault: Fault | FaultName, count?: number): void;
  clearRequests(): void;
  /** Stops listening and cuts every connection. */
  close(): Promise<void>;
}
