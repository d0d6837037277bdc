import type { Caller } from "../auth/authenticate.ts";
import type { Refusal } from "../auth/refusals.ts";
import type { Fault } from "../faults/fault.ts";
import { errorReply } from "../compatible/errors.ts";
import { answerCompatible } from "../compatible/compatible.ts";
import { namedErrors } from "../faults/named-errors.ts";
import { answerControlPlane } from "../services/control-plane.ts";
import { answerGuardrail } from "../services/guardrails.ts";
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
export function serve(admitted: Admitted, house: House): Reply {
  const { request, route, caller, now } = admitted;
  switch (route.service) {
    case "sts":
      return answerSts(house.roles, caller, { form: route.form, now });
    case "metadata":
      return route.operation === "InstanceMetadata"
        ? house.metadata.answerInstance({ request, now })
        : house.metadata.answerContainer({ request, now });
    case "compatible":
    case "control":
    case "guardrail":
    case "runtime":
      return recordedAnswer(route, request.body, house) ?? serveBedrock(route, admitted, house);
  }
}

type BedrockRoute = Exclude<Route, { service: "sts" | "metadata" }>;

function recordedAnswer(route: BedrockRoute, body: Buffer, { recordings }: House): Reply | undefined {
  if (recordings === undefined) {
    return undefined;
  }
  return recordings.find(route.operation, subjectOf(route), body);
}

/** What a recording of the call is kept under, beside its operation and its body. */
function subjectOf(route: BedrockRoute): string {
  switch (route.service) {
    case "compatible":
      return route.modelId ?? noModel;
    case "runtime":
      return route.modelId;
    case "control":
      return route.id;
    case "guardrail":
      return noModel;
  }
}

function serveBedrock(route: BedrockRoute, { request, caller }: Admitted, house: House): Reply {
  const place = { region: caller?.region ?? "us-east-1", account: caller?.identity.account ?? "" };
  const { headers, body, query } = request;
  switch (route.service) {
    case "compatible":
      return answerCompatible(route, { ...place, request }, house.models);
    case "control":
      return answerControlPlane({ ...place, operation: route.operation, id: route.id, query });
    case "guardrail":
      return answerGuardrail({ ...place, ...route, body });
    case "runtime":
      return answerRuntime({ ...place, ...route, headers, body }, house.models);
  }
}

/** Recordings of calls without a model name it so. */
const noModel = "none";

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
  if (route.service === "compatible") {
    return errorReply(route.surface, refusal);
  }
  return route.service === "sts" ? stsFormOf(refusal) : refusalReply(refusal, fields);
}
