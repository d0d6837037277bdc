/** What Nova's searches of the web cost the library does not know, and says so. */
import { closeConnections, generateText, streamText } from "@adit/bedrock";
import { startEmulator, type Emulator } from "@adit/emulator";
import { afterAll, beforeAll, expect, it } from "vitest";
import { environmentOf } from "../support/emulator-environment.ts";

let emulator: Emulator;
let environment: Record<string, string>;
beforeAll(async () => {
  emulator = await startEmulator();
  environment = environmentOf(emulator);
});
afterAll(async () => {
  await closeConnections(environment);
  await emulator.close();
});

const model = "us.amazon.nova-2-lite-v1:0";
const prompt = "Which is the newest release?";
const unknown = { known: false, missing: ["query"] };

it("whole and streamed", async () => {
  const tools = [{ systemTool: { name: "nova_grounding" } }];
  const options = { region: "us-east-1", environment, tools };
  expect((await generateText(model, prompt, options)).cost).toMatchObject(unknown);
  const stream = streamText(model, prompt, options);
  expect((await stream.result).cost).toMatchObject(unknown);
});
