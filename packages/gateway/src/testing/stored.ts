import { AditError, systemClock, type CredentialSource } from "@adit/bedrock";
import { readSettings, type Settings } from "../settings.ts";
import { Stored, type StoredOptions } from "../stored.ts";

/** A server without credentials. */
const noServer: CredentialSource = {
  label: "server",
  get: () => Promise.reject(new AditError("no_credentials", "There are none in this test.")),
  invalidate: () => {},
};

/** What the gateway keeps, as the settings or variables say, not opened yet. Nothing is sent anywhere. */
export function storedFor(given: Settings | Record<string, string>, changes: Partial<StoredOptions> = {}): Stored {
  const settings = isSettings(given) ? given : readSettings(given);
  return new Stored({
    settings,
    clock: systemClock,
    server: noServer,
    serverRegion: "us-east-1",
    sendSts: () => Promise.reject(new Error("This test calls no STS.")),
    post: () => Promise.reject(new Error("This test posts to nobody.")),
    environment: {},
    ledger: { follow: () => Promise.resolve(), attach: () => {} },
    onFault: () => {},
    ...changes,
  });
}

function isSettings(given: Settings | Record<string, string>): given is Settings {
  return "maxBodyBytes" in given;
}
