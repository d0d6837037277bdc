/** A gateway key that is taken away while its call waits for AWS: nothing further is sent for it. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../store/testing/until.ts";
import { messages, model, openHouse, operator, refusalIn, type House } from "../testing/house.ts";

/** Requests that AWS has not answered, and how many there were. */
const waiting: ServerResponse[] = [];
let asked = 0;
const aws = createServer((request, response) => {
  asked += 1;
  waiting.push(response);
  request.resume();
});

let house: House;
beforeAll(async () => {
  aws.listen(0, "127.0.0.1");
  await once(aws, "listening");
  const { port } = aws.address() as AddressInfo;
  house = await openHouse({ variables: { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` } });
});
afterAll(async () => {
  await house.close();
  aws.closeAllConnections();
  aws.close();
});

const retry = { attempts: 2, on_status_codes: [503] };
const target = { provider: "bedrock", override_params: { model } };

/** AWS fails while it is asked on behalf of the key. */
async function fails(): Promise<void> {
  await until(() => waiting.length > 0);
  const response = waiting.shift();
  response?.writeHead(503, { "x-amzn-errortype": "ServiceUnavailableException", "content-type": "application/json" });
  response?.end('{"message":"Later."}');
}

async function goesWrong(config: object, meanwhile: (id: string) => Promise<unknown>): Promise<unknown> {
  asked = 0;
  const key = await house.newKey();
  const headers = { authorization: `Bearer ${key}`, "x-portkey-config": JSON.stringify(config) };
  const call = house.post("/v1/chat/completions", { model, messages }, headers);
  await until(() => waiting.length > 0);
  const { id } = await house.parts.gatewayKeys.authenticate(key, undefined);
  await meanwhile(id);
  const read = (): Promise<Response> => fetch(`${house.gateway.url}/v1/models`, { headers: { "x-api-key": key } });
  await until(async () => (await read()).status !== 200);
  await fails();
  const { status, code } = await refusalIn(await call);
  return { status, code, asked };
}

test.each([
  ["further try", { ...target, retry }],
  ["further target", { strategy: { mode: "fallback" }, targets: [target, target] }],
])("that is switched off, or rotated away, has no %s", async (_, config) => {
  const { gatewayKeys } = house.parts;
  const refused = { status: 401, code: "invalid_api_key", asked: 1 };
  expect(await goesWrong(config, (id) => gatewayKeys.update(id, { disabled: true }, operator))).toEqual(refused);
  expect(await goesWrong(config, (id) => gatewayKeys.rotate(id, 0, operator))).toEqual(refused);
});
