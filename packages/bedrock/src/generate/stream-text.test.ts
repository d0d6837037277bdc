import { expect, it } from "vitest";
import { eventFrame, plainStream } from "../wire/testing/frames.ts";
import { TestUpstream } from "../wire/testing/upstream.ts";
import { closeConnections } from "./shared-connections.ts";
import { streamText } from "./stream-text.ts";

it("an event that is not known is a part, and the warning does not promise it elsewhere", async () => {
  const upstream = await TestUpstream.start((response) => {
    response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
    response.end(Buffer.concat([plainStream("Hello"), eventFrame("novelEvent", { p: "a", weather: "fine" })]));
  });
  const environment = { AWS_ENDPOINT_URL: upstream.url, AWS_REGION: "us-east-1" };
  const stream = streamText("us.amazon.nova-lite-v1:0", "Hi", { apiKey: "key", environment });
  const others: unknown[] = [];
  for await (const part of stream) if (part.type === "other") others.push(part.event);
  expect(others).toEqual([{ type: "unknown", eventType: "novelEvent", payload: { p: "a", weather: "fine" } }]);
  const { raw, warnings } = await stream.result;
  expect(JSON.stringify(raw)).not.toContain("fine");
  expect(warnings).toEqual([
    {
      type: "unfamiliar",
      message: "The answer brought novelEvent, which this version does not know: it is in no part of the result.",
    },
  ]);
  await closeConnections(environment);
  await upstream.close();
});
