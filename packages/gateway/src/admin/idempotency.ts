/**
 * `Idempotency-Key`: a request that is sent again is done once, and answered as the first time. As with Stripe a key is kept for a day, counts
 * for its caller alone, and is free again where the request was refused. It is written in the transaction of the change itself.
 */
import { AditError } from "@adit/bedrock";
import { KeyedHash } from "../vault/keyed-hash.ts";
import type { Vault } from "../vault/vault.ts";
import type { Principal } from "../access/principal.ts";
import { repliesKeptMs } from "../store/kept-replies.ts";
import type { Database, Writing } from "../store/store.ts";

const longestKey = 255;

/** What was answered. */
export interface KeptReply {
  status: number;
  body: object;
  /** In which projects the caller was found to have the right. */
  projectIds: readonly string[];
}

export interface RepeatableRequest {
  ownerId: string;
  key: string;
  /** Of method, target and body, by a key of the vault's: a body may hold a password. */
  requestHash: string;
}

export class Idempotency {
  readonly #vault: Vault;
  #hash: Promise<KeyedHash> | undefined;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** @throws AditError `invalid_request` for a malformed key. */
  async read(key: string, principal: Principal, parts: readonly string[]): Promise<RepeatableRequest> {
    if (key.length > longestKey || !/^[\x20-\x7e]+$/.test(key)) {
      throw new AditError("invalid_request", `Idempotency-Key must be 1 to ${longestKey} visible characters.`, {
        param: "Idempotency-Key",
        remedy: "Send a UUID.",
      });
    }
    this.#hash ??= KeyedHash.open(this.#vault, "idempotent requests");
    // A store that was away is asked again the next time.
    this.#hash.catch(() => (this.#hash = undefined));
    const requestHash = (await this.#hash).of(JSON.stringify(parts));
    return { ownerId: ownerOf(principal), key, requestHash };
  }
}

/**
 * The answer that was given to the same request before; undefined where there was none.
 * @throws AditError `idempotency_conflict` where the key was used for another request.
 */
export async function keptReply(
  db: Database,
  { ownerId, key, requestHash }: RepeatableRequest,
  nowMs: number,
): Promise<KeptReply | undefined> {
  const earlier = await db
    .selectFrom("idempotencyKeys")
    .selectAll()
    .where("ownerId", "=", ownerId)
    .where("idempotencyKey", "=", key)
    .where("expiresAt", ">", nowMs)
    .executeTakeFirst();
  if (earlier === undefined) return undefined;
  if (earlier.requestHash !== requestHash || earlier.status === null) {
    throw new AditError("idempotency_conflict", "This Idempotency-Key was used for another request.", {
      param: "Idempotency-Key",
    });
  }
  const projectIds = JSON.parse(earlier.projectIds ?? "[]") as string[];
  return { status: earlier.status, body: JSON.parse(earlier.reply ?? "{}") as object, projectIds };
}

/** As {@link keptReply}; where there was none, this request is noted as the first. Another that is under way with the key is waited for. */
export async function earlierReply(
  { db }: Writing,
  request: RepeatableRequest,
  nowMs: number,
): Promise<KeptReply | undefined> {
  await db.deleteFrom("idempotencyKeys").where("expiresAt", "<=", nowMs).execute();
  const { ownerId, key, requestHash } = request;
  const times = { createdAt: nowMs, expiresAt: nowMs + repliesKeptMs };
  const noted = await db
    .insertInto("idempotencyKeys")
    .values({ ownerId, idempotencyKey: key, requestHash, status: null, reply: null, projectIds: null, ...times })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return noted.numInsertedOrUpdatedRows === 0n ? keptReply(db, request, nowMs) : undefined;
}

/** Keeps the answer; what is shown once is not kept. */
export async function keepReply(
  { db }: Writing,
  request: RepeatableRequest,
  { status, body, projectIds }: KeptReply,
  shownOnce: readonly string[],
): Promise<void> {
  const hidden = Object.fromEntries(shownOnce.map((field) => [field, null]));
  await db
    .updateTable("idempotencyKeys")
    .set({ status, reply: JSON.stringify({ ...body, ...hidden }), projectIds: JSON.stringify(projectIds) })
    .where("ownerId", "=", request.ownerId)
    .where("idempotencyKey", "=", request.key)
    .execute();
}

/** The same request was done meanwhile: this one is undone, and answered as that was. */
export class DoneMeanwhile extends Error {
  readonly reply: KeptReply;

  constructor(reply: KeptReply) {
    super("The same request was done meanwhile.");
    this.reply = reply;
  }
}

function ownerOf(principal: Principal): string {
  switch (principal.kind) {
    case "admin_key":
      return "admin_key";
    case "gateway_key":
      return principal.key.id;
    case "person":
      return principal.person.id;
  }
}
