import { AditError } from "@adit/bedrock";
import { expect, test } from "vitest";
import { readTraceExport } from "./export-settings.ts";

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" };

test("nothing leaves where no endpoint is named, or where traces are switched off", () => {
  expect(readTraceExport({})).toBeUndefined();
  expect(readTraceExport({ OTEL_EXPORTER_OTLP_ENDPOINT: "" })).toBeUndefined();
  expect(readTraceExport({ ...endpoint, OTEL_SDK_DISABLED: "true" })).toBeUndefined();
  expect(readTraceExport({ ...endpoint, OTEL_TRACES_EXPORTER: "None" })).toBeUndefined();
  expect(readTraceExport({ ...endpoint, OTEL_TRACES_SAMPLER: "always_off" })).toBeUndefined();
});

/** Traces by their last digits alone: W3C Trace Context says that those are random. */
const traces = ["00000000000000", "40000000000000", "7fffffffffffff", "80000000000000", "c0000000000000"];
test.each([
  // What the sampler is told, of whom it is sent: a caller that records, one that does not, none; and of which traces.
  [{}, [true, false, true], 5],
  [{ OTEL_TRACES_SAMPLER: "always_on" }, [true, true, true], 5],
  [{ OTEL_TRACES_SAMPLER: "parentbased_always_on" }, [true, false, true], 5],
  [{ OTEL_TRACES_SAMPLER: "ParentBased_Always_Off" }, [true, false, false], 0],
  [{ OTEL_TRACES_SAMPLER: "traceidratio" }, [true, true, true], 5],
  [{ OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0" }, [false, false, false], 0],
  [{ OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.5" }, [false, false, false], 2],
  [{ OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" }, [true, false, false], 1],
  [{ OTEL_TRACES_SAMPLER_ARG: "without a sampler it counts for nothing" }, [true, false, true], 5],
])("%j samples by the caller's flag and the trace's id", (variables, byCaller, ofTraces) => {
  const { isSent, warning } = readTraceExport({ ...endpoint, ...variables }) ?? {};
  const idOf = (end: string) => `${"f".repeat(18)}${end}`;
  const traceId = idOf("00000000000000");
  expect([true, false, undefined].map((isSampledByCaller) => isSent?.({ traceId, isSampledByCaller }))).toEqual(
    byCaller,
  );
  const sent = traces.filter((end) => isSent?.({ traceId: idOf(end), isSampledByCaller: undefined }));
  expect([sent.length, warning]).toEqual([ofTraces, undefined]);
});

test.each(["jaeger_remote", "parentbased_xray", "parentbased_", "sometimes"])(
  "of the sampler %s the start warns",
  (name) => {
    const { isSent, warning } = readTraceExport({ ...endpoint, OTEL_TRACES_SAMPLER: name }) ?? {};
    expect(warning).toContain("OTEL_TRACES_SAMPLER");
    expect(isSent?.({ traceId: "1", isSampledByCaller: false })).toBe(false);
  },
);

test.each([
  [endpoint, "http://127.0.0.1:4318/v1/traces"],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "https://otel.example.com/in/" }, "https://otel.example.com/in/v1/traces"],
  [{ ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://t.example.com/own" }, "https://t.example.com/own"],
])("the address of %j is %s", (variables, address) => {
  expect(readTraceExport(variables)?.endpoint).toBe(address);
});

test("headers and attributes are percent-decoded pairs; those of traces and the service's name win", () => {
  const settings = readTraceExport({
    ...endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: "x-other=1",
    OTEL_EXPORTER_OTLP_TRACES_HEADERS: "Authorization=Basic%20abc=, x-team = red",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=prod,service.name=other,note=a%2Cb",
    OTEL_SERVICE_NAME: "gateway",
    OTEL_EXPORTER_OTLP_TIMEOUT: "2500",
  });
  const headers = [...(settings?.headers ?? [])].map(([name, value]) => [name, value.reveal()]);
  expect(headers).toEqual([
    ["authorization", "Basic abc="],
    ["x-team", "red"],
  ]);
  expect(settings?.resource).toEqual({
    "deployment.environment.name": "prod",
    "service.name": "gateway",
    note: "a,b",
  });
  expect(settings?.timeoutMs).toBe(2_500);
  expect(readTraceExport(endpoint)?.resource).toEqual({ "service.name": "adit" });
});

test.each([
  ["OTEL_EXPORTER_OTLP_ENDPOINT", { OTEL_EXPORTER_OTLP_ENDPOINT: "CANARY" }],
  ["OTEL_EXPORTER_OTLP_ENDPOINT", { OTEL_EXPORTER_OTLP_ENDPOINT: "https://user:CANARY@example.com" }],
  ["OTEL_EXPORTER_OTLP_HEADERS", { ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: "CANARY" }],
  ["OTEL_EXPORTER_OTLP_HEADERS", { ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: "a=CANARY%0Ab" }],
  ["OTEL_EXPORTER_OTLP_HEADERS", { ...endpoint, OTEL_EXPORTER_OTLP_HEADERS: "a=CANARY%zz" }],
  ["OTEL_RESOURCE_ATTRIBUTES", { ...endpoint, OTEL_RESOURCE_ATTRIBUTES: "CANARY" }],
  ["OTEL_EXPORTER_OTLP_PROTOCOL", { ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }],
  ["OTEL_TRACES_SAMPLER_ARG", { ...endpoint, OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "CANARY" }],
  ["OTEL_EXPORTER_OTLP_TIMEOUT", { ...endpoint, OTEL_EXPORTER_OTLP_TIMEOUT: "soon" }],
])("a wrong %s is named, and its value is not", (name, variables) => {
  let thrown: unknown;
  try {
    readTraceExport(variables);
  } catch (error) {
    thrown = error;
  }
  expect(AditError.isInstance(thrown) && thrown.param).toBe(name);
  expect(JSON.stringify([String(thrown), thrown])).not.toContain("CANARY");
});
