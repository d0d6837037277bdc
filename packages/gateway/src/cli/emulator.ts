/** `adit emulator`: serves the emulator alone, for AWS's SDKs and for tests of other programs. */
import { readFile } from "node:fs/promises";
import { AditError } from "@adit/bedrock";
import { untilTold } from "./until-told.ts";

export interface EmulatorArguments {
  host: string | undefined;
  port: string | undefined;
  recordings: string | undefined;
  scenario: string | undefined;
}

const defaultPort = 8788;

export async function runEmulator(args: EmulatorArguments): Promise<number> {
  const port = args.port === undefined ? defaultPort : Number(args.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new AditError("invalid_request", `--port must be a whole number from 0 to 65535, and is "${args.port}".`, {
      remedy: "Give another port.",
    });
  }
  const { parseScenario, startEmulator } = await import("@adit/emulator");
  const scenario = args.scenario === undefined ? undefined : parseScenario(await readFile(args.scenario, "utf8"));
  const emulator = await startEmulator({
    port,
    ...(args.host !== undefined && { host: args.host }),
    ...(args.recordings !== undefined && { recordings: args.recordings }),
    ...(scenario !== undefined && { scenario }),
  });
  const { accessKeyId, secretAccessKey } = emulator.credential;
  process.stderr.write(
    `The emulator of Bedrock listens on ${emulator.url}. For AWS's SDKs:\n` +
      `  export AWS_ENDPOINT_URL=${emulator.url} AWS_REGION=us-east-1\n` +
      `  export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}\n`,
  );
  await untilTold();
  await emulator.close();
  return 0;
}
