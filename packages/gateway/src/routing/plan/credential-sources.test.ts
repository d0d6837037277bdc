/** Sessions of roles that requests name: shared by those that ask for the same by the same credentials, and by nobody else. */
import { Secret, systemClock, type AwsKeys } from "@adit/bedrock";
import { expect, test } from "vitest";
import { CredentialSources } from "./credential-sources.ts";

const keys: AwsKeys = {
  kind: "keys",
  accessKeyId: "AKIAONE",
  secretAccessKey: new Secret("one"),
  sessionToken: new Secret("t"),
};
const role = {
  roleArn: "arn:aws:iam::123456789012:role/one",
  externalId: "one",
  sessionName: "ada",
  tags: { team: "a" },
};
const place = { region: "us-east-1", label: "request headers" };

const others: [string, ...Parameters<CredentialSources["role"]>][] = [
  ["another role", { ...role, roleArn: "arn:aws:iam::123456789012:role/two" }, keys, place],
  ["another external id", { ...role, externalId: "two" }, keys, place],
  ["another name of the session", { ...role, sessionName: "eve" }, keys, place],
  ["other tags", { ...role, tags: { team: "b" } }, keys, place],
  ["another region", role, keys, { ...place, region: "eu-west-1" }],
  ["another access key", role, { ...keys, accessKeyId: "AKIATWO" }, place],
  ["another secret, such as a thief's guess", role, { ...keys, secretAccessKey: new Secret("two") }, place],
  ["another session token", role, { ...keys, sessionToken: new Secret("u") }, place],
  ["a Bedrock API key", role, { kind: "bearer", token: new Secret("one") }, place],
  ["the server's own credentials", role, undefined, place],
];

test.each(others)("%s has a session of its own", (_name, ...asked) => {
  const sendSts = () => Promise.reject(new Error("Nothing is sent."));
  const sources = new CredentialSources({ environment: {}, clock: systemClock, serverRegion: "us-east-1", sendSts });
  const first = sources.role(role, keys, place);
  const own = sources.role(...asked);
  expect(own).not.toBe(first);
  expect(sources.role({ ...role }, { ...keys }, { ...place, label: "request body" })).toBe(first);
  expect(sources.role(...asked)).toBe(own);
});
