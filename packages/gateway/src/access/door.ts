/** Who may come in. Nothing is sent anywhere before this has said yes. */
import { isDeepStrictEqual } from "node:util";
import { AditError, type Secret } from "@adit/bedrock";
import { isSigned } from "@adit/bedrock/gateway";
import type { CallerHeaders } from "../http/request/caller-headers.ts";
import type { Incoming } from "../http/routes/route.ts";
import type { Doorkeeper } from "../http/routes/run-route.ts";
import type { Settings } from "../settings.ts";
import type { Stored } from "../stored.ts";
import { AdminKey, adminKeyFile, findOrMakeAdminKey } from "./admin-key.ts";
import type { AdmittedKey } from "./gateway-key.ts";
import { GatewayKeys } from "./gateway-keys.ts";
import {
  callScope,
  hasScope,
  type AdminKeyPrincipal,
  type CallerPrincipal,
  type IsGatewayKey,
  type Principal,
} from "./principal.ts";
import { personOfCookie } from "./session-cookie.ts";
import { signerOf } from "./signed-request.ts";

export class Door implements Doorkeeper {
  readonly #adminKey: AdminKey;
  readonly #adminHasKeyForm: boolean;
  readonly #stored: Stored;
  /** The key itself where it was made just now, to be shown once on a terminal; the file that holds it. */
  readonly newKey: { key: string; file: string } | undefined;
  readonly #admin: AdminKeyPrincipal;
  readonly #isGatewayKey: IsGatewayKey;

  private constructor(key: Secret, stored: Stored, newKey: { key: string; file: string } | undefined) {
    const adminKey = new AdminKey(key);
    this.#adminKey = adminKey;
    this.#adminHasKeyForm = GatewayKeys.isKey(key.reveal());
    this.#stored = stored;
    this.newKey = newKey;
    this.#isGatewayKey = (value) => GatewayKeys.isKey(value) || adminKey.matches(value);
    this.#admin = Object.freeze({ kind: "admin_key", isGatewayKey: this.#isGatewayKey });
  }

  /** Finds the admin key, or makes it at the first start. */
  static async open(settings: Settings, stored: Stored): Promise<Door> {
    const { key, made } = await findOrMakeAdminKey(settings.adminKey, settings.dataDir);
    const newKey = made ? { key: key.reveal(), file: adminKeyFile(settings.dataDir) } : undefined;
    return new Door(key, stored, newKey);
  }

