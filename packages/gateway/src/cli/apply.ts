/** `adit apply`: brings the store to what a YAML file says, and shows what that means before. */
import { createInterface } from "node:readline";
import type { Environment } from "@adit/bedrock";
import { apply } from "../admin/apply/apply.ts";
import { applyFileJsonSchema, readApplyFile, type ApplyFile } from "../admin/apply/apply-file.ts";
import type { ApplyStep } from "../admin/apply/apply-step.ts";
import { partsWithin, type ChangeParts } from "../admin/parts.ts";
import type { Store } from "../store/store.ts";
import { openChangeParts } from "../admin/open-parts.ts";
import { textOfFile } from "./file-text.ts";
import { withStore } from "./store.ts";

/** Thrown to undo what a dry run has done. */
class DryRun extends Error {
  readonly steps: ApplyStep[];

  constructor(steps: ApplyStep[]) {
    super("A dry run keeps nothing.");
    this.steps = steps;
  }
}

export interface ApplyOptions {
  file: string;
  isDryRun: boolean;
  /** Asked once the plan has been shown; undefined where nobody is there to be asked, or nobody wants to be. */
  confirm: (() => Promise<boolean>) | undefined;
}

export async function runApply({ file, isDryRun, confirm }: ApplyOptions, variables: Environment): Promise<number> {
  const wanted = readApplyFile(await textOfFile(file, "Name a YAML file: see docs/apply.md."), variables);
  return withStore(variables, async (store, settings) => {
    const parts = await openChangeParts(store, settings);
    try {
      const plan = await planOf(wanted, store, parts);
      showPlan(plan);
      const changes = plan.some(({ action }) => action !== "keep");
      if (isDryRun || (changes && confirm !== undefined && !(await confirm()))) {
        say(`Would ${countsOf(plan)}. Nothing was changed.`);
        return isDryRun ? 0 : 1;
      }
      const steps = await store.writeAlone((writing) => apply(wanted, partsWithin(parts, writing), actor));
      showKeys(steps);
      say(`Done: ${countsOf(steps)}.`);
      return 0;
    } finally {
      await parts.gatewayKeys.close();
    }
  });
}

const actor = { kind: "command" } as const;

/** The plan is what was done, and undone: it has passed every check that the change itself passes. */
async function planOf(wanted: ApplyFile, store: Store, parts: ChangeParts): Promise<ApplyStep[]> {
  try {
    return await store.writeAlone(async (writing) => {
      throw new DryRun(await apply(wanted, partsWithin(parts, writing), actor));
    });
  } catch (error) {
    if (error instanceof DryRun) return error.steps;
    throw error;
  }
}

/** Asks whoever sits at the terminal. */
export async function askAtTerminal(): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await new Promise<string>((settle) => {
    terminal.once("close", () => settle(""));
    terminal.question("Apply this? [y/N] ", settle);
  });
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

export function runApplySchema(): Promise<number> {
  process.stdout.write(`${JSON.stringify(applyFileJsonSchema(), undefined, 2)}\n`);
  return Promise.resolve(0);
}

const signs = { create: "+", update: "~", keep: "=" } as const;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function showPlan(steps: readonly ApplyStep[]): void {
  for (const { action, kind, name, fields, warnings } of steps) {
    const which = fields.length === 0 ? "" : ` (${fields.join(", ")})`;
    say(`${signs[action]} ${kind} ${name}${which}`);
    for (const warning of warnings) say(`  ! ${warning}`);
  }
}

/** On the standard output alone, so that they can be led to where secrets are kept. */
function showKeys(steps: readonly ApplyStep[]): void {
  for (const { name, newKey } of steps) {
    if (newKey !== undefined) process.stdout.write(`${name}\t${newKey.reveal()}\n`);
  }
}

function countsOf(steps: readonly ApplyStep[]): string {
  const counts = { create: 0, update: 0, keep: 0 };
  for (const { action } of steps) counts[action] += 1;
  return `create ${counts.create}, update ${counts.update}, keep ${counts.keep}`;
}
