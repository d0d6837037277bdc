/**
 * "Tested, not trusted": a stored credential is tried at AWS in stages, each of which needs a little more than the one before. Only the last, which is
 * made where it is asked for, costs something: it is a call like all others, within limits and in the log.
 */
import {
  AditError,
  checkRegion,
  type BedrockClient,
  type Clock,
  type CredentialSource,
  type Environment,
  type SendSts,
} from "@adit/bedrock";
import { callerIdentity } from "@adit/bedrock/gateway";
import { isModelAllowed } from "../vault/model-patterns.ts";
import type { TestedStage } from "../vault/virtual-key-tests.ts";
import type { VirtualKey } from "../vault/virtual-key.ts";
import type { ControlParts } from "./parts.ts";
import { isPassed } from "./views/virtual-key-view.ts";

export interface CredentialTestTools {
  client: BedrockClient;
  sendSts: SendSts;
  clock: Clock;
  environment: Environment;
  /** Where the virtual key names no region. */
  serverRegion: string;
}

type StageName = TestedStage["stage"];

export interface Stage extends TestedStage {
  message: string;
  remedy?: string;
  aws?: { type: string; message: string; request_id?: string };
}

/** What the stages work with. */
interface Testing extends CredentialTestTools {
  parts: Pick<ControlParts, "virtualKeySources">;
  /** Asks the model for one token. Rejects with AditError. */
  askModel: (model: string, region: string) => Promise<string>;
}

interface Asked {
  model?: string | undefined;
  region?: string | undefined;
}

export interface CredentialTestResult {
  object: "virtual-key.test";
  ok: boolean;
  region: string | null;
  stages: Stage[];
}

/** Runs the stages; what could not be tried since an earlier one failed is named as skipped. `onStage` is told of each as it ends. */
export async function credentialTest(
  key: VirtualKey,
  asked: Asked,
  tools: Testing,
  onStage: (stage: Stage) => void = () => {},
): Promise<CredentialTestResult> {
  const isForeign = key.credential.kind === "openai_compatible";
  const region = isForeign ? null : regionOf(key, asked.region, tools.serverRegion);
  const stages: Stage[] = [];
  const run = isForeign ? foreignStages(key, asked, tools) : awsStages({ key, asked, region: region ?? "" }, tools);
  for (const { stage, needs, attempt } of run) {
    const isBlocked = needs.some((name) => stages.some((done) => done.stage === name && done.status === "failed"));
    const ended = isBlocked ? skipped(stage, "Not tried: an earlier stage failed.") : await outcome(stage, attempt);
    stages.push(ended);
    onStage(ended);
  }
  return { object: "virtual-key.test", ok: isPassed(stages), region, stages };
}

interface Step {
  stage: StageName;
  /** Stages without whose success this one has no chance. */
  needs: readonly StageName[];
  /** Gives the words for its success; `Skip` where there is nothing to try. */
  attempt: () => Promise<string | Skip>;
}

/** Why a stage was not tried. */
class Skip {
  readonly words: string;

  constructor(words: string) {
    this.words = words;
  }
}

function awsStages(
  { key, asked, region }: { key: VirtualKey; asked: Asked; region: string },
  { client, sendSts, clock, environment, parts, askModel }: Testing,
): Step[] {
  // Found anew by each stage: it is in memory.
  const source = (): Promise<CredentialSource> => parts.virtualKeySources.sourceOf(key);
  const call = async () => ({ region, credentials: await source() });
  return [
    {
      stage: "shape",
      needs: [],
      attempt: async () => `${(await source()).label}, of the kind ${key.credential.kind}, for ${region}.`,
    },
    {
      stage: "identity",
      needs: ["shape"],
      attempt: async () => {
        const credentials = await (await source()).get();
        if (credentials.kind === "bearer") return new Skip("STS takes no Bedrock API keys: the next stage tells.");
        const { arn, account } = await callerIdentity({
          region,
          source: await source(),
          send: sendSts,
          clock,
          environment,
        });
        return `${arn}, account ${account}.`;
      },
    },
    {
      stage: "models",
      needs: ["shape", "identity"],
      attempt: async () => `${(await client.listFoundationModels(await call())).length} models in ${region}.`,
    },
    {
      stage: "profiles",
      needs: ["shape", "identity"],
      attempt: async () =>
        `${(await client.listInferenceProfiles(await call())).length} inference profiles in ${region}.`,
    },
    {
      stage: "call",
      needs: ["shape", "identity"],
      attempt: async () => {
        const { model } = asked;
        if (model === undefined) return new Skip("No model was named to be asked for one token.");
        checkAllowed(key, model);
        return `${await askModel(model, region)} answered.`;
      },
    },
  ];
}

function foreignStages(key: VirtualKey, { model }: Asked, { parts, askModel }: Testing): Step[] {
  const { credential } = key;
  const baseUrl = credential.kind === "openai_compatible" ? credential.baseUrl : "";
  return [
    {
      stage: "shape",
      needs: [],
      attempt: async () => {
        await parts.virtualKeySources.apiKeyOf(key);
        return `An API key for ${baseUrl}.`;
      },
    },
    {
      stage: "call",
      needs: ["shape"],
      attempt: async () => {
        if (model === undefined) return new Skip("No model was named to be asked for one token.");
        checkAllowed(key, model);
        return `${await askModel(model, "")} answered.`;
      },
    },
  ];
}

async function outcome(stage: StageName, attempt: Step["attempt"]): Promise<Stage> {
  try {
    const done = await attempt();
    return done instanceof Skip ? skipped(stage, done.words) : { stage, status: "ok", message: done };
  } catch (error) {
    if (!AditError.isInstance(error) || error.code === "store_unavailable") throw error;
    const { code, message, remedy, aws } = error;
    return {
      stage,
      status: "failed",
      message,
      code,
      remedy,
      ...(aws !== undefined && {
        aws: {
          type: aws.type,
          message: aws.message,
          ...(aws.requestId !== undefined && { request_id: aws.requestId }),
        },
      }),
    };
  }
}

function skipped(stage: StageName, message: string): Stage {
  return { stage, status: "skipped", message };
}

function regionOf(key: VirtualKey, asked: string | undefined, serverRegion: string): string {
  const region = asked === undefined ? (key.region ?? serverRegion) : checkRegion(asked);
  if (key.allowedRegions === undefined || key.allowedRegions.includes(region)) return region;
  throw new AditError("forbidden", `The virtual key ${key.slug} may not be used in ${region}.`, {
    param: "region",
    remedy: `Its regions are ${key.allowedRegions.join(", ")}.`,
  });
}

function checkAllowed(key: VirtualKey, model: string): void {
  if (isModelAllowed(key.allowedModels, model)) return;
  throw new AditError("forbidden", `The virtual key ${key.slug} does not allow the model ${model.slice(0, 200)}.`, {
    param: "model",
    remedy: "Name a model of its allowed_models, or add this one to them.",
  });
}
