/** What is at hand while a plan is made. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { createHash } from "node:crypto";
import type { CallerPrincipal } from "../../access/principal.ts";
import type { CallerHeaders } from "../../http/request/caller-headers.ts";
import type { AttributedCall } from "./attributed-call.ts";
import type { AskedFacts } from "../conditions/query.ts";
import { mostTargetsInAll } from "../config/config-tree.ts";
import { CopyCount } from "../config/cutter.ts";
import type { RoutingDependencies } from "../dependencies.ts";
import { metadataOf } from "../request/metadata.ts";
import type { VirtualKeysBySlug } from "../request/named-keys.ts";
import type { RequestFields } from "../request/request-fields.ts";

/** What the request says, apart from the config. */
export interface RequestParts {
  /** Undefined where the body names none: then each target must. */
  model: string | undefined;
  fields: RequestFields;
  /** The caller's own body, where it is not in `fields`. */
  readBody?: (() => JsonObject | undefined) | undefined;
  headers: CallerHeaders;
  principal: CallerPrincipal;
  /** Those that the request, its config and the caller's key name. */
  virtualKeys: VirtualKeysBySlug;
  /** The path of the request's URL. */
  pathname: string;
  /** Where what is called lives, if it is named by an ARN and is no model. */
  calledRegion?: string | undefined;
  /** What tells the config from others. */
  configId: string;
}

/** Serves one plan. */
export class PlanMaker {
  readonly deps: RoutingDependencies;
  readonly parts: RequestParts;
  readonly copied = new CopyCount();
  #targets = 0;
  #scope: string | undefined;
  #asked: AskedFacts | undefined;

  constructor(parts: RequestParts, deps: RoutingDependencies) {
    this.parts = parts;
    this.deps = deps;
  }

  /** Throws AditError `invalid_config` where there are too many: fallbacks, config and credentials multiply one another. */
  countTarget(path: string): void {
    this.#targets += 1;
    if (this.#targets <= mostTargetsInAll) return;
    throw new AditError("invalid_config", `The request comes to more than ${mostTargetsInAll} targets.`, {
      param: path,
      remedy: "Name fewer fallback models, targets or credentials.",
    });
  }

  /** Tells what is kept for this caller with this config from what is kept for others; hashed, for the config may hold secrets. */
  get scope(): string {
    const { principal, configId } = this.parts;
    const key = principal.kind === "gateway_key" ? principal.key.id : principal.kind;
    return (this.#scope ??= createHash("sha256")
      .update(JSON.stringify([key, configId]))
      .digest("base64"));
  }

  /** Who calls, and what is said of the call, for the virtual keys that tell AWS. */
  attributedCall(): AttributedCall {
    const { headers, principal } = this.parts;
    return { principal, metadata: this.#asked?.metadata ?? metadataOf(headers, principal) };
  }

  /** What conditions ask. The model is the one that this part of the plan is made for. */
  askedFacts(model: string | undefined): AskedFacts {
    const { headers, principal, fields, pathname, readBody } = this.parts;
    this.#asked ??= {
      metadata: metadataOf(headers, principal),
      params: readBody === undefined ? fields.body : { ...readBody(), ...fields.body },
      pathname,
      patience: { steps: this.deps.slowPatterns.stepsFor(principal) },
    };
    return model === undefined || model === fields.body["model"]
      ? this.#asked
      : { ...this.#asked, params: { ...this.#asked.params, model } };
  }
}
