import type * as AwsProviders from "@aws-sdk/credential-providers";
import { steadyTime, type Clock } from "../clock.ts";
import { AditError } from "../errors/adit-error.ts";
import { Secret } from "../secret.ts";
import { bearerKey } from "./bearer-key.ts";
import type { AwsKeys, Credentials } from "./credentials.ts";
import { variable, type Environment } from "./environment.ts";
import { readProfile, runsProcess, sharedConfigPaths } from "./shared-config.ts";
import { staticSource } from "./static-source.ts";

export interface ChainContext {
  environment: Environment;
  clock: Clock;
  /** Where AWS's package calls STS, if the profile names no region of its own. */
  region: string;
  /**
   * What AWS's package was asked and has not answered, by label. It cannot be called off: see {@link processGivenUpMs}.
   */
  unanswered: Map<string, Unanswered>;
}

interface Unanswered {
  answer: Promise<AwsIdentity>;
  /** By the steady clock. */
  since: number;
}

export interface FoundCredentials {
  /** Such as `server (profile dev)`. */
  label: string;
  credentials: Credentials;
}

/** One place to look: undefined where nothing is set up there. What is set up and fails is an error, never a reason to look on. */
export type ChainLink = (context: ChainContext) => Promise<FoundCredentials | undefined>;

/** AWS's order (its JavaScript SDK's default chain), with the Bedrock API key before it. */
export const chainLinks: readonly ChainLink[] = [
  bearerVariable,
  environmentPair,
  sharedProfile,
  webIdentity,
  container,
  instanceMetadata,
];

/** What AWS's package gives. */
interface AwsIdentity {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string | undefined;
  expiration?: Date | undefined;
}

/** How long AWS's package may take in all; a credential process may ask a person. */
const totalLimitMs = 60_000;
/**
 * A credential process that has not ended for so long is run anew: sooner there would be one more that hangs with each try, and never it
 * would be waited for until the next start, as over a network that was away. A request over the network is no such burden: what has not
 * answered it within its limit is asked again at the next try.
 */
const processGivenUpMs = 10 * 60_000;
/** For one answer of a container's or an instance's endpoint: both are next door. Of a container's the package counts the connection alone. */
const metadataTimeoutMs = 1_000;
const containerLimitMs = 10_000;

const silent = (): void => {};
/** AWS's package warns on the console where it is given no logger. */
const logger = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

const profileSettings = [
  "aws_access_key_id",
  "aws_secret_access_key",
  "role_arn",
  "credential_process",
  "credential_source",
  "web_identity_token_file",
  "sso_session",
  "sso_start_url",
  "sso_account_id",
  "login_session",
];

async function bearerVariable({ environment, clock }: ChainContext): Promise<FoundCredentials | undefined> {
  const token = variable(environment, "AWS_BEARER_TOKEN_BEDROCK");
  if (token === undefined) {
    return undefined;
  }
  const label = "server (AWS_BEARER_TOKEN_BEDROCK)";
  checkVisible(token, "the key", { label, remedy: "Correct AWS_BEARER_TOKEN_BEDROCK." });
  return { label, credentials: await staticSource(bearerKey(token), label, clock).get() };
}

async function environmentPair({ environment }: ChainContext): Promise<FoundCredentials | undefined> {
  const accessKeyId = variable(environment, "AWS_ACCESS_KEY_ID");
  const secretAccessKey = variable(environment, "AWS_SECRET_ACCESS_KEY");
  const isProfileNamed = variable(environment, "AWS_PROFILE") !== undefined;
  if (isProfileNamed || (accessKeyId === undefined && secretAccessKey === undefined)) {
    return undefined;
  }
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const [there, missing] =
      accessKeyId === undefined
        ? ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"]
        : ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    throw new AditError("incomplete_credentials", `${there} is set, ${missing} is not.`, {
      param: missing,
      remedy: `Set ${missing}, or unset ${there} to use another of the server's credentials.`,
    });
  }
  const sessionToken = variable(environment, "AWS_SESSION_TOKEN");
  const expiration = variable(environment, "AWS_CREDENTIAL_EXPIRATION");
  const identity: AwsIdentity = {
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    ...(expiration !== undefined && { expiration: new Date(expiration) }),
  };
  const label = "server (environment)";
  const remedy = "Correct AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN.";
  return { label, credentials: keysOf(identity, { label, remedy }) };
}

