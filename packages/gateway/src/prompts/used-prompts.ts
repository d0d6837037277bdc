/** The prompts of one call, as the log names them. */

export interface UsedPrompt {
  readonly id: string;
  readonly slug: string;
  readonly version: number;
  readonly versionId: string;
}

export class UsedPrompts {
  /** Of targets that name their own, by their paths in the config. */
  readonly byTarget = new Map<string, UsedPrompt>();
  readonly #own: UsedPrompt;

  constructor(own: UsedPrompt) {
    this.#own = own;
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
