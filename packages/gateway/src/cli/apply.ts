/** `adit apply`: brings the store to what a YAML file says, and shows what that means before. */
import { readFile } from "node:fs/promises";
import { AditError } from "@adit/bedrock";
import { apply } from "../admin/apply/apply.ts";
import { applyFileJsonSchema, readApplyFile } from "../admin/apply/apply-file.ts";
import type { ApplyStep } from "../admin/apply/apply-step.ts";
import { partsWithin } from "../admin/parts.ts";
import { openControlParts } from "./control-parts.ts";
import { withStore } from "./store.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Thrown to undo what a dry run has done. */
class DryRun extends Error {
  readonly steps: ApplyStep[];

  constructor(steps: ApplyStep[]) {
    super("A dry run keeps nothing.");
    this.steps = steps;
  }
}

export async function runApply(
  { file, isDryRun }: { file: string; isDryRun: boolean },
  variables: Variables,
): Promise<number> {
  const wanted = readApplyFile(await textOf(file), variables);
  const steps = await withStore(variables, async (store, settings) => {
    const parts = await openControlParts(store, settings);
    try {
      return await store.writeAlone(async (writing) => {
        const done = await apply(wanted, partsWithin(parts, writing), { kind: "command" });
        if (isDryRun) throw new DryRun(done);
        return done;
      });
    } catch (error) {
      // The plan is what was done, and undone: it has passed every check that the change itself passes.
      if (error instanceof DryRun) return error.steps;
      throw error;
    } finally {
      await parts.gatewayKeys.close();
    }
  });
  show(steps, isDryRun);
  return 0;
}

export function runApplySchema(): Promise<number> {
  process.stdout.write(`${JSON.stringify(applyFileJsonSchema(), undefined, 2)}\n`);
  return Promise.resolve(0);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new AditError("invalid_request", `The file ${file} cannot be read.`, {
      cause: error,
      remedy: "Name a YAML file: see docs/apply.md.",
    });
  }
}

const signs = { create: "+", update: "~", keep: "=" } as const;

function show(steps: readonly ApplyStep[], isDryRun: boolean): void {
  const counts = { create: 0, update: 0, keep: 0 };
  for (const { action, kind, name, fields, warnings, newKey } of steps) {
    counts[action] += 1;
    const which = fields.length === 0 ? "" : ` (${fields.join(", ")})`;
    process.stderr.write(`${signs[action]} ${kind} ${name}${which}\n`);
    for (const warning of warnings) process.stderr.write(`  ! ${warning}\n`);
    // On the standard output alone, so that it can be led to where secrets are kept.
    if (newKey !== undefined && !isDryRun) process.stdout.write(`${name}\t${newKey.reveal()}\n`);
  }
  const words = `create ${counts.create}, update ${counts.update}, keep ${counts.keep}`;
  process.stderr.write(isDryRun ? `Would ${words}. Nothing was changed.\n` : `Done: ${words}.\n`);
}
