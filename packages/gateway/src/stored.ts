/** What the gateway keeps, opened behind the listener: whoever needs nothing of it does not wait for it. */
import { hostname } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { AditError, type Clock, type CredentialSource, type Environment, type SendSts } from "@adit/bedrock";
import type { Post } from "@adit/bedrock/gateway";
import { Sessions } from "./access/sessions.ts";
import { SignIn } from "./access/sign-in.ts";
import { openChangeParts } from "./admin/open-parts.ts";
import type { ChangeParts } from "./admin/parts.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { alertsBy, type SendAlert } from "./limits/alerts/alert-sender.ts";
import { Limits } from "./limits/limits.ts";
import type { Settings } from "./settings.ts";
import { storeAway, storeError } from "./store/store-faults.ts";
import type { Store } from "./store/store.ts";
import type { Vault } from "./vault/vault.ts";
import { VirtualKeySources } from "./vault/virtual-key-sources.ts";

/** The store, and all that stands on it. */
export interface StoredParts extends ChangeParts {
  store: Store;
  virtualKeySources: VirtualKeySources;
  /** What calls ask. */
  limits: Limits;
  sessions: Sessions;
  signIn: SignIn;
}

export interface StoredOptions {
  settings: Settings;
  clock: Clock;
  /** The server's own chain, and the region of STS where a role has none. */
  server: CredentialSource;
  serverRegion: string;
  sendSts: SendSts;
  post: Post;
  environment: Environment;
  /** It has read what it needs, and is attached, before anybody is given the store: no call is recorded by settings that are not known yet. */
  ledger: Pick<Ledger, "follow" | "attach">;
  /** How often, in milliseconds, the store is told what limits have counted. Default: 1,000. */
  limitTickMs?: number | undefined;
  /** Told why the store could not be opened, in the database's own words: for the operator alone. */
  onFault: (error: unknown) => void;
}

/** So long calls that could do without the store wait for it as the gateway starts. */
const longestWaitMs = 5_000;

/** After a first failure, then doubled up to the last. */
const firstPauseMs = 250;
const longestPauseMs = 10_000;

export class Stored {
  readonly #options: StoredOptions;
  readonly #closing = new AbortController();
  #parts: StoredParts | undefined;
  /** The try that is under way, or the last one. */
  #opening: Promise<StoredParts>;
  #begin!: () => void;
  #running: Promise<void> | undefined;
  /** The first try, until it has ended. */
  #first: Promise<void> | undefined;
  #saidReason = "";
  #asking: Promise<boolean> | undefined;

  constructor(options: StoredOptions) {
    this.#options = options;
    const begun = new Promise<void>((resolve) => {
      this.#begin = resolve;
    });
    this.#opening = begun.then(() => this.#openOnce());
    this.#first = this.#opening.then(
      () => (this.#first = undefined),
      () => (this.#first = undefined),
    );
  }

  /**
   * Begins to open it, again and again while the database is away.
   * @returns resolves once it is open; rejects where it never can be: a newer schema, a master key that is missing, an address out of form.
   */
  open(): Promise<void> {
    this.#begin();
    return (this.#running ??= this.#keepOpening());
  }

  /**
   * Waits for a try that is under way.
   * @throws AditError `store_unavailable` where the store could not be opened: why is for the log.
   */
  ready(): StoredParts | Promise<StoredParts> {
    return this.#parts ?? this.#opening.catch((cause: unknown) => Promise.reject(storeAway(cause)));
  }

  /** For who could do without it: waits for the first try, some seconds at most. Resolves whether it is open by then or not. */
  async firstOpening(): Promise<void> {
    if (this.#first === undefined) return;
    const isOver = new AbortController();
    const { signal } = isOver;
    await Promise.race([this.#first, pause(longestWaitMs, undefined, { signal, ref: false }).catch(() => {})]);
    isOver.abort();
  }

  /** What calls ask of limits; undefined until the store is open. */
  get limits(): Limits | undefined {
    return this.#parts?.limits;
  }

  /** True where the database answers and has its newest schema. Asked once for all who ask meanwhile: anyone may, and none may take others' connections. */
  async isReachable(): Promise<boolean> {
    if (this.#parts === undefined) return false;
    return (this.#asking ??= this.#parts.store
      .check()
      .then(
        () => true,
        () => false,
      )
      .finally(() => (this.#asking = undefined)));
  }

  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#running === undefined) return;
    await this.#running.catch(() => {});
    const parts = await this.#opening.catch(() => undefined);
    if (parts === undefined) return;
    await parts.gatewayKeys.close();
    await parts.limits.close();
    await parts.store.close();
  }

  async #keepOpening(): Promise<void> {
    for (let wait = firstPauseMs; ; wait = Math.min(wait * 2, longestPauseMs)) {
      try {
        await this.#opening;
        return;
      } catch (error) {
        this.#say(error);
        if (!isAwayForNow(error)) throw error;
      }
      await pause(wait, undefined, { signal: this.#closing.signal, ref: false }).catch(() => {});
      if (this.#closing.signal.aborted) return;
      this.#opening = this.#openOnce();
      this.#opening.catch(() => {});
    }
  }

  /** Whoever waits for it finds the parts in their place. */
  async #openOnce(): Promise<StoredParts> {
    const parts = await openParts(this.#options);
    this.#options.ledger.attach(parts.store);
    return (this.#parts = parts);
  }

  /** Each reason once: it may last for hours. */
  #say(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason === this.#saidReason) return;
    this.#saidReason = reason;
    this.#options.onFault(error);
  }
}

async function openParts(options: StoredOptions): Promise<StoredParts> {
  const { settings } = options;
  // The databases' packages are loaded here, after the listener has been started.
  const { openStore } = await import("./store/engines/location.ts");
  let store: Store | undefined;
  try {
    store = await openStore(settings);
    return await partsOn(store, options);
  } catch (error) {
    await store?.close();
    throw storeError(error);
  }
}

async function partsOn(store: Store, options: StoredOptions): Promise<StoredParts> {
  const { settings, clock, server, serverRegion, sendSts, environment, ledger } = options;
  await ledger.follow(store);
  const parts = await openChangeParts(store, settings);
  const { vault, virtualKeys } = parts;
  const { customHosts } = settings;
  const sessions = new Sessions(store);
  return {
    ...parts,
    virtualKeySources: new VirtualKeySources({
      store,
      vault,
      virtualKeys,
      server,
      serverRegion,
      sendSts,
      clock,
      environment,
      customHosts,
    }),
    limits: await openLimits({ store, vault, customHosts, sendAlert: alertsBy(options.post) }, options),
    sessions,
    signIn: new SignIn(store, sessions),
  };
}

/** They say that this gateway lives, and which master keys it holds: a rotation waits for those that lack the new one. */
async function openLimits(
  on: { store: Store; vault: Vault; customHosts: ReadonlySet<string>; sendAlert: SendAlert },
  { limitTickMs, onFault }: Pick<StoredOptions, "limitTickMs" | "onFault">,
): Promise<Limits> {
  const { store, vault } = on;
  const name = `${hostname()} (process ${process.pid})`;
  const limits = await Limits.open({
    ...on,
    onFault,
    word: () => ({ name, masterKeys: vault.heldKeys }),
    ...(limitTickMs !== undefined && { tickMs: limitTickMs }),
  });
  store.onChange("master_key", () => {
    // A key file that cannot be read is told of where it is needed.
    void vault.refresh().then(
      () => limits.tell(),
      () => {},
    );
  });
  return limits;
}

function isAwayForNow(error: unknown): boolean {
  return AditError.isInstance(error) && error.code === "store_unavailable";
}
