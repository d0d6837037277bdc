/** `adit doctor`: what the server finds, what AWS says to it, and what to do. Calls AWS in stages; costs nothing unless a model is named. */
import {
  AditError,
  BedrockClient,
  checkRegion,
  defaultChain,
  parseModelArn,
  parseModelName,
  regionFromEnvironment,
  regionFromProfile,
  sendStsOver,
  systemClock,
  Transport,
  type CredentialSource,
  type Environment,
} from "@adit/bedrock";
import { callerIdentity } from "@adit/bedrock/gateway";
import { readSettings, type Settings } from "../settings.ts";
import { checkAddress } from "../store/engines/database-address.ts";
import { storeLocation } from "../store/engines/location.ts";
import { Store, type StoreLocation, type StoreSight } from "../store/store.ts";
import { MasterKey } from "../vault/master-key.ts";
import { startWarnings } from "./start-warnings.ts";

export interface DoctorArguments {
  region: string | undefined;
  model: string | undefined;
}

/** An id that no model has: AWS's refusal of it shows that the way, the signature and the permission to call are good, and costs nothing. */
const noModel = "adit.doctor-asks-nothing";

/** For one answer of bedrock-runtime, which else may take an hour: what swallows a call is to be told of. */
const limits = { firstByteMs: 60_000, idleMs: 60_000 };

interface Examined {
  region: string;
  source: CredentialSource;
  client: BedrockClient;
  transport: Transport;
  environment: Environment;
}

/** Prints a line a check; 0 where all that was checked works, else 1. */
export async function runDoctor(args: DoctorArguments, variables: Environment): Promise<number> {
  const lines = new Report();
  lines.say("ok", "Node.js", process.versions.node);
  const clock = systemClock;
  const understood = await lines.check(
    "settings",
    () => {
      const settings = readSettings(variables);
      const { environment } = settings;
      checkForms(settings);
      const warnings = startWarnings(settings, clock.now());
      return Promise.resolve({ settings, environment, warnings, transport: new Transport({ clock, environment }) });
    },
    ({ warnings }) => (warnings.length === 0 ? "understood" : ["understood.", ...warnings].join(" ")),
  );
  if (understood === undefined) return 1;
  const { settings, environment, transport } = understood;
  const location = storeLocation(settings);
  await lines.check(
    "store",
    () => Store.look(location),
    (sight) => storeWords(location, sight),
  );
  const region = await lines.check(
    "region",
    () => regionOf(args, environment),
    (found) => found,
  );
  if (region === undefined) return 1;
  const source = defaultChain({ environment, clock, region });
  const client = new BedrockClient({ environment, clock, transport });
  try {
    await examine({ region, source, client, transport, environment }, args, lines);
  } finally {
    await transport.close();
  }
  return lines.allGood ? 0 : 1;
}

/** What else the start refuses, of what is read behind the listener. */
function checkForms({ masterKey, oldMasterKey, databaseUrl }: Settings): void {
  if (masterKey !== undefined) MasterKey.fromText(masterKey, "ADIT_MASTER_KEY");
  if (oldMasterKey !== undefined) MasterKey.fromText(oldMasterKey, "ADIT_MASTER_KEY_OLD");
  if (databaseUrl !== undefined) checkAddress(databaseUrl.reveal());
}

/** The address of a server is not shown: it may hold a password. */
function storeWords(location: StoreLocation, sight: StoreSight): string {
  const place = "file" in location ? location.file : "PostgreSQL, by DATABASE_URL";
  if (sight.state === "missing") return `${place}, which the start will make`;
  if (sight.steps === sight.of) return `${place}, its schema up to date`;
  if (sight.steps === 0) return `${place}, empty: the start will make its tables`;
  return `${place}, its schema at step ${sight.steps}: the start will bring it to ${sight.of}`;
}