async function sharedProfile(context: ChainContext): Promise<FoundCredentials | undefined> {
  const { environment, region } = context;
  const profile = await readProfile(environment);
  if (!profile.exists && profile.isNamed) {
    throw new AditError("credentials_unavailable", `AWS_PROFILE names ${profile.name}, which neither AWS file has.`, {
      retryable: false,
      remedy: `Add the profile to ~/.aws/config or ~/.aws/credentials, or correct AWS_PROFILE.`,
    });
  }
  if (!profileSettings.some((name) => profile.settings.has(name))) {
    return undefined;
  }
  const paths = sharedConfigPaths(environment);
  return await asked(context, {
    ...((await runsProcess(environment, profile)) && { givenUpMs: processGivenUpMs }),
    label: `server (profile ${profile.name})`,
    remedy: `Check the profile ${profile.name} in AWS's files; where it signs in by SSO, run: aws sso login --profile ${profile.name}`,
    load: ({ fromIni }) =>
      fromIni({
        profile: profile.name,
        filepath: paths.credentials,
        configFilepath: paths.config,
        // Tools rewrite these files with fresh session credentials while the server runs.
        ignoreCache: true,
        parentClientConfig: { region },
        logger,
      })(),
  });
}

async function webIdentity(context: ChainContext): Promise<FoundCredentials | undefined> {
  const { environment, region } = context;
  const webIdentityTokenFile = variable(environment, "AWS_WEB_IDENTITY_TOKEN_FILE");
  const roleArn = variable(environment, "AWS_ROLE_ARN");
  if (webIdentityTokenFile === undefined || roleArn === undefined) {
    return undefined;
  }
  return await asked(context, {
    label: "server (web identity)",
    remedy: `Check AWS_ROLE_ARN (${roleArn}), its trust policy, and the file named by AWS_WEB_IDENTITY_TOKEN_FILE.`,
    // The file is read on every call: its token is rotated.
    load: ({ fromTokenFile }) =>
      fromTokenFile({
        webIdentityTokenFile,
        roleArn,
        roleSessionName: variable(environment, "AWS_ROLE_SESSION_NAME") ?? "adit",
        parentClientConfig: { region },
        logger,
      })(),
  });
}

