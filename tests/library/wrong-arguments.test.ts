/** JavaScript may give anything: the library says what is wrong in an AditError, and not in an error of the engine's. */
import * as library from "@adit/bedrock";
import { describe, expect, it } from "vitest";

const { AditError, Bedrock, BedrockClient, Secret, staticSource, systemClock } = library;

const wrong: readonly unknown[] = [
  undefined,
  null,
  5,
  Number.NaN,
  true,
  "x",
  [],
  {},
  { a: 1 },
  () => {},
  Symbol("s"),
  10n,
];
const environment = {
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  AWS_EC2_METADATA_DISABLED: "true",
};

type Call = (...given: readonly unknown[]) => unknown;

/** What each wrong value ends in, where it is neither taken nor an AditError. */
async function strangeErrors(call: Call): Promise<string[]> {
  const strange: string[] = [];
  for (const value of wrong) {
    try {
      await call(value);
    } catch (error) {
      if (!AditError.isInstance(error)) strange.push(`${typeof value} ${String(value)}: ${String(error)}`);
    }
  }
  return strange;
}

const face: Record<string, unknown> = { ...library };

/** The functions and constructors that programs call themselves; what they give is what all others take. */
const first: readonly (keyof typeof library)[] = [
  "assumeRoleSource",
  "bearerKey",
  "bearerKeyFacts",
  "Bedrock",
  "BedrockClient",
  "checkChatRequest",
  "checkCompletionRequest",
  "checkConverseRequest",
  "checkEmbeddingsRequest",
  "checkMessagesRequest",
  "checkRegion",
  "checkResponsesRequest",
  "closeConnections",
  "CompatibleEndpoint",
  "countTokens",
  "defaultChain",
  "embed",
  "embeddingFactsOf",
  "factsOfModel",
  "generateObject",
  "generateText",
  "geographyOfRegion",
  "mantlePlace",
  "nearestModelIds",
  "parseModelArn",
  "parseModelName",
  "profileIdFor",
  "providerNamed",
  "putKey",
  "regionsOfModel",
  "staticSource",
  "stripGeography",
  "TextStream",
  "Transport",
];

describe("a wrong first argument", () => {
  it.each(first)("of %s", async (name) => {
    const taken = face[name] as Call & (new (...given: readonly unknown[]) => object);
    const isClass = /^[A-Z]/.test(name);
    // A function given to TextStream is called, and what it gives is its own matter.
    const call: Call = (value) =>
      name === "TextStream" && typeof value === "function" ? 0 : isClass ? new taken(value) : taken(value);
    expect(await strangeErrors(call)).toEqual([]);
  });

  it("of streamText, told to its reader", async () => {
    const read: Call = async (value) => {
      for await (const _part of library.streamText(value as string, "hi", { environment })) continue;
    };
    expect(await strangeErrors(read)).toEqual([]);
  });
});

const keys = { kind: "keys", accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: new Secret("secret") } as const;
const call = {
  region: "us-east-1",
  credentials: staticSource(keys, "test", systemClock),
  model: "us.amazon.nova-lite-v1:0",
  body: { messages: [] },
  action: "converse",
  path: "/guardrail/g/version/1/apply",
  id: "us.amazon.nova-lite-v1:0",
  retry: { ...library.defaultRetryPolicy, attempts: 0 },
};
const methods = [
  "converse",
  "converseStream",
  "invoke",
  "invokeStream",
  "pass",
  "passStream",
  "passRuntime",
  "getInferenceProfile",
  "listFoundationModels",
  "listInferenceProfiles",
] as const;

describe.each(methods)("BedrockClient.%s rejects", (method) => {
  const client = new BedrockClient({ environment });
  const run: Call = (value) => (client[method] as Call).call(client, value);

  it("what is no call", async () => {
    expect(await strangeErrors(run)).toEqual([]);
    for (const value of wrong) await expect(run(value)).rejects.toThrow(AditError);
  });

  it.each([...Object.keys(call), "baseUrl", "signal", "limits", "headers", "onAttempt", "tap", "autoProfile"])(
    "a wrong %s",
    async (member) => {
      expect(await strangeErrors((value) => run({ ...call, [member]: value }))).toEqual([]);
    },
  );

  it("a call without its region or credentials, by name", async () => {
    await expect(run({ ...call, region: undefined })).rejects.toMatchObject({
      code: "invalid_request",
      param: "region",
      message: `BedrockClient.${method}: region must be a string.`,
    });
    await expect(run({ ...call, credentials: { accessKeyId: "a" } })).rejects.toMatchObject({ param: "credentials" });
  });
});

it.each(["clock", "transport"])("a wrong %s is refused where a client is made", async (name) => {
  for (const Made of [Bedrock, BedrockClient]) {
    expect(await strangeErrors((value) => new Made({ environment, [name]: value } as object))).toEqual([]);
    expect(() => new Made({ environment, [name]: {} } as object)).toThrow(`${name} must be a`);
  }
});
