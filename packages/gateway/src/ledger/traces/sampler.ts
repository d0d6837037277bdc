/** Which calls are sent, by the names and rules of OpenTelemetry's samplers (specification: trace SDK, sampling). */
import type { CallRecord } from "../record/call-record.ts";
import { traceIdOf } from "./span-ids.ts";

/** True: the call is sent. */
export type Sampler = (call: Pick<CallRecord, "traceId" | "isSampledByCaller">) => boolean;

/** OpenTelemetry's own, `parentbased_always_on`: who does not record a trace wants no pieces of it. */
export const defaultSampler: Sampler = ({ isSampledByCaller }) => isSampledByCaller ?? true;

/** Undefined where the name is not known. `ratio`: the share of traces, 0 to 1, where the sampler goes by it. */
export function samplerNamed(name: string, ratio: () => number): Sampler | undefined {
  const parentBased = /^parentbased_(.*)$/.exec(name);
  if (parentBased === null) return rootSampler(name, ratio);
  const root = rootSampler(parentBased[1] ?? "", ratio);
  return root && ((call) => call.isSampledByCaller ?? root(call));
}

function rootSampler(name: string, ratio: () => number): Sampler | undefined {
  switch (name) {
    case "always_on":
      return () => true;
    case "always_off":
      return () => false;
    case "traceidratio":
      return ratioSampler(ratio());
    default:
      return undefined;
  }
}

/** By the trace's id, so that every gateway decides alike: its last 56 bits are random (W3C Trace Context 2), of which a number holds 52. */
function ratioSampler(ratio: number): Sampler {
  const threshold = (1 - ratio) * 2 ** 52;
  return ({ traceId }) => Number.parseInt(traceIdOf(traceId).slice(-14, -1), 16) >= threshold;
}
