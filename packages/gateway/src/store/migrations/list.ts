import { ledgerIndexes } from "./ledger-indexes.ts";
import { ledgerTables } from "./ledger.ts";
import { accessTables } from "./access.ts";
import { apiKeyDescriptions } from "./api-key-descriptions.ts";
import { configsAndConnectors } from "./configs-and-connectors.ts";
import { contentPairs } from "./content-pairs.ts";
import { drainedStreams } from "./drained-streams.ts";
import { gatewaysWords } from "./gateways-words.ts";
import { guardrailTables } from "./guardrails.ts";
import { limitPeriods } from "./limit-periods.ts";
import { limitTables } from "./limits.ts";
import { limitUseTables } from "./limit-use.ts";
import type { Migration } from "./migration.ts";
import { peopleAndProjects } from "./people-and-projects.ts";
import { promptTables } from "./prompts.ts";
import { providers } from "./providers.ts";
import { rightsOfKeptReplies } from "./rights-of-kept-replies.ts";
import { signInStrangers } from "./sign-in-strangers.ts";
import { slugsOfProjects } from "./slugs-of-projects.ts";
import { storedResponses } from "./stored-responses.ts";
import { vaultTables } from "./vault.ts";
import { virtualKeyAttribution } from "./virtual-key-attribution.ts";
import { virtualKeyTests } from "./virtual-key-tests.ts";
import { windowsByStart } from "./windows-by-start.ts";

/** Every step of the schema in order: the version of a schema is how many of them it has. New ones go to the end. */
export const migrations: readonly Migration[] = [
  peopleAndProjects,
  vaultTables,
  accessTables,
  configsAndConnectors,
  limitTables,
  limitUseTables,
  guardrailTables,
  promptTables,
  ledgerTables,
  ledgerIndexes,
  virtualKeyAttribution,
  drainedStreams,
  limitPeriods,
  storedResponses,
  slugsOfProjects,
  gatewaysWords,
  virtualKeyTests,
  apiKeyDescriptions,
  signInStrangers,
  contentPairs,
  providers,
  windowsByStart,
  rightsOfKeptReplies,
];
