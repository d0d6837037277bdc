/** What the guardrail checks of a call cost, beside what its model did. Pure. */
import { costOf, type PriceTable } from "@adit/bedrock";
import type { GuardrailUse } from "../../guardrails/guardrail-use.ts";
import type { CallCost } from "../record/call-record.ts";

export interface GuardrailCost {
  /** Nano-dollars by `guardrail.` and the name of a unit. */
  parts: Readonly<Record<string, bigint>>;
  /** Of what is known. */
  knownNano: bigint;
  /** Units without a price, and usage that AWS did not tell; empty where all is known. */
  missing: readonly string[];
  version: string;
}

/** No model ran for them. */
const noModel = "";

export function guardrailCostOf(uses: readonly GuardrailUse[], table: PriceTable): GuardrailCost {
  const parts: Record<string, bigint> = {};
  const missing = new Set<string>();
  let knownNano = 0n;
  for (const { region, units } of uses) {
    const cost = costOf(units === undefined ? undefined : { guardrailUnits: units }, { model: noModel, region }, table);
    for (const [name, nano] of Object.entries(cost.parts)) {
      parts[name] = (parts[name] ?? 0n) + nano;
      knownNano += nano;
    }
    for (const name of cost.known ? [] : cost.missing) missing.add(name === "usage" ? "usage.guardrailUnits" : name);
  }
  return { parts, knownNano, missing: [...missing], version: table.version };
}

/** The same as records have it. */
export function guardrailCostShown({ parts, missing, version }: GuardrailCost): GuardrailCostShown {
  const partsNano = Object.fromEntries(Object.entries(parts).map(([name, nano]) => [name, String(nano)]));
  return { partsNano, missing, prices: version };
}

export type GuardrailCostShown = Pick<CallCost, "partsNano" | "missing"> & { prices: string };

/** The cost with that of the checks, part by part. */
export function withGuardrails(cost: CallCost, more: GuardrailCostShown): CallCost {
  const partsNano: Record<string, string> = { ...cost.partsNano };
  let total = BigInt(cost.totalNano ?? 0);
  for (const [name, nano] of Object.entries(more.partsNano)) {
    partsNano[name] = String(BigInt(partsNano[name] ?? 0) + BigInt(nano));
    total += BigInt(nano);
  }
  const isKnown = cost.totalNano !== undefined && more.missing.length === 0;
  return {
    ...cost,
    totalNano: isKnown ? String(total) : undefined,
    partsNano,
    missing: [...new Set([...cost.missing, ...more.missing])],
    prices: cost.prices ?? more.prices,
  };
}
