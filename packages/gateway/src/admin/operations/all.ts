import type { RoutingDependencies } from "../../routing/dependencies.ts";
import type { CredentialCallTools } from "../credential-call.ts";
import type { CredentialTestTools } from "../credential-test.ts";
import type { Operation } from "../operation.ts";
import { analyticsOperations } from "./analytics.ts";
import { apiKeyOperations } from "./api-keys.ts";
import { auditOperations } from "./audit.ts";
import { configOperations } from "./configs.ts";
import { logExportOperations } from "./log-exports.ts";
import { logReplayOperations, type LogReplayTools } from "./log-replay.ts";
import { logViewOperations } from "./log-views.ts";
import { logOperations, type LogTools } from "./logs.ts";
import { feedbackOperations } from "./feedback.ts";
import { logSettingsOperations } from "./log-settings.ts";
import { connectorOperations, type ConnectorTools } from "./connectors.ts";
import { guardrailOperations } from "./guardrails.ts";
import { integrationOperations } from "./integrations.ts";
import { modelCatalogOperations } from "./model-catalog.ts";
import { limitOperations } from "./limits.ts";
import { metricsOperations } from "./metrics.ts";
import { peopleOperations } from "./people.ts";
import { priceOperations } from "./prices.ts";
import { traceOperations } from "./traces.ts";
import { promptCollectionOperations, promptLabelOperations } from "./prompt-labels.ts";
import { promptPartialOperations } from "./prompt-partials.ts";
import { promptOperations } from "./prompts.ts";
import { projectOperations } from "./projects.ts";
import { providerOperations } from "./providers.ts";
import { responseOperations } from "./responses.ts";
import { vaultOperations } from "./vault.ts";
import { virtualKeyOperations } from "./virtual-keys.ts";

/** What operations work with beside what is stored. */
export interface OperationTools
  extends CredentialTestTools, CredentialCallTools, ConnectorTools, LogTools, LogReplayTools {
  /** What a dry run makes its plan with. */
  routing: RoutingDependencies;
}

/** Every operation of the control API, in the order of the document. */
export function allOperations(tools: OperationTools): Operation[] {
  return [
    ...virtualKeyOperations(tools),
    ...integrationOperations(),
    ...providerOperations(),
    ...configOperations(tools),
    ...connectorOperations(tools),
    ...guardrailOperations(),
    ...promptOperations(),
    ...promptPartialOperations(),
    ...promptLabelOperations(),
    ...promptCollectionOperations(),
    ...apiKeyOperations(),
    ...modelCatalogOperations(tools),
    ...limitOperations(),
    ...projectOperations(),
    ...peopleOperations(),
    ...responseOperations(),
    ...logOperations(tools),
    ...logReplayOperations(tools),
    ...logSettingsOperations(tools),
    ...logExportOperations(),
    ...logViewOperations(),
    ...traceOperations(),
    ...feedbackOperations(),
    ...analyticsOperations(),
    ...priceOperations(),
    ...metricsOperations(tools),
    ...auditOperations(),
    ...vaultOperations(),
  ];
}
