import type { CredentialTestTools } from "../credential-test.ts";
import type { Operation } from "../operation.ts";
import { apiKeyOperations } from "./api-keys.ts";
import { auditOperations } from "./audit.ts";
import { configOperations } from "./configs.ts";
import { integrationOperations } from "./integrations.ts";
import { peopleOperations } from "./people.ts";
import { promptCollectionOperations, promptLabelOperations } from "./prompt-labels.ts";
import { promptPartialOperations } from "./prompt-partials.ts";
import { promptOperations } from "./prompts.ts";
import { projectOperations } from "./projects.ts";
import { providerOperations } from "./providers.ts";
import { virtualKeyOperations } from "./virtual-keys.ts";

/** Every operation of the control API, in the order of the document. */
export function allOperations(tools: CredentialTestTools): Operation[] {
  return [
    ...virtualKeyOperations(tools),
    ...integrationOperations(),
    ...providerOperations(),
    ...configOperations(),
    ...promptOperations(),
    ...promptPartialOperations(),
    ...promptLabelOperations(),
    ...promptCollectionOperations(),
    ...apiKeyOperations(),
    ...projectOperations(),
    ...peopleOperations(),
    ...auditOperations(),
  ];
}