async function examine(examined: Examined, args: DoctorArguments, lines: Report): Promise<void> {
  const { region, source, client, transport, environment } = examined;
  const credentials = await lines.check(
    "credentials",
    () => source.get(),
    (found) =>
      `${source.label}, ${found.kind === "bearer" ? "a Bedrock API key" : `key ${found.accessKeyId}`}${expiry(found.expiresAt)}`,
  );
  if (credentials === undefined) return;
  if (credentials.kind === "bearer") lines.say("--", "identity", "not asked: STS takes no Bedrock API keys");
  else {
    const context = { region, source, send: sendStsOver(transport), clock: systemClock, environment };
    await lines.check(
      "identity (STS)",
      () => callerIdentity(context),
      (who) => `${who.arn}, account ${who.account}`,
    );
  }
  const call = { region, credentials: source };
  await lines.check(
    `models in ${region} (bedrock:ListFoundationModels)`,
    () => client.listFoundationModels(call),
    (models) => `${models.length} listed`,
  );
  await lines.check(
    "inference profiles (bedrock:ListInferenceProfiles)",
    () => client.listInferenceProfiles(call),
    (profiles) => `${profiles.length} listed`,
  );
  await lines.check(
    "calling models (bedrock-runtime)",
    () => reachRuntime(examined),
    () => "AWS answers and takes the credentials",
  );
  if (args.model !== undefined) {
    const model = parseModelName(args.model).id;
    await lines.check(
      `one token of ${model}`,
      () =>
        client.converse({
          ...call,
          region: parseModelArn(model)?.region || call.region,
          limits,
          model,
          body: { messages: [{ role: "user", content: [{ text: "Hi" }] }], inferenceConfig: { maxTokens: 1 } },
        }),
      (reply) =>
        `answered by ${reply.modelUsed}, ${reply.response.usage?.totalTokens ?? "an unknown number of"} tokens`,
    );
  }
}

async function reachRuntime({ client, region, source }: Examined): Promise<void> {
  const body = { messages: [{ role: "user" as const, content: [{ text: "Hi" }] }], inferenceConfig: { maxTokens: 1 } };
  try {
    await client.converse({ region, credentials: source, limits, model: noModel, body });
  } catch (error) {
    if (!AditError.isInstance(error) || (error.status !== 400 && error.status !== 404)) throw error;
    // Refused for the id alone: everything before that was accepted.
    if (refusalsOfModels.has(error.code) && error.aws?.requestId !== undefined) return;
    const stranger = new AditError("aws_error", error.message, { status: error.status, remedy: notBedrock });
    stranger.place = error.place;
    throw stranger;
  }
}

const notBedrock =
  "What answers there is not Bedrock's runtime: check AWS_ENDPOINT_URL_BEDROCK_RUNTIME, AWS_ENDPOINT_URL and the proxies between here and AWS.";

/** As AWS, and nobody else, refuses an id that no model has: under a request id of its own. */
const refusalsOfModels: ReadonlySet<string> = new Set(["ValidationException", "ResourceNotFoundException"]);

async function regionOf(args: DoctorArguments, environment: Environment): Promise<string> {
  if (args.region !== undefined) return checkRegion(args.region);
  return regionFromEnvironment(environment) ?? (await regionFromProfile(environment)) ?? "us-east-1";
}

function expiry(expiresAt: number | undefined): string {
  return expiresAt === undefined ? "" : `, until ${new Date(expiresAt).toISOString()}`;
}

/** The lines of the examination. */
class Report {
  allGood = true;

  say(mark: "ok" | "!!" | "--", what: string, words: string): void {
    process.stdout.write(`${mark}  ${what}: ${words}\n`);
  }

  async check<T>(what: string, run: () => Promise<T>, words: (found: T) => string): Promise<T | undefined> {
    try {
      const found = await run();
      this.say("ok", what, words(found));
      return found;
    } catch (error) {
      if (!AditError.isInstance(error)) throw error;
      this.allGood = false;
      this.say("!!", what, error.describe());
      return undefined;
    }
  }
}
