/** Stands for an OpenTelemetry collector: takes OTLP's JSON over HTTP, and holds it against the JSON mapping of opentelemetry-proto. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const nanoseconds = z.string().regex(/^[1-9]\d{18}$/);
/** Not all of them 0: such ids are invalid. */
const id = (digits: number): z.ZodString => z.string().regex(new RegExp(`^(?!0+$)[0-9a-f]{${digits}}$`));

const scalar = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: z.string().regex(/^-?\d+$/) }),
  z.strictObject({ doubleValue: z.number() }),
]);
const value = z.union([scalar, z.strictObject({ arrayValue: z.strictObject({ values: z.array(scalar) }) })]);
const attributes = z
  .array(z.strictObject({ key: z.string().min(1), value }))
  .refine((list) => new Set(list.map(({ key }) => key)).size === list.length, "A key stands there twice.");

const span = z
  .strictObject({
    traceId: id(32),
    spanId: id(16),
    parentSpanId: id(16).optional(),
    name: z.string().min(1),
    kind: z.int().min(1).max(5),
    startTimeUnixNano: nanoseconds,
    endTimeUnixNano: nanoseconds,
    attributes,
    events: z.array(z.strictObject({ timeUnixNano: nanoseconds, name: z.string().min(1) })).optional(),
    status: z.strictObject({ code: z.int().min(0).max(2).optional() }),
  })
  .refine((one) => BigInt(one.endTimeUnixNano) >= BigInt(one.startTimeUnixNano), "It ends before it begins.");

const tracesData = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes }),
      scopeSpans: z.array(
        z.strictObject({ scope: z.strictObject({ name: z.string(), version: z.string() }), spans: z.array(span) }),
      ),
    }),
  ),
});

export type CollectedSpan = z.output<typeof span>;
type Value = z.output<typeof value>;

/** How the next request is answered. */
export interface CollectorAnswer {
  status: number;
  body?: object;
  headers?: Record<string, string>;
}

export interface Collector {
  url: string;
  requests: { path: string; headers: IncomingHttpHeaders; text: string }[];
  /** Of the requests that were taken. */
  spans: CollectedSpan[];
  resources: Record<string, unknown>[];
  /** What was not of OTLP's form. */
  faults: string[];
  answerNext: (...answers: CollectorAnswer[]) => void;
  close: () => Promise<void>;
}

export async function startCollector(): Promise<Collector> {
  const answers: CollectorAnswer[] = [];
  const collector: Omit<Collector, "url" | "close"> = {
    requests: [],
    spans: [],
    resources: [],
    faults: [],
    answerNext: (...given) => void answers.push(...given),
  };
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const text = Buffer.concat(pieces).toString("utf8");
      collector.requests.push({ path: `${request.method} ${request.url}`, headers: request.headers, text });
      const answer = answers.shift() ?? { status: 200, body: {} };
      if (answer.status === 200) takeIn(collector, text);
      response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
      response.end(JSON.stringify(answer.body ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return Object.assign(collector, { url: `http://127.0.0.1:${port}`, close });
}

function takeIn({ spans, resources, faults }: Pick<Collector, "spans" | "resources" | "faults">, text: string): void {
  const read = tracesData.safeParse(JSON.parse(text));
  if (!read.success) {
    faults.push(z.prettifyError(read.error));
    return;
  }
  for (const { resource, scopeSpans } of read.data.resourceSpans) {
    resources.push(attributesOf(resource));
    spans.push(...scopeSpans.flatMap((scope) => scope.spans));
  }
}

/** By their names, whole numbers as they are written. */
export function attributesOf({ attributes: list }: Pick<CollectedSpan, "attributes">): Record<string, unknown> {
  return Object.fromEntries(list.map(({ key, value: one }) => [key, plain(one)]));
}

function plain(one: Value): unknown {
  return "arrayValue" in one ? one.arrayValue.values.map(plain) : Object.values(one)[0];
}
