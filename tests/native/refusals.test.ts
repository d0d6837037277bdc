/** At Bedrock's own paths a refusal of AWS's arrives as AWS wrote it, its type too; only where the gateway is the author it says a type of its own. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { exceptionFrame } from "../../packages/bedrock/src/wire/testing/frames.ts";
import { openHouse, type House } from "../support/house.ts";
import { openReplayingEndpoint, type ReplayingEndpoint } from "../support/replaying-endpoint.ts";

let upstream: ReplayingEndpoint;
let house: House;

beforeAll(async () => {
  upstream = await openReplayingEndpoint();
  house = await openHouse({ variables: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: upstream.url } });
});

afterAll(async () => {
  await house.close();
  await upstream.close();
});

const json = { "content-type": "application/json", "x-amzn-requestid": "aws-1" };
const typed = "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/";

function refuse(action: string, status: number, body: string, headers: Record<string, string>): Promise<Response> {
  upstream.answer = { status, headers, body: Buffer.from(body) };
  return house.post(`/model/us.amazon.nova-lite-v1%3A0/${action}`, { messages: [] });
}

it.each<[status: number, body: string, type: string | undefined]>([
  [400, '{"message":"The model returned the following errors: x"}', typed],
  [400, '{ "message" : "No." }', "com.amazon.coral.service#SerializationException"],
  [403, '{"Message":"Authentication failed: Please make sure your API Key is valid."}', undefined],
  [400, '{"__type":"com.amazon.coral#ValidationException","message":"x"}', undefined],
])("%i %s with the type %s", async (status, body, type) => {
  const headers = type === undefined ? json : { ...json, "x-amzn-errortype": type };
  for (const action of ["converse", "invoke", "converse-stream"]) {
    const reply = await refuse(action, status, body, headers);
    expect([reply.status, await reply.text()]).toEqual([status, body]);
    expect(reply.headers.get("x-amzn-errortype")).toBe(type ?? null);
    expect(reply.headers.get("x-amzn-requestid")).toBe("aws-1");
  }
});

it("what AWS repeats of the secret in the type does not leave", async () => {
  const { secretAccessKey } = house.emulator.credential;
  const reply = await refuse("converse", 403, '{"message":"x"}', {
    ...json,
    "x-amzn-errortype": `Odd:${secretAccessKey}`,
  });
  expect(reply.headers.get("x-amzn-errortype")).toBe("Odd:[secret]");
});

it("a proxy's page, an exception in the first frame and the gateway's own refusals get a type that AWS's SDKs throw by", async () => {
  const page = await refuse("converse", 403, "<html>No</html>", { "content-type": "text/html" });
  expect(page.headers.get("x-amzn-errortype")).toBe("AccessDeniedException");
  upstream.answer = {
    status: 200,
    headers: { "content-type": "application/vnd.amazon.eventstream" },
    body: exceptionFrame("validationException", { message: "No." }),
  };
  const first = await house.post("/model/us.amazon.nova-lite-v1%3A0/converse-stream", { messages: [] });
  expect([first.status, first.headers.get("x-amzn-errortype")]).toEqual([400, "ValidationException"]);
  const own = await house.post("/model/us.amazon.nova-lite-v1%3A0/converse", {}, { authorization: "Bearer wrong" });
  expect([own.status, own.headers.get("x-amzn-errortype")]).toEqual([401, "UnrecognizedClientException"]);
});
