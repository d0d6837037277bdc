/** What stops no start, and what the operator should know of all the same. */
import { certificateWarning } from "../http/listener/tls-files.ts";
import type { Settings } from "../settings.ts";
import { unknownSettings } from "../unknown-settings.ts";

/** Sentences without a secret. @throws AditError where a file of the settings cannot be used */
export function startWarnings({ environment, traceExport, tls }: Settings, now: number): string[] {
  const ofTls = tls === undefined ? undefined : certificateWarning(tls, now);
  return [...unknownSettings(environment), traceExport?.warning, ofTls].filter((warning) => warning !== undefined);
}
