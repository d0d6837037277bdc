/** The files by which the gateway serves https, as the operator named them. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { AditError } from "@adit/bedrock";
import type { TlsFiles } from "../../settings.ts";

interface TlsPair {
  cert: Buffer;
  key: Buffer;
}

/** By the settings that name them. A pipe, as that of `ADIT_TLS_KEY=<(...)`, can be read once alone. */
const pairs = new WeakMap<TlsFiles, TlsPair>();

/**
 * Read once, whoever asks.
 * @throws AditError `invalid_request` with the variable, where a file cannot be read, or the two are no certificate and its key
 */
export function readTlsFiles(tls: TlsFiles): TlsPair {
  const known = pairs.get(tls);
  if (known !== undefined) return known;
  const pair = readPair(tls);
  pairs.set(tls, pair);
  return pair;
}

function readPair(tls: TlsFiles): TlsPair {
  const cert = readTlsFile("ADIT_TLS_CERT", tls.certFile);
  const key = readTlsFile("ADIT_TLS_KEY", tls.keyFile);
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    throw new AditError(
      "invalid_request",
      `The files of ADIT_TLS_CERT and ADIT_TLS_KEY, ${tls.certFile} and ${tls.keyFile}, are no certificate and its key: ${(error as Error).message}.`,
      { remedy: "Both are PEM, and the key is the certificate's own, without a pass phrase.", cause: error },
    );
  }
  return { cert, key };
}

function readTlsFile(name: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new AditError("invalid_request", `The file of ${name}, ${file}, cannot be read.`, {
      param: name,
      remedy: `Set ${name} to a PEM file that the gateway may read, and start again.`,
      cause: error,
    });
  }
}

/** What the operator should know of the certificate at the start; undefined where clients can take it. @throws AditError as {@link readTlsFiles} */
export function certificateWarning(tls: TlsFiles, now: number): string | undefined {
  const { validFrom, validTo } = new X509Certificate(readTlsFiles(tls).cert);
  const file = `The certificate of ADIT_TLS_CERT, ${tls.certFile},`;
  if (Date.parse(validTo) < now) return `${file} expired on ${dayOf(validTo)}: clients refuse it.`;
  if (Date.parse(validFrom) > now) return `${file} is good from ${dayOf(validFrom)} on: until then clients refuse it.`;
  return undefined;
}

function dayOf(text: string): string {
  return new Date(text).toISOString().slice(0, 10);
}
