/** The prompts of one call, as the log names them. */
import { readReference } from "./reference.ts";
import type { Template } from "./template/template.ts";

export interface UsedPrompt {
  readonly id: string;
  readonly slug: string;
  readonly version: number;
  readonly versionId: string;
}

export class UsedPrompts {
  /** Of targets that name their own, by their paths in the config. */
  readonly byTarget = new Map<string, UsedPrompt>();
  /** True where the call's own prompt has partials of no version: what they say is said by whatever of them is published. */
  readonly hasLoosePartials: boolean;
  readonly #own: UsedPrompt;

  constructor(own: UsedPrompt, { partials, variablePartials }: Pick<Template, "partials" | "variablePartials">) {
    this.#own = own;
    this.hasLoosePartials =
      variablePartials.length > 0 || partials.some((name) => readReference(name).selector.kind !== "version");
  }

  /** The one that the target answered by, which the log's facts name; the call's own where none has. */
  of(target: string | undefined): UsedPrompt {
    if (target === undefined || this.byTarget.size === 0) return this.#own;
    // A plan by several models has the config once for each.
    const path = target.replace(/^(?:load_balance_group\.models|fallback_models)\[\d+\]/, "config");
    const names = [...this.byTarget.keys()].filter((name) => path === name || path.startsWith(`${name}.`));
    return this.byTarget.get(names.at(-1) ?? "") ?? this.#own;
  }
}

export function usedOf({ id, slug, version, versionId }: UsedPrompt): UsedPrompt {
  return { id, slug, version, versionId };
}

/** As a caller would name it. */
export function promptName({ slug, version }: UsedPrompt): string {
  return `${slug}@${version}`;
}