async function container(context: ChainContext): Promise<FoundCredentials | undefined> {
  const { environment } = context;
  const relative = variable(environment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const full = variable(environment, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative === undefined && full === undefined) {
    return undefined;
  }
  return await asked(context, {
    label: "server (container)",
    limitMs: containerLimitMs,
    remedy: "Check the task's role or the pod identity, and AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI.",
    load: ({ fromHttp }) =>
      // An empty string stands for an unset variable, so that the package does not look at the process's own.
      fromHttp({
        awsContainerCredentialsRelativeUri: relative ?? "",
        awsContainerCredentialsFullUri: full ?? "",
        awsContainerAuthorizationToken: variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN") ?? "",
        awsContainerAuthorizationTokenFile: variable(environment, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") ?? "",
        timeout: metadataTimeoutMs,
        maxRetries: 1,
        logger,
      })(),
  });
}

/** Version 2 only: version 1 answers anyone who can make the server send a GET. */
async function instanceMetadata(context: ChainContext): Promise<FoundCredentials | undefined> {
  const disabled = variable(context.environment, "AWS_EC2_METADATA_DISABLED")?.toLowerCase();
  if (disabled !== undefined && disabled !== "false") {
    return undefined;
  }
  return await asked(context, {
    label: "server (instance metadata)",
    remedy: "Check the instance's profile and its role.",
    isNothing: hasNoRole,
    load: ({ fromInstanceMetadata }) =>
      fromInstanceMetadata({ timeout: metadataTimeoutMs, maxRetries: 0, ec2MetadataV1Disabled: true, logger })(),
  });
}

/**
 * Most machines are not EC2's: no token is handed out there, and the package says that it would have to go on by version 1. An instance
 * without a role answers 404. Whatever else fails is a role that is there.
 */
function hasNoRole(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  const status = "statusCode" in error ? error.statusCode : undefined;
  return error.name === "InstanceMetadataV1FallbackError" || status === 400 || status === 404;
}

interface Question {
  label: string;
  remedy: string;
  limitMs?: number;
  /** After how long without an answer it is asked anew; `limitMs` unless given. */
  givenUpMs?: number;
  /** True for an error that says that nothing is set up there. */
  isNothing?: (error: unknown) => boolean;
  load: (providers: typeof AwsProviders) => Promise<AwsIdentity>;
}

/** Asks AWS's package, which is loaded here and only here. */
async function asked(context: ChainContext, question: Question): Promise<FoundCredentials | undefined> {
  const { limitMs = totalLimitMs } = question;
  const finished = new AbortController();
  const late = context.clock.sleep(limitMs, finished.signal).then(() => {
    throw new Error(`no answer within ${limitMs / 1_000} seconds.`);
  });
  try {
    const identity = await Promise.race([answerTo(question, context), late]).catch((error: unknown) =>
      question.isNothing?.(error) === true ? undefined : unreadable(question, wordsOf(error)),
    );
    return identity && { label: question.label, credentials: keysOf(identity, question) };
  } finally {
    late.catch(silent);
    finished.abort();
  }
}

function unreadable({ label, remedy }: Pick<Question, "label" | "remedy">, words: string): never {
  throw new AditError("credentials_unavailable", `The credentials of the ${label} could not be read: ${words}`, {
    retryable: false,
    remedy,
  });
}

function answerTo(question: Question, { clock, unanswered }: ChainContext): Promise<AwsIdentity> {
  const { label, load, limitMs = totalLimitMs, givenUpMs = limitMs } = question;
  const now = steadyTime(clock);
  const asked = unanswered.get(label);
  if (asked !== undefined && now - asked.since < givenUpMs) return asked.answer;
  const answer = import("@aws-sdk/credential-providers").then(load).finally(() => {
    if (unanswered.get(label)?.answer === answer) unanswered.delete(label);
  });
  unanswered.set(label, { answer, since: now });
  return answer;
}

/**
 * An error's words without what may hold a secret: a command line, or the piece of text that a JSON parser quotes.
 * For the same reason the error is not kept as the cause.
 */
function wordsOf(error: unknown): string {
  if (error instanceof SyntaxError) {
    return "the answer was not JSON.";
  }
  const words = error instanceof Error ? error.message : "";
  if (words.startsWith("Command failed:")) {
    return "the credential process failed.";
  }
  return words === "" ? "no reason was given." : words;
}

/**
 * A part that is no text, or that no header can carry, would fail each signature, and AWS, who is never asked then, would tell nobody to
 * fetch others: a credential process that wrote nonsense once would be believed until the next start.
 */
function checkVisible(value: unknown, part: string, place: Pick<Question, "label" | "remedy">): void {
  if (typeof value === "string" && /^[\x21-\x7e]+$/.test(value)) return;
  unreadable(place, `${part} is empty, no text, or holds a space or a character that is not ASCII.`);
}

function keysOf(identity: AwsIdentity, place: Pick<Question, "label" | "remedy">): AwsKeys {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = identity;
  checkVisible(accessKeyId, "the access key id", place);
  checkVisible(secretAccessKey, "the secret access key", place);
  if (sessionToken !== undefined && sessionToken !== "") checkVisible(sessionToken, "the session token", place);
  return {
    kind: "keys",
    accessKeyId,
    secretAccessKey: new Secret(secretAccessKey),
    ...(sessionToken !== undefined && sessionToken !== "" && { sessionToken: new Secret(sessionToken) }),
    // Text that is no date, as a credential process may give, tells nothing of the term.
    ...(expiration !== undefined && !Number.isNaN(expiration.getTime()) && { expiresAt: expiration.getTime() }),
  };
}
