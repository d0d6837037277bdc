import { authenticate, claimedCredentials, type Caller, type ServiceName } from "../auth/authenticate.ts";
import type { Keyring } from "../auth/keyring.ts";
import type { Refusal } from "../auth/refusals.ts";
import type { Fault } from "../faults/fault.ts";
import type { FaultTarget } from "../faults/fault-book.ts";
import { parseFaultHeader, ScenarioError } from "../faults/parse.ts";
import { stepsOf } from "../faults/steps.ts";
import type { SeenRequest } from "../options.ts";
import { isUnsigned } from "../services/sts/sts.ts";
import { bodyLimit, type ArrivedRequest } from "./arrived-request.ts";
import type { House } from "./house.ts";
import { jsonReply, refusalReply, unknownOperationReply, type Reply } from "./reply.ts";
import { routeOf, type Route } from "./routes.ts";
import { send } from "./send.ts";
import { faultReply, refusalOf, serve } from "./serve.ts";
import type { Wire } from "./wire.ts";

/** Takes one request to its answer, in AWS's order: route, credentials, then what the service itself says. */
export async function exchange(request: ArrivedRequest, wire: Wire, house: House): Promise<void> {
  const route = request.tooLarge ? undefined : routeOf(request);
  const seen = seenFrom(request, route, house.clock());
  house.requests.add(seen);
  const header = faultHeader(request);
  const target: FaultTarget = {
    operation: seen.operation,
    isStream: isStreamOf(route),
    ...(seen.modelId !== undefined && { modelId: seen.modelId }),
    ...("faults" in header && { header }),
  };
  const clockFault = house.faults.take("clock", target);
  const offsetMs = clockFault?.kind === "clock" ? clockFault.offsetMs : 0;
  const call: Call = { request, route, seen, target, now: house.clock() + offsetMs };
  if (clockFault !== undefined) {
    seen.faults.push(clockFault.kind);
  }
  let answer: Answer;
  try {
    answer = "fault" in header ? { reply: jsonReply({ message: header.fault }, 400) } : await answerTo(call, house);
  } catch (error) {
    house.log(`${request.method} ${request.path} failed: ${error instanceof Error ? error.stack : String(error)}`);
    answer = { reply: refusalReply({ errorType: "InternalServerException", ...failed }) };
  }
  const { reply, pace, fault } = answer;
  const isReset = fault?.kind === "reset" && fault.frame === undefined;
  seen.status = isReset ? 0 : reply.status;
  // The answer's Date is read anew: a delay may have moved the clock.
  try {
    await send(reply, stepsOf(reply, pace, fault), { wire, now: () => house.clock() + offsetMs });
  } finally {
    reply.settle?.();
  }
  house.log(logLine(seen));
}

function isStreamOf(route: Route | undefined): boolean {
  if (route?.service === "compatible") {
    return route.stream;
  }
  return route?.operation === "ConverseStream" || route?.operation === "InvokeModelWithResponseStream";
}

const failed = { status: 500, message: "The system encountered an unexpected error during processing." };

interface Call {
  request: ArrivedRequest;
  route: Route | undefined;
  seen: SeenRequest;
  target: FaultTarget;
  now: number;
}

interface Answer {
  reply: Reply;
  pace?: Fault | undefined;
  fault?: Fault | undefined;
}

async function answerTo(call: Call, house: House): Promise<Answer> {
  const { request, route, seen, target, now } = call;
  if (request.tooLarge) {
    return { reply: jsonReply({ message: `The body is larger than ${bodyLimit} bytes.` }, 413) };
  }
  if (route === undefined) {
    return { reply: unknownOperationReply() };
  }
  const caller = await callerOf(route, request, { keyring: house.keyring, now });
  if (caller !== undefined && "status" in caller) {
    seen.verdict = `${caller.errorType || "refused"}: ${caller.message}`;
    return { reply: refusalOf(route, caller) };
  }
  seen.verdict = caller === undefined ? "unsigned" : `${caller.scheme} ok`;
  if (caller?.scheme === "bearer") {
    seen.region ??= caller.region;
  }
  const [pace, fault] = [house.faults.take("pace", target), house.faults.take("answer", target)];
  seen.faults.push(...[pace, fault].flatMap((each) => (each === undefined ? [] : [each.kind])));
  const reply = faultReply(route, fault) ?? serve({ request, route, caller, now }, house);
  return { reply, pace, fault };
}

/** Who calls; undefined where the route asks for no credentials. */
async function callerOf(
  route: Route,
  request: ArrivedRequest,
  context: { keyring: Keyring; now: number },
): Promise<Caller | Refusal | undefined> {
  if (route.service === "metadata" || (route.service === "sts" && isUnsigned(route.operation))) {
    return undefined;
  }
  return authenticate(request, { ...context, services: servicesOf(route) });
}

/** Names that the scope of a signature may have: bedrock-mantle has one of its own, and `/openai` stands on both endpoints. */
function servicesOf(route: Route): readonly ServiceName[] {
  if (route.service === "sts") {
    return ["sts"];
  }
  if (route.service !== "compatible") {
    return ["bedrock"];
  }
  return route.surface === "openai" ? ["bedrock", "bedrock-mantle"] : ["bedrock-mantle"];
}

function faultHeader(request: ArrivedRequest): { text: string; faults: Fault[] } | { fault: string } | object {
  const text = request.headers["x-emulator-fault"];
  if (text === undefined) {
    return {};
  }
  try {
    return { text, faults: parseFaultHeader(text) };
  } catch (error) {
    if (error instanceof ScenarioError) {
      return { fault: error.message };
    }
    throw error;
  }
}

function seenFrom(request: ArrivedRequest, route: Route | undefined, at: number): SeenRequest {
  const { method, path, query, headers, body } = request;
  return {
    at,
    method,
    path: query === "" ? path : `${path}?${query}`,
    headers,
    body,
    operation: route?.operation ?? "Unknown",
    ...modelOf(route),
    status: 0,
    ...claimedCredentials(request),
    verdict: "unsigned",
    faults: [],
  };
}

/** The model that the path or the body names. */
function modelOf(route: Route | undefined): Pick<SeenRequest, "modelId"> {
  if (route?.service !== "runtime" && route?.service !== "compatible") {
    return {};
  }
  return route.modelId === undefined ? {} : { modelId: route.modelId };
}

function logLine(seen: SeenRequest): string {
  const parts = [`${seen.method} ${seen.path.split("?")[0]}`, String(seen.status), seen.operation, seen.verdict];
  if (seen.accessKeyId !== undefined) {
    parts.push(`key ${seen.accessKeyId}`);
  }
  if (seen.faults.length > 0) {
    parts.push(`fault ${seen.faults.join(", ")}`);
  }
  return parts.join(" · ");
}
