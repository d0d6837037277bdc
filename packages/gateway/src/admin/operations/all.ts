import type { CredentialTestTools } from "../credential-test.ts";
import type { Operation } from "../operation.ts";
import { analyticsOperations } from "./analytics.ts";
import { apiKeyOperations } from "./api-keys.ts";
import { auditOperations } from "./audit.ts";
import { configOperations } from "./configs.ts";
import { logExportOperations } from "./log-exports.ts";
import { logViewOperations } from "./log-views.ts";
import { logOperations, type LogTools } from "./logs.ts";
import { feedbackOperations } from "./feedback.ts";
import { integrationOperations } from "./integrations.ts";
import { logSettingsOperations } from "./log-settings.ts";
import { peopleOperations } from "./people.ts";
import { projectOperations } from "./projects.ts";
import { providerOperations } from "./providers.ts";
import { virtualKeyOperations } from "./virtual-keys.ts";

/** Every operation of the control API, in the order of the document. */
export function allOperations(tools: CredentialTestTools & LogTools): Operation[] {
  return [
    ...virtualKeyOperations(tools),
    ...integrationOperations(),
    ...providerOperations(),
    ...configOperations(),
    ...apiKeyOperations(),
    ...projectOperations(),
    ...peopleOperations(),
    ...logOperations(tools),
    ...logSettingsOperations(),
    ...logExportOperations(),
    ...logViewOperations(),
    ...feedbackOperations(),
    ...analyticsOperations(),
    ...auditOperations(),
  ];
}
