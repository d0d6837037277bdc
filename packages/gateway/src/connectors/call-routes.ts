/** Calls of a connector: `invoke` in the model's own JSON, `read` in AI Squared's records. */
import { AditError, openAiErrorBody } from "@adit/bedrock";
import { projectOf, type CallerPrincipal } from "../access/principal.ts";
import { usesVendorPrefix } from "../calls/answers/answer-headers.ts";
import { noteKeeping } from "../calls/begin-call.ts";
import { refusalOf } from "../calls/journey.ts";
import { contentTypeOf, passHeaders } from "../calls/native/passed-call.ts";
import { openAiErrorEvent, streamNative } from "../calls/answers/stream-answer.ts";
import { parseJsonBody } from "../http/request/json-body.ts";
import { checkUnaltered } from "../http/unaltered.ts";
import type { EventWriter, Incoming, KeyRoute, Reply } from "../http/routes/route.ts";
import { checkConnectorAnswer } from "./connector-answer.ts";
import { ChunkEvents } from "./chunk-events.ts";
import { metadataOf } from "../routing/request/metadata.ts";
import type { Stored } from "../stored.ts";
import { toolsOf, type CheckDependencies } from "./check-stored-connection.ts";
import { checked, invocationSchema, type Invocation, type OutputField } from "./connector-schema.ts";
import { targetOf } from "./connector-target.ts";
import { invokeStream, invokeWhole, newWay, type ConnectorWay } from "./invoke.ts";
import { checkOutputFields, mapOutput } from "./map-output.ts";
import { failureMessage, recordText } from "./records.ts";
import { requestBody } from "./request-body.ts";
import { paramsFor, unusedHeaders } from "./request-headers.ts";
import { checkUnguarded } from "./unguarded.ts";

export interface ConnectorCallDependencies extends CheckDependencies {
  stored: Stored;
}

export function connectorCallRoutes(deps: ConnectorCallDependencies): KeyRoute[] {
  const base = { method: "POST", access: "key" } as const;
  const routes: KeyRoute[] = [
    {
      ...base,
      path: "/v1/connectors/{slug}/invoke",
      errorBody: openAiErrorBody,
      handle: (incoming, reply, principal) => invoke({ incoming, reply, principal }, deps),
    },
    {
      ...base,
      path: "/v1/connectors/{slug}/read",
      errorBody: (error, _withVendorFields, requestId) => [failureMessage(error, requestId)],
      handle: (incoming, reply, principal) => read({ incoming, reply, principal }, deps),
    },
  ];
  return routes;
}

interface Asking {
  incoming: Incoming;
  reply: Reply;
  principal: CallerPrincipal;
}

/** A call that is ready to be made. */
interface Prepared {
  way: ConnectorWay;
  stream: boolean;
  outputs: readonly OutputField[];
}

/** @throws AditError that names the field at fault, before anything is sent. */
async function prepare(asking: Asking, deps: ConnectorCallDependencies, canStream: boolean): Promise<Prepared> {
  const { incoming, principal } = asking;
  const bytes = await incoming.readBody();
  const given = bytes.length === 0 ? {} : parseJsonBody(bytes, deps.routing.settings.maxJsonDepth);
  checkUnaltered(bytes, given, "invalid_request", "body");
  const invocation = checked(invocationSchema, given);
  checkStream(invocation, canStream);
  const unused = unusedHeaders(incoming.headers);
  const params = paramsFor(incoming.headers, deps.routing.settings.maxJsonDepth);
  await checkUnguarded(incoming, principal, deps.routing.findConfig);
  const parts = await deps.stored.ready();
  const connector = await parts.connectors.bySlug(projectOf(principal), incoming.parameters["slug"] ?? "");
  const outputs = invocation.output_schema ?? connector.outputSchema;
  checkOutputFields(outputs);
  const body = requestBody(connector, invocation, bytes.toString("utf8"));
  const metadata = metadataOf(incoming.headers, principal);
  const target = await targetOf(connector, toolsOf({ parts }, deps), { principal, metadata });
  const way = newWay(asking, { target, modelId: connector.modelId, body });
  way.asked.dropped.push(...unused, ...(params?.dropped ?? []));
  if (params !== undefined) noteKeeping(way.facts, params.body);
  const stream = invocation.stream === true;
  // The chunks are the model's own.
  if (stream && outputs.length > 0) way.asked.dropped.push("output_schema");
  return { way, stream, outputs };
}

/** @throws AditError `invalid_request` for what has no meaning in a stream, or where there is none. */
function checkStream({ stream, output_schema: outputs }: Invocation, canStream: boolean): void {
  if (stream !== true) return;
  if (!canStream) {
    throw new AditError("invalid_request", "stream: records are of whole answers.", {
      param: "stream",
      remedy: "Leave stream out, or call invoke.",
    });
  }
  if (outputs === undefined || outputs.length === 0) return;
  throw new AditError("invalid_request", "output_schema is for whole answers, and stream is true.", {
    param: "output_schema",
    remedy: "Leave one of the two out.",
  });
}

async function invoke(asking: Asking, deps: ConnectorCallDependencies): Promise<void> {
  const { way, stream, outputs } = await prepare(asking, deps, true);
  let events: EventWriter | undefined;
  try {
    if (stream) {
      await sendStream(way, deps, () => (events = asking.reply.openEvents()));
      return;
    }
    const answer = await invokeWhole(way, deps);
    passHeaders(answer.headers, asking.reply);
    if (outputs.length === 0) {
      asking.reply.send(200, answer.body, contentTypeOf(answer.headers));
      return;
    }
    const text = answer.body.toString("utf8");
    const { output, faults } = mapOutput(checkConnectorAnswer(answer), outputs, text);
    // The model's own JSON as it came: a number that a double cannot hold keeps its digits.
    const mapped = JSON.stringify({ output, output_faults: faults });
    asking.reply.send(200, `${mapped.slice(0, -1)},"data":${text}}`);
  } catch (error) {
    const refusal = refusalOf(way, error);
    events?.write(openAiErrorEvent(refusal, usesVendorPrefix(asking.incoming)));
    events?.end();
  }
}

async function sendStream(way: ConnectorWay, deps: ConnectorCallDependencies, open: () => EventWriter): Promise<void> {
  let events: EventWriter | undefined;
  const openOnce = (): EventWriter => (events ??= open());
  const stream = await invokeStream(way, deps, openOnce);
  const out = openOnce();
  await streamNative(stream, new ChunkEvents((text) => out.write(text)), {
    events: out,
    withVendorFields: usesVendorPrefix(way.incoming),
    requestId: way.incoming.id,
    facts: way.facts,
    receivedAt: way.incoming.receivedAt,
    now: deps.now,
  });
}

async function read(asking: Asking, deps: ConnectorCallDependencies): Promise<void> {
  const { way, outputs } = await prepare(asking, deps, false);
  try {
    const answer = await invokeWhole(way, deps);
    const value = checkConnectorAnswer(answer);
    const text = answer.body.toString("utf8");
    const { output, faults } = mapOutput(value, outputs, text);
    const data = outputs.length === 0 ? text : JSON.stringify(output);
    const logs = faults.map((fault) => JSON.stringify({ type: "log", log: { level: "warn", ...fault } }));
    asking.reply.send(200, `[${[recordText(data, deps.now()), ...logs].join(",")}]`);
  } catch (error) {
    throw refusalOf(way, error);
  }
}
