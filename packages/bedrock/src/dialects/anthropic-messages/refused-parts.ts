/** Parts of requests that a model refused, and where they stand in another request. */
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import { leaveOut, nameDropped, type NativeDraft } from "./native-draft.ts";

/** A part that the model does not know. `path` is that of a field, with `*` for any index; `count` is to have its tokens counted. */
export type RefusedPart =
  | { kind: "count" }
  | { kind: "beta"; flag: string }
  | { kind: "field"; path: readonly string[] }
  | { kind: "tool"; type: string };

type Path = readonly (string | number)[];

const modelLimit = 500;
const partLimit = 64;

/**
 * What each model has refused since the process began, so that it is left out before the next request is sent. Bounded: the models and parts
 * that came first go first.
 */
export class RefusedParts {
  readonly #byModel = new Map<string, Map<string, RefusedPart>>();

  remember(model: string, parts: readonly RefusedPart[]): void {
    const known = this.#byModel.get(model) ?? new Map<string, RefusedPart>();
    for (const part of parts) {
      known.set(JSON.stringify(part), part);
    }
    dropOldest(known, partLimit);
    this.#byModel.set(model, known);
    dropOldest(this.#byModel, modelLimit);
  }

  of(model: string): readonly RefusedPart[] {
    const known = this.#byModel.get(model);
    return known === undefined ? [] : [...known.values()];
  }
}

function dropOldest(map: Map<string, unknown>, limit: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= limit) {
      return;
    }
    map.delete(oldest);
  }
}

/** Where the parts stand in a native body, an element of `anthropic_beta` among them. */
export function placesOfRefused(body: JsonObject, parts: readonly RefusedPart[]): Path[] {
  return parts.flatMap((part) => {
    switch (part.kind) {
      case "count":
        return [];
      case "beta":
        return indexesOf(body["anthropic_beta"], (flag) => flag === part.flag).map((at) => ["anthropic_beta", at]);
      case "tool":
        return indexesOf(body["tools"], (tool) => isJsonObject(tool) && tool["type"] === part.type).map((at) => [
          "tools",
          at,
        ]);
      case "field":
        return placesOf(body, part.path);
    }
  });
}

function indexesOf(list: JsonValue | undefined, is: (item: JsonValue) => boolean): number[] {
  return Array.isArray(list) ? list.flatMap((item, index) => (is(item) ? [index] : [])) : [];
}

function placesOf(value: JsonValue | undefined, [step, ...rest]: readonly string[]): Path[] {
  if (step === undefined) {
    return value === undefined ? [] : [[]];
  }
  if (Array.isArray(value) && step === "*") {
    return value.flatMap((item, index) => placesOf(item, rest).map((path) => [index, ...path]));
  }
  return isJsonObject(value) && Object.hasOwn(value, step)
    ? placesOf(value[step], rest).map((path) => [step, ...path])
    : [];
}

/** Leaves the parts out of a request before it is sent, and names them. */
export function leaveOutRefused(draft: NativeDraft, parts: readonly RefusedPart[]): void {
  const { request, flags } = draft;
  for (const part of parts) {
    if (part.kind === "beta" && flags.delete(part.flag)) {
      nameDropped(draft, `anthropic_beta.${part.flag}`);
    }
  }
  const places = placesOfRefused(
    request,
    parts.filter(({ kind }) => kind !== "beta"),
  );
  for (const path of places) {
    leaveOut(draft, path);
  }
  const goneTools = places.filter(([first, , further]) => first === "tools" && further === undefined).length;
  // An empty list of tools is refused as well, and so is a choice among none.
  if (goneTools > 0 && goneTools === request.tools?.length) {
    leaveOut(draft, ["tools"]);
    draft.edits.remove(["tool_choice"]);
  }
}