  /**
   * Who calls. The key is `x-adit-api-key` (or a vendor's), else `Authorization: Bearer`, else `x-api-key`: the first
   * that is present decides, and a wrong one never falls to the next. Where there is none, a signature counts that the route takes.
   * @throws AditError `missing_gateway_key` or `invalid_gateway_key` (both 401); `forbidden` (403) for a key that may not call models,
   * or not from this address; `store_unavailable` where the key is not in memory and the store does not answer.
   */
  caller(incoming: Incoming, takesSignatures: boolean): CallerPrincipal | Promise<CallerPrincipal> {
    const key = shownKey(incoming.headers);
    if (key !== undefined) {
      if (this.#isAdmin(key)) return this.#admin;
      if (!GatewayKeys.isKey(key)) throw unknownKey();
      return this.#gatewayKey(key, incoming, callScope);
    }
    if (!isSigned(incoming.headers.raw("authorization"))) throw noKey();
    if (!takesSignatures) throw signatureNotTaken();
    return this.#signer(incoming);
  }

  /** As {@link caller}, for the control API: a key, whatever it may do, else the session of a person. */
  principal(incoming: Incoming): Principal | Promise<Principal> {
    const key = shownKey(incoming.headers);
    if (key === undefined) return this.#person(incoming);
    if (this.#isAdmin(key)) return this.#admin;
    if (!GatewayKeys.isKey(key)) throw unknownKey();
    return this.#gatewayKey(key, incoming, undefined);
  }

  /**
   * Once more for who came in before their body had come: it may have been on its way for hours, and their right have been taken away meanwhile.
   * @throws AditError as {@link principal}; `request_timeout` where what they may do was changed: sent again, it goes by what holds now.
   */
  async again(incoming: Incoming, before: Principal): Promise<void> {
    const now = await this.principal(incoming);
    if (isDeepStrictEqual(rightsOf(before), rightsOf(now))) return;
    throw new AditError("request_timeout", "What the caller may do was changed while the body was on its way.", {
      remedy: "Send the request again.",
    });
  }

  /**
   * Once more for who calls models, before another try or target: the one before may have been waited for for an hour.
   * @throws AditError as {@link caller}
   */
  async stillCalls(incoming: Incoming): Promise<void> {
    const { principal, headers } = incoming;
    if (principal?.kind !== "gateway_key") return;
    const key = shownKey(headers);
    if (key !== undefined && GatewayKeys.isKey(key)) {
      await this.#gatewayKey(key, incoming, callScope);
      return;
    }
    // It came in by a signature, which is no good any more after some minutes, or by a call that is made again.
    const { gatewayKeys } = await this.#stored.ready();
    const fault = await gatewayKeys.faultOf(principal.key.id);
    if (fault !== undefined) throw new AditError("invalid_gateway_key", `The gateway key ${fault}.`);
  }

  /** The operator may have given an admin key of whatever form: a text of the other form is not asked about. */
  #isAdmin(text: string): boolean {
    return GatewayKeys.isKey(text) === this.#adminHasKeyForm && this.#adminKey.matches(text);
  }

  #gatewayKey(text: string, incoming: Incoming, scope: string | undefined): CallerPrincipal | Promise<CallerPrincipal> {
    const stored = this.#stored.ready();
    const known =
      stored instanceof Promise
        ? stored.then(({ gatewayKeys }) => gatewayKeys.authenticate(text, incoming.address))
        : stored.gatewayKeys.authenticate(text, incoming.address);
    return known instanceof Promise
      ? known.then((key) => this.#keyPrincipal(key, scope))
      : this.#keyPrincipal(known, scope);
  }

  #keyPrincipal(key: AdmittedKey, scope: string | undefined): CallerPrincipal {
    if (scope !== undefined && !hasScope(key, scope)) throw lacksScope(scope);
    return { kind: "gateway_key", key, signedRegion: undefined, isGatewayKey: this.#isGatewayKey };
  }

  async #signer(incoming: Incoming): Promise<CallerPrincipal> {
    const { keyPairs, gatewayKeys, store } = await this.#stored.ready();
    const { keyPair, region } = await signerOf(incoming, keyPairs, store.clock.now());
    const key = await gatewayKeys.admit(keyPair.gatewayKeyId, incoming.address);
    if (!hasScope(key, callScope)) throw lacksScope(callScope);
    return { kind: "gateway_key", key, signedRegion: region, isGatewayKey: this.#isGatewayKey };
  }

  async #person(incoming: Incoming): Promise<Principal> {
    const session = await personOfCookie(incoming, this.#stored);
    if (session === undefined) throw noKey();
    return { kind: "person", ...session };
  }
}

function rightsOf(principal: Principal): object {
  switch (principal.kind) {
    case "admin_key":
      return { kind: principal.kind };
    case "gateway_key":
      return { ...principal.key, lastUsedAt: undefined };
    case "person":
      return principal.person;
  }
}

function unknownKey(): AditError {
  return new AditError("invalid_gateway_key", "The gateway key is not known here.");
}

function noKey(): AditError {
  return new AditError("missing_gateway_key", "No gateway key was sent.");
}

function signatureNotTaken(): AditError {
  return new AditError("invalid_gateway_key", "Signed requests are not taken at this path.", {
    remedy: "Send the gateway key as Authorization: Bearer, or in x-adit-api-key beside the signature.",
  });
}

function lacksScope(scope: string): AditError {
  return new AditError("forbidden", `The gateway key lacks the scope ${scope}.`, {
    remedy: `Use a key with the scope ${scope}.`,
  });
}

/** The first that is present decides. */
export function shownKey(headers: CallerHeaders): string | undefined {
  return headers.get("api-key") ?? bearerToken(headers.raw("authorization")) ?? headers.raw("x-api-key");
}

/** The token of `Bearer TOKEN`; any other scheme counts as no token. */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.slice(0, 7).toLowerCase() !== "bearer ") return undefined;
  const token = authorization.slice(7).trim();
  return token === "" ? undefined : token;
}
