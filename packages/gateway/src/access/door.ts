/** Who may come in. Nothing is sent anywhere before this has said yes. */
import { AditError } from "@adit/bedrock";
import type { CallerHeaders } from "../http/caller-headers.ts";
import type { Settings } from "../settings.ts";
import { AdminKey, adminKeyFile, findOrMakeAdminKey } from "./admin-key.ts";
import type { Principal } from "./principal.ts";

export class Door {
  readonly #adminKey: AdminKey;
  /** The key itself where it was made just now, to be shown once on a terminal; the file that holds it. */
  readonly newKey: { key: string; file: string } | undefined;
  readonly #admin: Principal;

  private constructor(adminKey: AdminKey, newKey: { key: string; file: string } | undefined) {
    this.#adminKey = adminKey;
    this.newKey = newKey;
    this.#admin = Object.freeze({ role: "admin", isGatewayKey: (value: string) => adminKey.matches(value) });
  }

  /** Finds the admin key, or makes it at the first start. */
  static async open(settings: Settings): Promise<Door> {
    const { key, made } = await findOrMakeAdminKey(settings.adminKey, settings.dataDir);
    return new Door(new AdminKey(key), made ? { key: key.reveal(), file: adminKeyFile(settings.dataDir) } : undefined);
  }

  /**
   * Who calls. The key is `x-adit-api-key` (or a vendor's), else `Authorization: Bearer`, else `x-api-key`: the first
   * that is present decides, and a wrong one never falls to the next.
   * @throws AditError `missing_gateway_key` or `invalid_gateway_key` (both 401).
   */
  check(headers: CallerHeaders): Principal {
    const key = shownKey(headers);
    if (key === undefined) throw noKey(headers);
    if (!this.#adminKey.matches(key)) throw new AditError("invalid_gateway_key", "The gateway key is not known here.");
    return this.#admin;
  }
}

/** AWS's SDKs sign where they find a key pair: the words say what to give them in its place. */
function noKey(headers: CallerHeaders): AditError {
  if (headers.raw("authorization")?.startsWith("AWS4-HMAC-SHA256 ") !== true) {
    return new AditError("missing_gateway_key", "No gateway key was sent.");
  }
  return new AditError("invalid_gateway_key", "The request is signed with a key pair that is not the gateway's.", {
    remedy: "Set AWS_BEARER_TOKEN_BEDROCK to the gateway key, or send the key in x-adit-api-key beside the signature.",
  });
}

function shownKey(headers: CallerHeaders): string | undefined {
  return headers.get("api-key") ?? bearerToken(headers.raw("authorization")) ?? headers.raw("x-api-key");
}

/** The token of `Bearer TOKEN`; any other scheme counts as no token. */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.slice(0, 7).toLowerCase() !== "bearer ") return undefined;
  const token = authorization.slice(7).trim();
  return token === "" ? undefined : token;
}
