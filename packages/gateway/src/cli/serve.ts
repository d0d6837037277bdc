/** `adit serve`: serves until told to stop. */
import { profileIdFor, Secret, staticSource, systemClock, type Environment } from "@adit/bedrock";
import type { StandIn } from "../routing/plan/signer.ts";
import { adminKeyFile } from "../access/admin-key.ts";
import { startGateway, type Gateway } from "../gateway.ts";
import { RequestLog } from "../ledger/request-log/request-log.ts";
import { readSettings, type Settings } from "../settings.ts";
import { startWarnings } from "./start-warnings.ts";
import { untilTold } from "./until-told.ts";

export interface ServeOptions {
  emulator: boolean;
  variables: Environment;
}

export async function runServe(options: ServeOptions): Promise<number> {
  const settings = readSettings(options.variables);
  const log = new RequestLog(settings.logLevel);
  // Node would end the process, and with it the calls of everybody, for one promise that nobody waits for.
  process.on("unhandledRejection", (error) => log.strayFault(error));
  let closeStandIn: (() => Promise<void>) | undefined;
  const gateway = await startGateway({
    settings,
    log,
    ...(options.emulator && {
      startStandIn: async () => {
        const { standIn, close } = await startEmulatorStandIn();
        closeStandIn = close;
        return standIn;
      },
    }),
  });
  // Whoever reads that it listens may stop it at once.
  const told = untilTold(() => process.exit(1));
  await sayHello(gateway, settings);
  // Only what no waiting can mend ends it: a database that is away is asked again and again.
  const neverOpens = gateway.opened.then(
    () => new Promise<never>(() => {}),
    (error: unknown) => ({ error }),
  );
  const ending = await Promise.race([told, neverOpens]);
  if (typeof ending === "object") {
    await gateway.stop();
    await closeStandIn?.();
    throw ending.error;
  }
  process.stderr.write("Stopping: open streams may finish. A second signal stops at once.\n");
  await gateway.stop();
  await closeStandIn?.();
  return 0;
}

/** The emulator, loaded only where it is needed. */
async function startEmulatorStandIn(): Promise<{ standIn: StandIn; close: () => Promise<void> }> {
  const { startEmulator } = await import("@adit/emulator");
  const emulator = await startEmulator();
  const { accessKeyId, secretAccessKey } = emulator.credential;
  const credentials = staticSource(
    { kind: "keys", accessKeyId, secretAccessKey: new Secret(secretAccessKey) },
    "emulator",
    systemClock,
  );
  return { standIn: { url: emulator.url, credentials }, close: () => emulator.close() };
}

const shownModel = "amazon.nova-lite-v1:0";

async function sayHello(gateway: Gateway, settings: Settings): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  say(`Adit listens on ${gateway.url}`);
  say(`Dashboard: ${gateway.url}/ui/`);
  for (const warning of startWarnings(settings, Date.now())) say(warning);
  const { newKey } = gateway;
  if (newKey !== undefined) {
    if (process.stderr.isTTY) say(`Admin key (shown once, kept in ${newKey.file}): ${newKey.key}`);
    else say(`The admin key was made and is kept in ${newKey.file}`);
  } else if (settings.adminKey === undefined) {
    say(`The admin key is in ${adminKeyFile(settings.dataDir)}`);
  }
  const standIn = await gateway.standIn;
  if (standIn === undefined) return;
  const key = settings.adminKey === undefined ? `$(cat '${adminKeyFile(settings.dataDir)}')` : "$ADIT_ADMIN_KEY";
  const model = profileIdFor(shownModel, gateway.region) ?? shownModel;
  say("No AWS credentials here: the emulator answers in Bedrock's place (x-adit-route: emulator). Try:");
  say(
    `  curl -s ${gateway.url}/v1/chat/completions -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" ` +
      `-d '{"model":"${model}","messages":[{"role":"user","content":"Good morning"}]}'`,
  );
}
