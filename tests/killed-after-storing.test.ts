/** Promise 5: a response that its caller was told is stored is there after `kill -9`, on either engine, whole and streamed. */
import { join } from "node:path";
import OpenAI from "openai";
import { afterEach, beforeEach, expect, test } from "vitest";
import { onBothEngines } from "../packages/gateway/src/store/testing/engines.ts";
import { until } from "../packages/gateway/src/store/testing/until.ts";
import { nova } from "./support/asking.ts";
import { gatewayKey } from "./support/house.ts";
import { KillableGateways } from "./support/gateway-process.ts";

let gateways: KillableGateways;
beforeEach(async () => {
  gateways = await KillableGateways.open();
});
afterEach(() => gateways.close());

function clientOf(url: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: gatewayKey, maxRetries: 0 });
}

/** The id, at the moment that the caller is told of the end. */
async function streamed(openai: OpenAI, asked: { model: string; input: string; store: true }): Promise<string> {
  for await (const event of await openai.responses.create({ ...asked, stream: true })) {
    if (event.type === "response.completed") return event.response.id;
  }
  return "";
}

onBothEngines((house) => {
  test("kill -9 at the moment that the caller knows: it is there, and is gone on from", async () => {
    const location =
      house.engine === "postgres" ? await house.newLocation() : { file: join(gateways.dataDir, "adit.db") };
    const databaseUrl = "databaseUrl" in location ? location.databaseUrl : undefined;
    const known: string[] = [];
    for (const stream of [false, true]) {
      const { url, child } = await gateways.serve(databaseUrl);
      const openai = clientOf(url);
      const headers = { "content-type": "application/json", authorization: `Bearer ${gatewayKey}` };
      await fetch(`${url}/v1/logs/settings`, { method: "PUT", headers, body: '{"content":"all"}' });
      const asked = { model: nova, input: "My name is Ada.", store: true } as const;
      // A setting holds for calls that begin a moment after it.
      await until(async () => ((await openai.responses.create({ ...asked })) as unknown as { store: boolean }).store);
      known.push(stream ? await streamed(openai, asked) : (await openai.responses.create(asked)).id);
      child.kill("SIGKILL");
      await until(() => child.signalCode !== null);
    }
    const openai = clientOf((await gateways.serve(databaseUrl)).url);
    expect(known).toHaveLength(2);
    for (const id of known) {
      expect(await openai.responses.retrieve(id)).toMatchObject({ id, status: "completed", store: true });
      gateways.emulator.clearRequests();
      await openai.responses.create({ model: nova, input: "Who am I?", previous_response_id: id });
      expect(gateways.emulator.requests.at(-1)?.body.toString()).toContain("My name is Ada.");
    }
  }, 60_000);
});
