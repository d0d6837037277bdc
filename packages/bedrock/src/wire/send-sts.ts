import type { SendSts } from "../auth/sts-call.ts";
import { postOver } from "./post-over.ts";
import { controlPlaneLimits } from "./transport/time-limits.ts";
import type { Transport } from "./transport/transport.ts";

/** Sends requests to STS over a transport, within the limits of a control plane: ten seconds to connect, a minute in all. */
export function sendStsOver(transport: Transport): SendSts {
  return postOver(transport, { limits: controlPlaneLimits });
}
