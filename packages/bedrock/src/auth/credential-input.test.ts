import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AditError } from "../errors/adit-error.ts";
import { credentialsFromFields, type CredentialInput } from "./credential-input.ts";
import { refusalOf } from "./testing/refusal.ts";

/** The input with its secrets opened, to compare. */
function opened(fields: Record<string, unknown>): unknown {
  const input = credentialsFromFields(fields, "request body");
  if (input === undefined) {
    return undefined;
  }
  const { credentials, sessionToken, ...rest } = input;
  return {
    ...rest,
    ...(credentials?.kind === "bearer" && { bearer: credentials.token.reveal() }),
    ...(credentials?.kind === "keys" && {
      keys: [credentials.accessKeyId, credentials.secretAccessKey.reveal(), credentials.sessionToken?.reveal()],
    }),
    ...(sessionToken !== undefined && { sessionToken: sessionToken.reveal() }),
  };
}

describe("names of a key pair (U3)", () => {
  it.each([
    ["Keywords AI, LiteLLM", "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_region_name"],
    ["ReqLLM", "access_key_id", "secret_access_key", "session_token", "region"],
    ["Portkey's SDK", "awsAccessKeyId", "awsSecretAccessKey", "awsSessionToken", "awsRegion"],
    ["AWS's SDK", "accessKeyId", "secretAccessKey", "sessionToken", "region"],
    ["short", "access_key", "secret_key", "session-token", "region_name"],
    ["header names without prefix", "aws-access-key-id", "aws-secret-access-key", "aws-session-token", "aws-region"],
    [
      "Obiguard's headers",
      "x-obiguard-aws-access-key-id",
      "x-obiguard-aws-secret-access-key",
      "x-obiguard-aws-session-token",
      "x-obiguard-aws-region",
    ],
    [
      "Portkey's headers",
      "X-Portkey-Aws-Access-Key-Id",
      "x-portkey-aws_secret_access_key",
      "x-portkey-aws-session-token",
      "x-portkey-aws-region",
    ],
    ["AWS's variables", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"],
  ])("%s", (_, accessKeyId, secret, token, region) => {
    const fields = { [accessKeyId]: " AKID ", [secret]: "s3cret\n", [token]: "tok==", [region]: " eu-west-1 " };
    expect(opened(fields)).toEqual({ keys: ["AKID", "s3cret", "tok=="], region: "eu-west-1" });
  });

  it("takes the name that is more AWS's own where two are given", () => {
    const fields = { region: "us-east-1", aws_region_name: "us-west-2", api_key: "k", AWS_BEARER_TOKEN_BEDROCK: "b" };
    expect(opened(fields)).toEqual({ bearer: "b", region: "us-west-2" });
  });
});

describe("Bedrock API keys", () => {
  it.each(["api_key", "apiKey", "api-key", "AWS_BEARER_TOKEN_BEDROCK", "aws-bearer-token-bedrock", "bearer_token"])(
    "%s",
    (name) => {
      expect(opened({ [name]: " ABSKkey " })).toEqual({ bearer: "ABSKkey" });
    },
  );

  it("go before a key pair of the same place", () => {
    expect(opened({ api_key: "ABSKkey", access_key_id: "A", secret_access_key: "B" })).toEqual({ bearer: "ABSKkey" });
  });

  it("do not hide half a pair", () => {
    const error = refusalOf(() => credentialsFromFields({ api_key: "ABSKkey", access_key_id: "A" }, "request body"));
    expect(error.code).toBe("incomplete_credentials");
  });

  it("are not looked for where the gateway's key may be", () => {
    const fields = {
      authorization: "Bearer key",
      "x-api-key": "key",
      "x-adit-api-key": "key",
      "x-portkey-api-key": "key",
    };
    expect(opened(fields)).toBeUndefined();
  });
});

describe("half a credential", () => {
  it.each([
    [{ aws_access_key_id: "AKID" }, "the secret access key", "aws_secret_access_key"],
    [{ aws_access_key_id: "AKID", aws_secret_access_key: "  " }, "the secret access key", "aws_secret_access_key"],
    [{ secret_access_key: "hunter2", session_token: "t" }, "the access key id", "aws_access_key_id"],
    [{ aws_external_id: "x1" }, "the role's ARN", "aws_role_arn"],
  ])("%j lacks %s", (fields, what, param) => {
    const error = refusalOf(() => credentialsFromFields(fields, "request headers"));
    expect(error).toMatchObject({ code: "incomplete_credentials", status: 400, param });
    expect(error.message).toContain(`The credential in the request headers lacks ${what}`);
    expect(error.describe()).not.toContain("hunter2");
  });

  it("gives a session token alone to whoever has the pair", () => {
    expect(opened({ aws_session_token: "tok" })).toEqual({ sessionToken: "tok" });
    expect(opened({ aws_session_token: "tok", api_key: "k" })).toEqual({ bearer: "k", sessionToken: "tok" });
  });
});

describe("roles", () => {
  const arn = "arn:aws:iam::123456789012:role/App";

  it("are named by Portkey's and LiteLLM's names", () => {
    expect(opened({ "aws-role-arn": arn, "aws-external-id": "ext" })).toEqual({
      role: { roleArn: arn, externalId: "ext" },
    });
    expect(opened({ aws_role_name: arn, aws_session_name: "me", external_id: "ext" })).toEqual({
      role: { roleArn: arn, sessionName: "me", externalId: "ext" },
    });
  });

  it("are assumed by the pair of the same place, also where an API key stands beside it", () => {
    const fields = { role_arn: arn, access_key_id: "A", secret_access_key: "B", api_key: "k" };
    expect(opened(fields)).toEqual({ role: { roleArn: arn }, keys: ["A", "B", undefined] });
  });

  it.each([
    [{ team: "search" }],
    ['{"team":"search"}'],
    [[{ Key: "team", Value: "search" }]],
    ['[{"key":"team","value":"search"}]'],
  ])("take tags as %j", (tags) => {
    expect(opened({ role_arn: arn, aws_session_tags: tags })).toEqual({
      role: { roleArn: arn, tags: { team: "search" } },
    });
  });

  it.each([
    [[1, 2].map((Value) => ({ Key: "team", Value: `${Value}` }))],
    [{ team: 1 }],
    ["team=search"],
    [[{ Key: "team" }]],
    [["team"]],
    [7],
  ])("refuse tags as %j", (tags) => {
    const error = refusalOf(() => credentialsFromFields({ role_arn: arn, session_tags: tags }, "request body"));
    expect(error).toMatchObject({ code: "invalid_request", param: "session_tags" });
  });

  it("follow the authentication type", () => {
    const fields = { role_arn: arn, access_key_id: "A", secret_access_key: "B" };
    expect(opened({ ...fields, aws_auth_type: "accessKey" })).toEqual({
      keys: ["A", "B", undefined],
      authType: "accessKey",
    });
    expect(opened({ ...fields, "x-portkey-aws-auth-type": "assumed_role" })).toEqual({
      keys: ["A", "B", undefined],
      role: { roleArn: arn },
      authType: "assumedRole",
    });
    expect(opened({ aws_auth_type: "serviceRole" })).toEqual({ authType: "serviceRole" });
    expect(refusalOf(() => credentialsFromFields({ aws_auth_type: "magic" }, "request body")).param).toBe(
      "aws_auth_type",
    );
  });
});

describe("values", () => {
  it.each([
    [{ aws_access_key_id: 7, aws_secret_access_key: "b" }, "aws_access_key_id"],
    [{ api_key: ["k"] }, "api_key"],
    [{ aws_access_key_id: "A\r\nx: 1", aws_secret_access_key: "b" }, "aws_access_key_id"],
    [{ aws_access_key_id: "A", aws_secret_access_key: "b", aws_session_token: "é" }, "aws_session_token"],
    [{ region: true }, "region"],
  ])("refuses %j", (fields, param) => {
    expect(refusalOf(() => credentialsFromFields(fields, "request body"))).toMatchObject({
      code: "invalid_request",
      param,
    });
  });

  it("checks the region", () => {
    const error = refusalOf(() => credentialsFromFields({ aws_region_name: "us-west-2a" }, "request body"));
    expect(error.code).toBe("invalid_region");
  });

  it.each(["aws_profile_name", "aws_web_identity_token", "aws_sts_endpoint"])("refuses %s by name", (name) => {
    const error = refusalOf(() => credentialsFromFields({ [name]: "x" }, "request body"));
    expect(error).toMatchObject({ code: "unsupported_parameter", param: name });
    expect(opened({ [name]: "" })).toBeUndefined();
  });

  it("hands on an endpoint for the operator's list to judge", () => {
    expect(opened({ aws_bedrock_runtime_endpoint: "https://vpce.example" })).toEqual({
      endpoint: "https://vpce.example",
    });
  });

  it("leaves other fields alone and finds nothing in them", () => {
    expect(opened({ provider: "bedrock", weight: 1, name: "a", retry: { attempts: 2 }, tags: 7 })).toBeUndefined();
    expect(opened({ access_key: null, secret_key: undefined, region: "" })).toBeUndefined();
    expect(opened({ region: "us-east-1" })).toEqual({ region: "us-east-1" });
  });

  it("never throws anything but an AditError, and shows no secret", () => {
    const name = fc.oneof(
      fc.constantFrom(
        "access_key",
        "secret_key",
        "session_token",
        "api_key",
        "role_arn",
        "aws_session_tags",
        "__proto__",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.dictionary(name, fc.oneof(fc.string(), fc.jsonValue())), (fields) => {
        expect(["input", "refusal"]).toContain(outcomeOf({ ...fields, secret_key: "canary-4711" }));
      }),
    );
  });
});

function outcomeOf(fields: Record<string, unknown>): string {
  let input: CredentialInput | undefined;
  try {
    input = credentialsFromFields(fields, "request body");
  } catch (error) {
    return AditError.isInstance(error) && !error.describe().includes("canary-4711") ? "refusal" : "fault";
  }
  return inspect(input, { depth: 9 }).includes("canary-4711") ? "leak" : "input";
}
