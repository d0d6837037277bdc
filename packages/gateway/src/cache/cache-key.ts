/** What makes two requests one to the cache. A hash: nothing of a request, and no secret, can be read in it. */
import { hash } from "node:crypto";
import { isJsonObject, type JsonValue } from "@adit/bedrock";
import { identityHash } from "@adit/bedrock/gateway";
import type { Signer } from "../routing/plan/signer.ts";
import type { Target } from "../routing/plan/plan.ts";

export interface CachedRequest {
  /** Who calls: of two tenants, neither is given what the other was. */
  tenant: string;
  /** The namespace or metadata. */
  partition: string;
  /** The dialect and what else the form of the answer depends on. */
  form: readonly (string | boolean | undefined)[];
  target: Target;
  /** Whose credential signs; undefined for a target that is not AWS's. */
  signer: Signer | undefined;
  /** As the target gets it. */
  body: JsonValue;
  /** Headers of the caller that travel upstream. */
  forwardHeaders: Readonly<Record<string, string>>;
}

/** Rejects with AditError where the credential cannot be had. */
export async function cacheKey(request: CachedRequest): Promise<string> {
  const { target, signer } = request;
  const parts: JsonValue = [
    request.tenant,
    await identityOf(target, signer),
    target.provider,
    signer?.standIn?.url ?? target.baseUrl ?? "",
    target.region,
    target.model,
    request.partition,
    request.form.map((part) => part ?? null),
    sorted(request.forwardHeaders),
    sorted(request.body),
  ];
  return hash("sha256", JSON.stringify(parts));
}

async function identityOf({ apiKey }: Target, signer: Signer | undefined): Promise<string> {
  if (signer !== undefined) return identityHash(await signer.credentials.get());
  if (apiKey === undefined) return "";
  return identityHash({ kind: "bearer", token: typeof apiKey === "function" ? await apiKey() : apiKey });
}

/** Members in the order of their names: bodies that differ in nothing else are one. */
function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((element) => sorted(element));
  if (!isJsonObject(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(
    names.flatMap((name): [string, JsonValue][] => {
      const member = value[name];
      return member === undefined ? [] : [[name, sorted(member)]];
    }),
  );
}
