/** `adit emulator`: serves the emulator alone, for AWS's SDKs and for tests of other programs. */
import { AditError } from "@adit/bedrock";
import type { Scenario } from "@adit/emulator";
import { listenAddress } from "../settings.ts";
import { textOfFile } from "./file-text.ts";
import { untilTold } from "./until-told.ts";

export interface EmulatorArguments {
  host: string | undefined;
  port: number | undefined;
  recordings: string | undefined;
  scenario: string | undefined;
}

const defaultPort = 8788;

export async function runEmulator(args: EmulatorArguments): Promise<number> {
  const { RecordingError, startEmulator } = await import("@adit/emulator");
  const scenario = args.scenario === undefined ? undefined : await scenarioIn(args.scenario);
  const emulator = await startEmulator({
    port: args.port ?? defaultPort,
    ...(args.host !== undefined && { host: listenAddress(args.host) }),
    ...(args.recordings !== undefined && { recordings: args.recordings }),
    ...(scenario !== undefined && { scenario }),
  }).catch((error: unknown) => {
    if (!(error instanceof RecordingError)) throw error;
    throw new AditError("invalid_request", error.message, {
      remedy: "The form is in docs/emulator.md, under Replay.",
      cause: error,
    });
  });
  // Whoever reads that it listens may stop it at once.
  const told = untilTold();
  const { accessKeyId, secretAccessKey } = emulator.credential;
  process.stderr.write(
    `The emulator of Bedrock listens on ${emulator.url}. For AWS's SDKs:\n` +
      `  export AWS_ENDPOINT_URL=${emulator.url} AWS_REGION=us-east-1\n` +
      `  export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}\n`,
  );
  await told;
  await emulator.close();
  return 0;
}

async function scenarioIn(file: string): Promise<Scenario> {
  const { parseScenario, ScenarioError } = await import("@adit/emulator");
  const text = await textOfFile(file);
  try {
    return parseScenario(text);
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    throw new AditError("invalid_request", `${file}: ${error.message}`, {
      remedy: "The faults are in docs/emulator.md.",
      cause: error,
    });
  }
}
