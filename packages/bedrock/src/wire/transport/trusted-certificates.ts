import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContext } from "node:tls";
import { variable, type Environment } from "../../auth/environment.ts";
import { AditError } from "../../errors/adit-error.ts";

/**
 * Of `AWS_CA_BUNDLE`, as AWS's command line reads it: a file of PEM certificates that are trusted in the place of Node's own. Undefined where
 * it is unset. Made once: a bundle takes longer to read than a handshake. Throws AditError `invalid_config`.
 */
export function trustedCertificates(environment: Environment): SecureContext | undefined {
  const file = variable(environment, "AWS_CA_BUNDLE");
  if (file === undefined) {
    return undefined;
  }
  try {
    const ca = readFileSync(file);
    // Node passes over what is no certificate, and trusts nobody then.
    new X509Certificate(ca);
    return createSecureContext({ ca });
  } catch (cause) {
    throw new AditError("invalid_config", `AWS_CA_BUNDLE names ${file}, which is no readable file of certificates.`, {
      param: "AWS_CA_BUNDLE",
      remedy: "Name a file of certificates in PEM, or unset AWS_CA_BUNDLE.",
      cause,
    });
  }
}
