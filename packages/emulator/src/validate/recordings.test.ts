import { describe, expect, it } from "vitest";
import {
  fixtureCalls,
  recordedCalls,
  recordingsFolder,
  regionOf,
  type RecordedCall,
} from "./testing/recorded-calls.ts";
import { validate } from "./validate.ts";

/** Recorded refusals that no rule can see in the request; a fixture says so itself (`flags.unseen`). */
const unseen: Record<string, string> = {
  "crewai.TestBedrockNativeToolCalling.test-bedrock-parallel-native-tool-calling-test-agent-kickoff.0.6ffc10":
    "credentials",
  "ddpy.bedrock-converse-error.0.53e93e": "credentials",
  "reqllm.anthropic-claude-opus-4-1-20250805-v1-0.usage.0.bc78cd": "clock",
  "rig.retired-model-id-preserves-provider-error.0.b06823":
    "the model was retired between recordings: fifteen others of the same id were answered",
};

function verdictOf(call: RecordedCall) {
  return validate({
    modelId: call.model_id,
    region: regionOf(call),
    body: call.request.body,
    stream: call.operation === "ConverseStream",
  });
}

/** What AWS refused: by status, or by an exception frame. */
function refusedWith(call: RecordedCall): string | undefined {
  const exception = call.response.events?.find((event) => event.message_type === "exception");
  if (exception !== undefined) return String(exception.payload["message"]);
  return call.response.status === 200 ? undefined : call.response.body_json?.message;
}

function isUnseen({ id, flags }: RecordedCall): boolean {
  return unseen[id] !== undefined || flags?.["unseen"] !== undefined;
}

describe("the rules against the fixtures and recorded traffic", () => {
  const recorded = recordedCalls();
  const calls = [...fixtureCalls(), ...recorded];
  const accepted = calls.filter((call) => refusedWith(call) === undefined);
  const refused = calls.filter((call) => refusedWith(call) !== undefined);

  it.skipIf(recordingsFolder() === undefined)("has recorded traffic to judge by", () => {
    const [yes, no] = [accepted, refused].map((list) => list.filter((call) => recorded.includes(call)).length);
    expect(yes).toBeGreaterThan(390);
    expect(no).toBeGreaterThan(15);
  });

  it.each(accepted.map((call) => [call.id, call] as const))("accepts what AWS accepted: %s", (_id, call) => {
    const verdict = verdictOf(call);
    expect("refusal" in verdict ? verdict.refusal.message : undefined).toBeUndefined();
  });

  it.each(refused.filter((call) => !isUnseen(call)).map((call) => [call.id, call] as const))(
    "refuses what AWS refused, in its words: %s",
    (_id, call) => {
      const verdict = verdictOf(call);
      const refusal = "refusal" in verdict ? verdict.refusal : undefined;
      const isFrame = call.response.status === 200;
      expect(refusal?.message).toBe(refusedWith(call));
      expect(refusal?.inStream ?? false).toBe(isFrame);
      expect(refusal?.status).toBe(isFrame ? 400 : call.response.status);
      // Some sources kept no headers.
      const type = call.response.headers["x-amzn-errortype"]?.split(":")[0];
      expect(refusal?.errorType).toBe(type ?? refusal?.errorType);
    },
  );

  it.each(refused.filter((call) => isUnseen(call)).map((call) => [call.id, call] as const))(
    "finds no fault in the request of %s, which AWS refused for another reason",
    (_id, call) => {
      expect(verdictOf(call)).not.toHaveProperty("refusal");
    },
  );

  it.skipIf(recordingsFolder() === undefined)("names only refusals that exist as unseen", () => {
    const ids = new Set(refused.map((call) => call.id));
    expect(Object.keys(unseen).filter((id) => !ids.has(id))).toEqual([]);
  });
});
