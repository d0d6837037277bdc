/** Every place that takes a secret, with one that nobody else has; and places where one is wrong, half or unknown. */
import { expect } from "vitest";
import { nova } from "../support/asking.ts";
import { openHouse, type House } from "../support/house.ts";
import { canaries, upstreamBodies, upstreamHeaders } from "./canaries.ts";

export const secrets = canaries();
export const adminKey = secrets.of("admin key");
const server = {
  accessKeyId: "AKIASERVERSERVER0000",
  secretAccessKey: secrets.of("AWS_SECRET_ACCESS_KEY"),
  sessionToken: secrets.of("AWS_SESSION_TOKEN"),
};
export const pair = { accessKeyId: "AKIAREQUESTREQUEST00", secretAccessKey: secrets.of("secret of the request") };
export const session = {
  accessKeyId: "ASIAREQUESTREQUEST00",
  secretAccessKey: secrets.of("secret of the session"),
  sessionToken: secrets.of("session token"),
};
export const apiKey = `ABSK${secrets.of("long-term Bedrock API key")}`;
export const foreignKey = secrets.of("key of another provider");

export interface Ask {
  body?: Record<string, unknown>;
  headers?: Record<string, string>;
}

export const config = (value: object): Record<string, string> => ({ "x-portkey-config": JSON.stringify(value) });
const roleArn = "arn:aws:iam::123456789012:role/reader";

/** Each form of U3, its secret being a canary that the emulator knows. */
export const good: [string, Ask][] = [
  ["the server's own chain", {}],
  ["aws_* in the body", { body: { aws_access_key_id: pair.accessKeyId, aws_secret_access_key: pair.secretAccessKey, aws_region_name: "us-east-1" } }],
  ["camelCase in the body", { body: { awsAccessKeyId: session.accessKeyId, awsSecretAccessKey: session.secretAccessKey, awsSessionToken: session.sessionToken } }],
  ["customer_credentials", { body: { customer_credentials: { bedrock: { access_key_id: pair.accessKeyId, secret_access_key: pair.secretAccessKey } } } }],
  ["weighted customer_credentials", { body: { customer_credentials: [{ weight: 1, credentials: { bedrock: { access_key: session.accessKeyId, secret_key: session.secretAccessKey, session_token: session.sessionToken } } }] } }],
  ["credential_override", { body: { credential_override: { [nova]: { aws_access_key_id: pair.accessKeyId, aws_secret_access_key: pair.secretAccessKey } } } }],
  ["credential_override by pattern", { body: { credential_override: { "us.*": { api_key: apiKey } } } }],
  ["api_key in customer_credentials", { body: { customer_credentials: { bedrock: { api_key: apiKey } } } }],
  ["AWS_BEARER_TOKEN_BEDROCK", { body: { customer_credentials: { bedrock: { AWS_BEARER_TOKEN_BEDROCK: apiKey } } } }],
  ["Portkey's headers", { headers: { "x-portkey-aws-access-key-id": session.accessKeyId, "x-portkey-aws-secret-access-key": session.secretAccessKey, "x-portkey-aws-session-token": session.sessionToken } }],
  ["Obiguard's headers", { headers: { "x-obiguard-aws_access_key_id": pair.accessKeyId, "x-obiguard-aws_secret_access_key": pair.secretAccessKey } }],
  ["Authorization behind a vendor's key", { headers: { "x-portkey-api-key": adminKey, authorization: `Bearer ${apiKey}` } }],
  ["x-api-key behind a vendor's key", { headers: { "x-obiguard-api-key": adminKey, authorization: "", "x-api-key": apiKey } }],
  ["the config", { headers: config({ aws_access_key_id: pair.accessKeyId, aws_secret_access_key: pair.secretAccessKey }) }],
  ["a config's api_key", { headers: config({ provider: "bedrock", api_key: apiKey }) }],
  ["a target of the config", { headers: config({ strategy: { mode: "fallback" }, targets: [{ awsAccessKeyId: session.accessKeyId, awsSecretAccessKey: session.secretAccessKey, awsSessionToken: session.sessionToken }] }) }],
  ["a role by headers", { headers: { "x-portkey-aws-role-arn": roleArn, "x-portkey-aws-external-id": secrets.of("external id") } }],
  ["a role with its source", { body: { customer_credentials: { bedrock: { role_arn: roleArn, external_id: secrets.of("external id 2"), access_key_id: pair.accessKeyId, secret_access_key: pair.secretAccessKey } } } }],
]; // prettier-ignore

