/** What the caller sends as a credential is used or refused: never passed over while the operator's account pays. */
import { AditError, Secret, type JsonObject } from "@adit/bedrock";
import { describe, expect, test } from "vitest";
import { gatewayKey, interpretRequest, signerOf, theTarget } from "./testing/request.ts";

const pair = { aws_access_key_id: "AKIACALLER", aws_secret_access_key: "caller's-secret" };
const half = { aws_access_key_id: "AKIACALLER" };

function refusal(
  body: JsonObject,
  headers: Record<string, string> = {},
  variables?: Record<string, string>,
): AditError {
  try {
    interpretRequest(body, headers, variables);
  } catch (error) {
    if (AditError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("It was taken.");
}

function signer(body: JsonObject, headers: Record<string, string> = {}): Promise<string> {
  return signerOf(theTarget(interpretRequest(body, headers).plan));
}

describe("customer_credentials and its other names", () => {
  test.each(["customer_credentials", "aws_credentials", "credentials"])("%s, flat or by provider", async (name) => {
    for (const value of [pair, { bedrock: pair }, { openai: { api_key: "sk-x" }, bedrock: pair }]) {
      expect(await signer({ [name]: value })).toBe("AKIACALLER");
      expect(interpretRequest({ [name]: value }).body).not.toHaveProperty(name);
    }
  });

  test("a flat one's region counts, and half a pair is the usual error", () => {
    const { plan } = interpretRequest({ customer_credentials: { ...pair, aws_region_name: "eu-west-3" } });
    expect(theTarget(plan).region).toBe("eu-west-3");
    for (const value of [half, { bedrock: half }]) {
      const error = refusal({ customer_credentials: value });
      expect(error.code).toBe("incomplete_credentials");
      expect(error.message).toContain("secret access key");
    }
  });

  test.each<[JsonObject, string]>([
    [{ customer_credentials: { openai: { api_key: "sk-x" } } }, "customer_credentials.bedrock"],
    [{ customer_credentials: { openai: "sk-x" } }, "customer_credentials.bedrock"],
    [{ customer_credentials: { bedrock: { key: "AKIACALLER" } } }, "customer_credentials.bedrock"],
    [{ credentials: { anthropic: { api_key: "sk-ant-x" } } }, "credentials.bedrock"],
    [{ credentials: "AKIACALLER" }, "credentials"],
    [{ aws_credentials: [pair] }, "aws_credentials"],
  ])("%j without Bedrock's is refused by name", (body, param) => {
    const error = refusal(body);
    expect({ status: error.status, param: error.param }).toEqual({ status: 400, param });
    expect(error.message).toContain(param);
    expect(error.describe()).not.toMatch(/sk-|AKIA/);
  });

  test("another credential for Bedrock in the request is enough", async () => {
    const others = { customer_credentials: { openai: { api_key: "sk-x" } } };
    expect(await signer({ ...others, ...pair })).toBe("AKIACALLER");
    const headers = { "x-portkey-aws-access-key-id": "AKIAHEADER", "x-portkey-aws-secret-access-key": "s" };
    expect(await signer(others, headers)).toBe("AKIAHEADER");
  });

  test.each([{}, { bedrock: null }, { openai: { api_key: "" } }, null])("%j says nothing", async (value) => {
    expect(await signer({ customer_credentials: value })).toBe("server");
  });

  test("flat entries of a list are taken, empty ones never drawn", async () => {
    const list = [{ credentials: pair, weight: 1 }, { credentials: {}, weight: 5 }, { credentials: { bedrock: {} } }];
    const { plan } = interpretRequest({ customer_credentials: list });
    if (plan.kind !== "loadbalance") throw new Error(plan.kind);
    expect(plan.members).toHaveLength(1);
    expect(await signerOf(theTarget(plan.members[0]?.plan ?? plan))).toBe("AKIACALLER");
    expect(refusal({ customer_credentials: [{ credentials: half, weight: 1 }] }).code).toBe("incomplete_credentials");
  });
});

describe("api_key at the top of the body", () => {
  test("is a Bedrock API key, and never stays in the body", async () => {
    expect(await signer({ api_key: "bedrock-key" })).toBe("bedrock-key");
    expect(interpretRequest({ api_key: "bedrock-key" }).body).not.toHaveProperty("api_key");
  });

  test.each(["", "dummy", "DUMMY-KEY", "n/a", "sk-something", gatewayKey])("%j is none", async (key) => {
    expect(await signer({ api_key: key })).toBe("server");
    expect(interpretRequest({ api_key: key }).body).not.toHaveProperty("api_key");
  });

  test("a pair beside it goes first; what is no text is refused", async () => {
    expect(await signer({ api_key: "bedrock-key", ...pair })).toBe("AKIACALLER");
    expect(refusal({ api_key: 5 }).param).toBe("api_key");
  });
});

describe("the key of a target of OpenAI's format", () => {
  const listed = { ADIT_CUSTOM_HOSTS: "https://api.openai.com" };
  const behindKey = { "x-adit-api-key": gatewayKey };
  const keyOf = (body: JsonObject, headers: Record<string, string>): string | undefined => {
    const { apiKey } = theTarget(interpretRequest(body, headers, listed).plan);
    return apiKey instanceof Secret ? apiKey.reveal() : undefined;
  };

  test.each<[string, JsonObject, Record<string, string>]>([
    ["the header provider", { model: "gpt-4o" }, { "x-portkey-provider": "openai" }],
    ["the model's prefix", { model: "openai/gpt-4o" }, {}],
  ])("by %s is the bearer behind the gateway key", (_name, body, headers) => {
    const authorization = { ...behindKey, ...headers, authorization: "Bearer sk-of-openai" };
    expect(keyOf(body, authorization)).toBe("sk-of-openai");
    const target = theTarget(interpretRequest(body, authorization, listed).plan);
    expect(target).toMatchObject({ model: "gpt-4o", baseUrl: "https://api.openai.com/v1" });
    expect(keyOf(body, { ...behindKey, ...headers, "x-api-key": "sk-of-openai" })).toBe("sk-of-openai");
  });

  test("stands in the body too", () => {
    expect(keyOf({ model: "openai/gpt-4o", api_key: "sk-1" }, behindKey)).toBe("sk-1");
    const customer_credentials = { openai: { api_key: "sk-2" } };
    expect(keyOf({ model: "openai/gpt-4o", customer_credentials }, behindKey)).toBe("sk-2");
  });

  test.each([gatewayKey, "dummy", "ABSKof-bedrock", "bedrock-api-key-x"])("is never %j", (token) => {
    const error = refusal({ model: "openai/gpt-4o" }, { ...behindKey, authorization: `Bearer ${token}` }, listed);
    expect(error.code).toBe("incomplete_credentials");
    expect(error.message).not.toMatch(/config|target/);
    expect(error.describe()).toContain("Authorization");
  });

  test("its host must be listed, and the error says which", () => {
    const error = refusal({ model: "openai/gpt-4o" }, { ...behindKey, authorization: "Bearer sk-x" });
    expect(error.code).toBe("custom_host_not_allowed");
    expect(error.describe()).toMatch(/https:\/\/api\.openai\.com added to ADIT_CUSTOM_HOSTS/);
  });
});
