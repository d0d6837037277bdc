import { Secret, staticSource, systemClock, type StsAnswer } from "@adit/bedrock";
import { expect, test } from "vitest";
import { RoleSessions } from "./role-sessions.ts";

const keys = { kind: "keys", accessKeyId: "AKIA", secretAccessKey: new Secret("s") } as const;

function open(tags: Record<string, string>): { sessions: RoleSessions; calls: URLSearchParams[] } {
  const calls: URLSearchParams[] = [];
  const sessions = new RoleSessions({
    roleArn: "arn:aws:iam::123456789012:role/Adit",
    tags,
    region: "us-east-1",
    source: staticSource(keys, "server", systemClock),
    clock: systemClock,
    environment: {},
    send: ({ body }): Promise<StsAnswer> => {
      calls.push(new URLSearchParams(body));
      const session = `<AccessKeyId>ASIA${calls.length}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>`;
      const expiry = `<Expiration>${new Date(systemClock.now() + 3_600_000).toISOString()}</Expiration>`;
      return Promise.resolve({
        status: 200,
        headers: {},
        body: `<R><Credentials>${session}${expiry}</Credentials></R>`,
      });
    },
  });
  return { sessions, calls };
}

test("a thousand sessions are kept, and the one that was used longest ago leaves first", async () => {
  const { sessions, calls } = open({});
  const use = (team: string) => sessions.of({ name: undefined, tags: { team } }).get();
  await use("first");
  await use("second");
  for (let index = 0; index < 998; index += 1) sessions.of({ name: undefined, tags: { team: `team-${index}` } });
  await use("first");
  sessions.of({ name: undefined, tags: { team: "one-too-many" } });
  expect(calls).toHaveLength(2);
  await use("first");
  expect(calls).toHaveLength(2);
  await use("second");
  expect(calls).toHaveLength(3);
});

test("the request's tags go before the role's own, whatever the case of their keys", async () => {
  const { sessions, calls } = open({ Team: "of-the-role", owner: "platform" });
  await sessions.of({ name: "ada", tags: { team: "red" } }).get();
  expect(Object.fromEntries(calls[0] ?? [])).toMatchObject({
    RoleSessionName: "ada",
    "Tags.member.1.Key": "owner",
    "Tags.member.2.Key": "team",
    "Tags.member.2.Value": "red",
  });
  expect(calls[0]?.has("Tags.member.3.Key")).toBe(false);
});
