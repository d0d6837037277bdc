import { AditError } from "../errors/adit-error.ts";
import type { Secret } from "../secret.ts";
import type { Credentials } from "./credentials.ts";

/**
 * The words without the secrets of these credentials: `[secret]` stands in their place. In `SignatureDoesNotMatch` AWS repeats the
 * canonical request that it expected, `x-amz-security-token` in it; an endpoint that is not AWS may repeat anything.
 */
export function withoutSecrets(words: string, credentials: Credentials): string {
  let safe = words;
  for (const secret of secretsOf(credentials)) {
    const value = secret.reveal();
    if (value !== "") safe = safe.replaceAll(value, "[secret]");
  }
  return safe;
}

/** The error with words that hold none of the secrets; the same object where it held none. */
export function errorWithoutSecrets(error: AditError, credentials: Credentials): AditError {
  const { aws } = error;
  const told = [error.message, aws?.message ?? "", aws?.originalMessage ?? ""];
  const [message = "", awsMessage = "", originalMessage = ""] = told.map((words) => withoutSecrets(words, credentials));
  if ([message, awsMessage, originalMessage].every((words, index) => words === told[index])) return error;
  const safe = new AditError(error.code, message, {
    status: error.status,
    retryable: error.retryable,
    remedy: error.remedy,
    ...(error.param !== undefined && { param: error.param }),
    ...(aws !== undefined && {
      aws: { ...aws, message: awsMessage, ...(originalMessage !== "" && { originalMessage }) },
    }),
    ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
  });
  safe.place = error.place;
  return safe;
}

function secretsOf(credentials: Credentials): Secret[] {
  if (credentials.kind === "bearer") return [credentials.token];
  const { secretAccessKey, sessionToken } = credentials;
  return sessionToken === undefined ? [secretAccessKey] : [secretAccessKey, sessionToken];
}
