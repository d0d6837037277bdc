import type { Caller } from "../auth/authenticate.ts";
import type { Refusal } from "../auth/refusals.ts";
import type { Fault } from "../faults/fault.ts";
import { namedErrors } from "../faults/named-errors.ts";
import { answerControlPlane } from "../services/control-plane.ts";
import { answerRuntime } from "../services/runtime.ts";
import { answerSts, stsFormOf } from "../services/sts/sts.ts";
import type { ArrivedRequest } from "./arrived-request.ts";
import type { House } from "./house.ts";
import { refusalReply, unknownOperationReply, type Reply } from "./reply.ts";
import type { Route } from "./routes.ts";

/** A request whose credentials hold. */
export interface Admitted {
  request: ArrivedRequest;
  route: Route;
  /** Absent where the route asks for no credentials. */
  caller: Caller | undefined;
  /** Milliseconds since 1970. */
  now: number;
}

/** What the service itself says to a request. A recorded answer comes before one that is made up. */
export function serve({ request, route, caller, now }: Admitted, house: House): Reply {
  const place = { region: caller?.region ?? "us-east-1", account: caller?.identity.account ?? "" };
  switch (route.service) {
    case "sts":
      return answerSts(house.roles, caller, { form: route.form, now });
    case "metadata":
      return route.operation === "InstanceMetadata"
        ? house.metadata.answerInstance({ request, now })
        : house.metadata.answerContainer({ request, now });
    case "control": {
      const { operation, id } = route;
      return (
        house.recordings?.find(operation, id, request.body) ??
        answerControlPlane({ ...place, operation, id, query: request.query })
      );
    }
    case "runtime": {
      const { operation, modelId } = route;
      return (
        house.recordings?.find(operation, modelId, request.body) ??
        answerRuntime({ ...place, operation, modelId, body: request.body }, house.brain)
      );
    }
  }
}

/** The reply of a fault that stands in the place of an answer. */
export function faultReply(route: Route, fault: Fault | undefined): Reply | undefined {
  if (fault?.kind === "no-output") {
    return unknownOperationReply();
  }
  if (fault?.kind !== "refuse") {
    return undefined;
  }
  const known = namedErrors[fault.type];
  const refusal: Refusal = {
    errorType: fault.type,
    status: fault.status ?? known?.status ?? 400,
    message: fault.message ?? known?.message ?? `${fault.type} on demand.`,
  };
  const reply = refusalOf(route, refusal, { ...known?.fields, ...fault.fields });
  Object.assign(reply.headers, fault.headers);
  if (fault.status !== undefined) {
    reply.status = fault.status;
  }
  return reply;
}

/** A refusal in the form of the service that was asked. */
export function refusalOf(route: Route, refusal: Refusal, fields?: object): Reply {
  return route.service === "sts" ? stsFormOf(refusal) : refusalReply(refusal, fields);
}
