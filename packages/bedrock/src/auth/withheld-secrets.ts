import { AditError, type AwsRefusal, type ProviderRefusal } from "../errors/adit-error.ts";
import type { Secret } from "../secret.ts";
import { longestNative, placesOfText } from "../text-search.ts";
import type { Credentials, CredentialSource } from "./credentials.ts";

/** AWS has no shorter secrets, and a shorter text would be found in too many ordinary words. */
export const shortestWithheld = 8;

/**
 * The words without the secrets of these credentials: `[secret]` stands in their place. In `SignatureDoesNotMatch` AWS repeats the
 * canonical request that it expected, `x-amz-security-token` in it; an endpoint that is not AWS may repeat anything, as it stands in an
 * address too.
 */
export function withoutSecrets(words: string, credentials: Credentials): string {
  let safe = words;
  for (const secret of secretsOf(credentials)) {
    const value = secret.reveal();
    if (value.length < shortestWithheld) continue;
    safe = withoutText(safe, value);
    if (safe.includes("%")) for (const form of formsInAddresses(value)) safe = withoutText(safe, form);
  }
  return safe;
}

const hiders = new WeakMap<Credentials, (words: string) => string>();

/** {@link withoutSecrets} of these credentials: of the same ones the same function, so that who gathers them has each once. */
export function hiderOf(credentials: Credentials): (words: string) => string {
  const known = hiders.get(credentials);
  if (known !== undefined) return known;
  const hide = (words: string): string => withoutSecrets(words, credentials);
  hiders.set(credentials, hide);
  return hide;
}

/** The words with `[secret]` wherever `secret` stands. */
export function withoutText(words: string, secret: string): string {
  if (secret.length <= longestNative) return words.replaceAll(secret, "[secret]");
  let safe = "";
  let copied = 0;
  for (const place of placesOfText(words, secret)) {
    safe += `${words.slice(copied, place)}[secret]`;
    copied = place + secret.length;
  }
  return safe + words.slice(copied);
}

/** A secret as it stands in an address, percent-encoded with capitals or without, where that is another text. */
export function formsInAddresses(secret: string): string[] {
  const encoded = encodeURIComponent(secret.toWellFormed());
  if (encoded === secret) return [];
  return [encoded, encoded.replaceAll(/%../g, (code) => code.toLowerCase())];
}

/** The error with words that hold none of the secrets; the same object where it held none. */
export function errorWithoutSecrets(error: AditError, credentials: Credentials): AditError {
  const message = withoutSecrets(error.message, credentials);
  const aws = refusalWithoutSecrets(error.aws, credentials);
  const provider = namesWithoutSecrets(error.provider, credentials);
  if (message === error.message && aws === error.aws && provider === error.provider) return error;
  const safe = new AditError(error.code, message, {
    status: error.status,
    retryable: error.retryable,
    remedy: error.remedy,
    quotesAnswer: error.quotesAnswer,
    ...(error.param !== undefined && { param: error.param }),
    ...(aws !== undefined && { aws }),
    ...(provider !== undefined && { provider }),
    ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
  });
  safe.place = error.place;
  return safe;
}

/**
 * The same for what is thrown when an answer is read behind the call's tries. As it is where the source has no credentials any more to
 * compare it with.
 */
export async function thrownWithoutSecrets(thrown: unknown, source: CredentialSource): Promise<unknown> {
  if (!AditError.isInstance(thrown)) return thrown;
  const credentials = await source.get().catch(() => undefined);
  return credentials === undefined ? thrown : errorWithoutSecrets(thrown, credentials);
}

/** What AWS said, in words that hold none of the secrets; the same object where it held none. */
function refusalWithoutSecrets(aws: AwsRefusal | undefined, credentials: Credentials): AwsRefusal | undefined {
  if (aws === undefined) return undefined;
  const safe = { ...aws };
  let isSame = true;
  for (const member of ["message", "originalMessage", "type", "typeHeader", "body", "requestId"] as const) {
    const words = aws[member];
    if (words === undefined) continue;
    safe[member] = withoutSecrets(words, credentials);
    isSame &&= safe[member] === words;
  }
  return isSame ? aws : safe;
}

/** The names that a target gave its error: it may have written anything there. The same object where it held no secret. */
function namesWithoutSecrets(
  provider: ProviderRefusal | undefined,
  credentials: Credentials,
): ProviderRefusal | undefined {
  if (provider === undefined) return undefined;
  const safe = { ...provider };
  let isSame = true;
  for (const member of ["requestId", "type", "code", "param"] as const) {
    const name = provider[member];
    if (typeof name !== "string") continue;
    safe[member] = withoutSecrets(name, credentials);
    isSame &&= safe[member] === name;
  }
  return isSame ? provider : safe;
}

function secretsOf(credentials: Credentials): Secret[] {
  if (credentials.kind === "bearer") return [credentials.token];
  const { secretAccessKey, sessionToken } = credentials;
  return sessionToken === undefined ? [secretAccessKey] : [secretAccessKey, sessionToken];
}
