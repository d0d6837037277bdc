/** What is at hand while a plan is made. */
import { AditError, type JsonObject } from "@adit/bedrock";
import { createHash } from "node:crypto";
import type { CallerPrincipal } from "../../access/principal.ts";
import type { CallerHeaders } from "../../http/request/caller-headers.ts";
import type { AttributedCall } from "./attributed-call.ts";
import type { AskedFacts } from "../conditions/query.ts";
import type { ConfigNode } from "../config/config-schema.ts";
import { mostTargetsInAll } from "../config/config-tree.ts";
import { inherit, type Inherited } from "../config/inherit.ts";
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

/**
 * What a plan's rules and targets may do with the body in all: a second of a small machine's, for which all others wait. A step is an element that a path
 * of `drop_params` meets; what is copied for it, parameters, what a sticky draw is made of, and names that credentials are bound to, are some each.
 */
const mostSteps = 5_000_000;

/** Parameters are merged, gone through for what they say of reasoning, and laid over the body, for each node anew. */
const stepsOfParameter = 100;

/** Serves one plan. */
export class PlanMaker {
  readonly deps: RoutingDependencies;
  readonly parts: RequestParts;
  #targets = 0;
  #steps = mostSteps;
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

  /** Counts work with the body. Throws AditError `invalid_config` where it is too much: rules, targets and a long body multiply one another. */
  spend(steps: number, path: string): void {
    this.#steps -= steps;
    if (this.#steps >= 0) return;
    throw new AditError("invalid_config", `${path} takes too long on this request, with what its other rules take.`, {
      param: path,
      remedy: "Have fewer rules look at lists and texts of the body, name fewer targets, or send less.",
    });
  }

  /** What reaches a node from those above it and from itself. */
  inherited(above: Inherited, node: ConfigNode, path: string): Inherited {
    const own = inherit(above, node);
    this.spend((membersOf(own.override_params) + membersOf(own.default_params)) * stepsOfParameter, path);
    return own;
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
      model: undefined,
      pathname,
      patience: { steps: this.deps.slowPatterns.stepsFor(principal) },
    };
    return model === undefined || model === fields.body["model"] ? this.#asked : { ...this.#asked, model };
  }
}

function membersOf(params: JsonObject | undefined): number {
  return params === undefined ? 0 : Object.keys(params).length;
}