/** What is refused. */
export const bad: [string, Ask][] = [
  ["a secret without its id", { body: { aws_secret_access_key: secrets.of("half, body") } }],
  ["a secret without its id, in headers", { headers: { "x-portkey-aws-secret-access-key": secrets.of("half, headers") } }],
  ["a secret as a list", { body: { aws_access_key_id: "AKIA", aws_secret_access_key: [secrets.of("in a list")] } }],
  ["a secret as an object", { body: { customer_credentials: { bedrock: { aws_access_key_id: "AKIA", aws_secret_access_key: { v: secrets.of("in an object") } } } } }],
  ["a secret with a space", { body: { aws_access_key_id: "AKIA", aws_secret_access_key: `${secrets.of("with a space")} x` } }],
  ["a secret that AWS does not know", { body: { aws_access_key_id: "AKIAUNKNOWN", aws_secret_access_key: secrets.of("unknown") } }],
  ["a wrong secret", { body: { aws_access_key_id: pair.accessKeyId, aws_secret_access_key: secrets.of("wrong") } }],
  ["a wrong token", { body: { aws_access_key_id: session.accessKeyId, aws_secret_access_key: session.secretAccessKey, aws_session_token: secrets.of("wrong token") } }],
  ["a token alone", { headers: { "x-portkey-aws-session-token": secrets.of("token alone") } }],
  ["a wrong API key", { body: { customer_credentials: { bedrock: { api_key: `ABSK${secrets.of("wrong API key")}` } } } }],
  ["a short-term key that is none", { body: { customer_credentials: { bedrock: { api_key: `bedrock-api-key-${secrets.of("short-term")}` } } } }],
  ["customer_credentials as text", { body: { customer_credentials: secrets.of("customer_credentials as text") } }],
  ["credential_override as text", { body: { credential_override: secrets.of("credential_override as text") } }],
  ["an override as text", { body: { credential_override: { m: secrets.of("override as text") } } }],
  ["a config that is no JSON", { headers: { "x-portkey-config": `{"aws_secret_access_key":"${secrets.of("broken config")}"` } }],
  ["a config with a wrong member", { headers: config({ retry: secrets.of("in retry"), api_key: secrets.of("beside it") }) }],
  ["a config with hooks", { headers: config({ api_key: secrets.of("with hooks"), before_request_hooks: [] }) }],
  ["a wrong strategy", { headers: config({ strategy: { mode: secrets.of("as a mode") }, targets: [{}] }) }],
  ["metadata that is no JSON", { headers: { "x-portkey-metadata": `{"a":"${secrets.of("broken metadata")}"` } }],
  ["a wrong gateway key", { headers: { authorization: `Bearer ${secrets.of("wrong gateway key")}` } }],
  ["a wrong x-api-key", { headers: { authorization: "", "x-api-key": secrets.of("wrong x-api-key") } }],
  ["Basic", { headers: { authorization: `Basic ${Buffer.from(`u:${secrets.of("basic")}`).toString("base64")}` } }],
  ["a role that may not be assumed", { body: { customer_credentials: { bedrock: { role_arn: "arn:aws:iam::999999999999:role/x", external_id: secrets.of("external id 3") } } } }],
  ["a host with a password", { headers: config({ custom_host: `https://u:${secrets.of("password of a host")}@example.com` }) }],
  ["an image with a password", { body: { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: `https://u:${secrets.of("password of an image")}@example.com/a.png?sig=${secrets.of("signed address")}` } }] }] } }],
  ["an image that is a secret", { body: { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: secrets.of("in the wrong field") } }] }] } }],
]; // prettier-ignore

/** The place's own config, if it has one, without retries: nobody waits for them here. */
export function withoutRetries(place: Ask): Record<string, string> {
  const own = place.headers?.["x-portkey-config"];
  if (own?.endsWith("}") !== true) return own === undefined ? config({ retry: { attempts: 0 } }) : {};
  return config({ retry: { attempts: 0 }, ...(JSON.parse(own) as object) });
}

/** Looks everywhere but at the two headers that carry a credential's proof to AWS. */
export function expectNoneShown(house: House, answers: readonly string[]): void {
  for (const answer of answers) secrets.expectNoneIn(answer, "an answer");
  // An external id is STS's to know, as a parameter of AssumeRole.
  const bodies = upstreamBodies(house).replace(/ExternalId=[^&\n]*/g, "");
  secrets.expectNoneIn(bodies, "a body or a path upstream");
  secrets.expectNoneIn(upstreamHeaders(house), "a header upstream");
}

/** To be called at the end, over all lines at once: there are many. */
export function expectSilentLog(house: House): void {
  expect(house.logLines().length).toBeGreaterThan(0);
  secrets.expectNoneIn(JSON.stringify(house.logLines()), "the log");
}

/** The same, and into the signatures: a key that is sent as a bearer stands there by its nature, and no other secret does. */
export function expectSilence(house: House, answers: readonly string[]): void {
  expectNoneShown(house, answers);
  for (const { headers } of house.emulator.requests) {
    const { authorization = "" } = headers;
    if (authorization === `Bearer ${apiKey}`) continue;
    secrets.expectNoneIn(authorization, "a signature");
  }
}

/** A house whose own secrets are canaries too, with the log at its most talkative. The emulator knows the good ones. */
export function openCanaryHouse(variables: Record<string, string> = {}): Promise<House> {
  return openHouse({
    emulator: { credentials: [server, pair, session], apiKeys: [apiKey] },
    variables: {
      ADIT_ADMIN_KEY: adminKey,
      ADIT_LOG_LEVEL: "trace",
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
      AWS_SESSION_TOKEN: server.sessionToken,
      AWS_WEB_IDENTITY_TOKEN: secrets.of("an environment's web identity token"),
      ...variables,
    },
  });
}
