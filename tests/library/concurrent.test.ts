/** The library over the emulator, which checks every signature: what a small server cannot see. */
import { Bedrock, Transport } from "@adit/bedrock";
import { startEmulator, type Emulator } from "@adit/emulator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bodyOf, modelCalls, pairOf } from "../support/seen.ts";
import { assemble } from "../support/sse.ts";

const pairs = [pairOf("LIBRARYONE"), pairOf("LIBRARYTWO", { sessionToken: "two//token==" }), pairOf("LIBRARYTHREE")];
const regions = ["us-east-1", "eu-west-1", "us-east-1"];
const model = "anthropic.claude-3-haiku-20240307-v1:0";

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ credentials: pairs });
});
afterAll(() => emulator.close());

test("instances at once over one transport, whole and streamed: every signature is its own caller's", async () => {
  const transport = new Transport();
  const instances = pairs.map(
    ({ accessKeyId, secretAccessKey, sessionToken }, index) =>
      new Bedrock({
        accessKeyId,
        secretAccessKey,
        ...(sessionToken !== undefined && { sessionToken }),
        region: regions[index]!,
        transport,
        environment: { AWS_ENDPOINT_URL: emulator.url },
      }),
  );
  const answers = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => {
      const bedrock = instances[index % 3]!;
      const messages = [{ role: "user" as const, content: `caller-${index % 3}` }];
      if (index % 2 === 0) {
        return (await bedrock.chat({ model, messages })).choices[0].message.content ?? "";
      }
      const chunks = [];
      for await (const chunk of await bedrock.chat({ model, messages, stream: true })) chunks.push(chunk);
      return assemble(chunks).text;
    }),
  );
  await transport.close();
  for (const [index, answer] of answers.entries()) expect(answer).toContain(`caller-${index % 3}`);
  const seen = modelCalls(emulator);
  expect(seen).toHaveLength(30);
  for (const call of seen) {
    const caller = Number(/caller-(\d)/.exec(JSON.stringify(bodyOf(call)))?.[1]);
    expect([call.verdict, call.accessKeyId, call.region]).toEqual([
      "sigv4 ok",
      pairs[caller]?.accessKeyId,
      regions[caller],
    ]);
  }
});
