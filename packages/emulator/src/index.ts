export { startEmulator } from "./emulator.ts";
export { exampleApiKey, exampleCredential } from "./auth/example-keys.ts";
export { parseScenario, ScenarioError } from "./faults/parse.ts";
export type { Fault, FaultScope, Scenario } from "./faults/fault.ts";
export type { FaultName } from "./faults/short-names.ts";
export type { Emulator, EmulatorCredential, EmulatorOptions, EmulatorRole, SeenRequest } from "./options.ts";
export { RecordingError } from "./replay/recordings.ts";
export type { Quota } from "./quotas/quota.ts";
