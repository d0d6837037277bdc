import { createHash, randomBytes } from "node:crypto";
import type { EmulatorCredential } from "../options.ts";
import { exampleAccount } from "./example-keys.ts";

/** Who calls. */
export interface Identity {
  account: string;
  arn: string;
  userId: string;
  /** True for the temporary credentials of a role. */
  isSession: boolean;
}

/** A key pair and who holds it. */
export interface KnownCredential extends EmulatorCredential {
  identity: Identity;
}

/** Credentials that STS or a metadata endpoint hands out. */
export interface Session extends KnownCredential {
  sessionToken: string;
  expiresAt: number;
}

/** Expired sessions are still known for this long, so that their use is answered with "expired" and not with "unknown". */
const rememberExpiredMs = 24 * 3_600_000;
const sessionLimit = 10_000;

/** The key pairs and Bedrock API keys that the emulator knows: those it was given and the sessions it handed out. */
export class Keyring {
  readonly #pairs = new Map<string, KnownCredential>();
  readonly #sessions = new Map<string, Session>();
  readonly #apiKeys: ReadonlySet<string>;

  constructor(credentials: readonly EmulatorCredential[], apiKeys: readonly string[]) {
    credentials.forEach((credential) => this.add(credential));
    this.#apiKeys = new Set(apiKeys);
  }

  add(credential: EmulatorCredential): void {
    const account = credential.account ?? exampleAccount;
    this.#pairs.set(credential.accessKeyId, {
      ...credential,
      identity: {
        account,
        arn: `arn:aws:iam::${account}:user/emulator`,
        userId: uniqueId("AIDA", credential.accessKeyId),
        isSession: credential.sessionToken !== undefined,
      },
    });
  }

  find(accessKeyId: string): KnownCredential | undefined {
    return this.#pairs.get(accessKeyId) ?? this.#sessions.get(accessKeyId);
  }

  /** True for an account that one of the given key pairs belongs to. */
  hasAccount(account: string): boolean {
    return [...this.#pairs.values()].some((pair) => pair.identity.account === account);
  }

  /** The account of a long-term Bedrock API key; undefined for one that is not known. */
  accountOfApiKey(key: string): string | undefined {
    if (!this.#apiKeys.has(key)) {
      return undefined;
    }
    const text = Buffer.from(key.replace(/^ABSK/, ""), "base64").toString("utf8");
    return /-at-(\d{12})(:|$)/.exec(text)?.[1] ?? exampleAccount;
  }

  /** Temporary credentials for a role, known from now on. */
  startSession(identity: Identity, now: number, expiresAt: number): Session {
    this.#forgetOld(now);
    const session: Session = {
      accessKeyId: `ASIA${base32(randomBytes(10))}`,
      secretAccessKey: randomBytes(30).toString("base64"),
      sessionToken: randomBytes(240).toString("base64"),
      expiresAt,
      identity,
    };
    this.#sessions.set(session.accessKeyId, session);
    return session;
  }

  #forgetOld(now: number): void {
    for (const [id, session] of this.#sessions) {
      if (session.expiresAt + rememberExpiredMs < now || this.#sessions.size >= sessionLimit) {
        this.#sessions.delete(id);
      }
    }
  }
}

/** An id in the form of IAM's, the same for the same name: `AROA` and 17 letters and digits. */
export function uniqueId(prefix: "AIDA" | "AROA", name: string): string {
  return `${prefix}${base32(createHash("sha256").update(name).digest()).slice(0, 17)}`;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join("");
}
