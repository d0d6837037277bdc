import { describe, expect, it } from "vitest";
import type { ConverseRequest } from "../../converse/request.ts";
import { AditError } from "../../errors/adit-error.ts";
import { factsOfModel } from "../../models/facts-of-model.ts";
import { withHint } from "./refusal-hints.ts";

function refusal(message: string, status = 400): AditError {
  const error = new AditError("ValidationException", message, {
    status,
    param: "model",
    retryAfterSeconds: 3,
    retryable: false,
    cause: "why",
    aws: { type: "ValidationException", message, requestId: "r-1" },
  });
  error.place = { region: "us-east-1", credential: "options", model: "m" };
  return error;
}

const invalid = "The provided model identifier is invalid.";
const onDemand =
  "Invocation of model ID x with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.";

describe("a hint", () => {
  it("names the nearest ids of an unknown model, and keeps everything else of the error", () => {
    const error = refusal(invalid);
    const hinted = withHint(error, { model: "us.amazon.nova-light-v1:0", region: "us-east-1" });
    expect(hinted.remedy).toContain("us.amazon.nova-lite-v1:0");
    for (const member of ["code", "status", "retryable", "param", "aws", "retryAfterSeconds"] as const) {
      expect(hinted[member], member).toEqual(error[member]);
    }
    expect([hinted.message, hinted.cause, hinted.place]).toEqual([error.message, error.cause, error.place]);
  });

  it.each(["Model x.y-v1:0 not found.", "The model `x` is not supported.", "This model is not supported here."])(
    "is given for %s",
    (words) => {
      expect(withHint(refusal(words, 404), { model: "nova", region: "us-east-1" }).remedy).toContain("no model");
    },
  );

  it("does without ids where none is near, and cuts what is long", () => {
    const hinted = withHint(refusal(invalid), { model: "q".repeat(5_000), region: "us-east-1" });
    expect(hinted.remedy).toContain(`"${"q".repeat(100)}..."`);
    expect(hinted.remedy.length).toBeLessThan(300);
  });

  it("says where a known model is offered, if not here", () => {
    const model = "amazon.nova-pro-v1:0";
    const region = "sa-east-1";
    expect(factsOfModel(model).regions).not.toContain(region);
    const { remedy } = withHint(refusal(invalid), { model, region });
    expect(remedy).toContain(region);
    for (const other of factsOfModel(model).regions) expect(remedy).toContain(other);
  });

  it.each([
    ["eu.amazon.nova-lite-v1:0", "us-east-1", "us.amazon.nova-lite-v1:0"],
    ["us.amazon.nova-lite-v1:0", "eu-west-1", "eu.amazon.nova-lite-v1:0"],
    ["apac.anthropic.claude-sonnet-4-20250514-v1:0", "us-east-1", "us.anthropic.claude-sonnet-4-20250514-v1:0"],
  ])("%s in %s is %s", (model, region, here) => {
    expect(withHint(refusal(invalid), { model, region }).remedy).toBe(`In ${region} the model is called as ${here}.`);
  });

  it("names the profile of the caller's geography where AWS serves none on demand", () => {
    const hinted = withHint(refusal(onDemand), { model: "amazon.nova-lite-v1:0", region: "eu-west-1" });
    expect(hinted.remedy).toContain("eu.amazon.nova-lite-v1:0");
  });

  it("says which member AWS could not read, since AWS does not", () => {
    const words = "NUMBER_VALUE can not be converted to a String";
    const aws = { type: "SerializationException", message: words, requestId: "r-1" };
    const error = new AditError("SerializationException", words, { status: 400, aws });
    const remedyOf = (request: unknown) =>
      // What a caller passes through may be of any type.
      withHint(error, { model: "m", region: "us-east-1", request: request as ConverseRequest }).remedy;
    const inferenceConfig = { temperature: 5 };
    expect(remedyOf({ inferenceConfig, requestMetadata: { team: 7 } })).toBe(
      "In the request that went to Bedrock requestMetadata.team must be a string, not 7.",
    );
    expect(remedyOf({ messages: [{ role: "user", content: [{ guardContent: { text: "x" } }] }] })).toBe(
      'In the request that went to Bedrock messages[0].content[0].guardContent.text must be an object, not "x".',
    );
    expect(remedyOf({ inferenceConfig, messages: [{ content: [{ text: "x" }] }, { role: 5, content: [] }] })).toBe(
      "In the request that went to Bedrock messages[1].role must be one of user, assistant, system, not 5.",
    );
    // What AWS refuses in other words is not it.
    expect(remedyOf({ inferenceConfig, messages: [{ role: "nobody", content: [] }] })).toBe(error.remedy);
    // Where no fault is seen, and of a body that is not Converse's, the table's words stay.
    expect([remedyOf({}), remedyOf(undefined)]).toEqual([error.remedy, error.remedy]);
  });

  it.each<[what: string, error: AditError, model: string]>([
    ["an error that is not AWS's", new AditError("invalid_request", invalid, { status: 400 }), "nova"],
    ["another refusal", refusal("messages: at least one message is required"), "nova"],
    // Recorded (Converse, Claude).
    [
      "a part of the request that the model does not support",
      refusal(
        "The model returned the following errors: Your API request included an `assistant` message in the final position, which would pre-fill the `assistant` response. When using tools, pre-filling the `assistant` response is not supported.",
      ),
      "nova",
    ],
    ["another status", refusal(invalid, 500), "nova"],
    ["an ARN", refusal(invalid), "arn:aws:bedrock:us-east-1:123456789012:imported-model/abc"],
  ])("is not given for %s: the same error comes back", (_what, error, model) => {
    expect(withHint(error, { model, region: "us-east-1" })).toBe(error);
  });
});
