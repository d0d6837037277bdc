/** The hooks of a target: those that its config writes out, and those that it names. */
import type { CallerPrincipal } from "../access/principal.ts";
import type { FindGuardrail } from "../routing/dependencies.ts";
import type { Hook, HookSource, TargetHooks } from "./hook.ts";

/** The hooks of a target, found and ready. */
export interface FoundHooks {
  before: readonly Hook[];
  after: readonly Hook[];
}

/** Rejects with AditError `not_stored`. */
export async function findHooks(
  { before, after }: TargetHooks,
  principal: CallerPrincipal,
  findGuardrail: FindGuardrail,
): Promise<FoundHooks> {
  return {
    before: await hooksOf(before, principal, findGuardrail),
    after: await hooksOf(after, principal, findGuardrail),
  };
}

/** Undefined where one is saved, and must be looked up. */
export function writtenHooks({ before, after }: TargetHooks): FoundHooks | undefined {
  const [ofRequest, ofAnswer] = [before, after].map((sources) => {
    const hooks = sources.flatMap((source) => (source.kind === "inline" ? [source.hook] : []));
    return hooks.length === sources.length ? hooks : undefined;
  });
  return ofRequest === undefined || ofAnswer === undefined ? undefined : { before: ofRequest, after: ofAnswer };
}

async function hooksOf(
  sources: readonly HookSource[],
  principal: CallerPrincipal,
  findGuardrail: FindGuardrail,
): Promise<Hook[]> {
  const found: Hook[] = [];
  for (const source of sources) {
    found.push(source.kind === "inline" ? source.hook : await findGuardrail(source.slug, principal));
  }
  return found;
}
