/** Every page that there is, with what shows that its data are there. */
import type { Page } from "playwright-core";
import type { Furnished } from "./furnish.ts";

export interface ListedPage {
  name: string;
  path: string;
  ready: (page: Page) => Promise<void>;
}

const sees = (text: string | RegExp) => (page: Page) => page.getByText(text, { exact: false }).first().waitFor();

export function listedPages({ keyId, callId }: Furnished): ListedPage[] {
  return [
    ...(callId === undefined ? [] : [{ name: "log", path: `/logs/${callId}`, ready: sees("Causes by their signs") }]),
    { name: "start", path: "/", ready: sees("gateway keys") },
    { name: "credentials", path: "/credentials", ready: sees("Research account") },
    { name: "credential-new", path: "/credentials/new", ready: sees("What do you have?") },
    { name: "credential", path: "/credentials/research", ready: sees("CallModels") },
    { name: "models", path: "/models", ready: sees("amazon.nova-micro-v1:0") },
    { name: "model", path: "/models/amazon.nova-lite-v1:0", ready: sees("Ids to paste") },
    { name: "keys", path: "/keys", ready: sees("Support bot") },
    { name: "key-new", path: "/keys/new", ready: sees("What it is for") },
    { name: "key", path: `/keys/${keyId}`, ready: sees("Texts that count") },
    { name: "connectors", path: "/connectors", ready: sees("Summaries") },
    { name: "connector-new", path: "/connectors/new", ready: sees("Whose call it is") },
    { name: "connector", path: "/connectors/summaries", ready: sees("Does it work?") },
    { name: "configs", path: "/configs", ready: sees("Two regions") },
    { name: "config-new", path: "/configs/new", ready: sees("If it fails") },
    { name: "config", path: "/configs/pc-two-regions", ready: sees("If it fails") },
    { name: "prompts", path: "/prompts", ready: sees("Welcome") },
    { name: "prompts-partials", path: "/prompts?tab=partials", ready: sees("{{>pp-tone}}") },
    { name: "prompts-labels", path: "/prompts?tab=labels", ready: sees("canary") },
    { name: "prompts-collections", path: "/prompts?tab=collections", ready: sees("Support") },
    { name: "prompt-new", path: "/prompts/new", ready: sees("How it is called") },
    { name: "prompt", path: "/prompts/pp-welcome", ready: sees("Called at") },
    { name: "playground", path: "/playground", ready: sees("The answer appears here") },
    { name: "guardrails", path: "/guardrails", ready: sees("No cards") },
    { name: "guardrail-new", path: "/guardrails/new", ready: sees("as JSON schema") },
    { name: "guardrail", path: "/guardrails/pg-no-cards", ready: sees("In configs") },
    { name: "limits", path: "/limits", ready: sees("a month") },
    { name: "logs", path: "/logs", ready: sees("in all") },
    { name: "traces", path: "/traces", ready: sees("in all") },
    { name: "trace", path: "/traces/furnished", ready: sees(/(One call|calls) in /) },
    { name: "analytics", path: "/analytics", ready: sees("Apart by model") },
    { name: "settings-logs", path: "/settings?tab=logs", ready: sees("Days that content stays") },
    { name: "audit", path: "/audit", ready: sees("virtual key: create") },
    { name: "settings-people", path: "/settings?tab=people", ready: sees("@example.com") },
    { name: "settings-projects", path: "/settings?tab=projects", ready: sees("with the gateway") },
    { name: "settings-members", path: "/settings?tab=members", ready: sees("Members of") },
    { name: "settings-master-key", path: "/settings?tab=master-key", ready: sees("Without it nobody opens them") },
  ];
}

const presses =
  (...names: string[]) =>
  async (page: Page): Promise<void> => {
    for (const name of names) await page.getByRole("main").getByText(name).first().click();
  };

/** Parts of pages that stand there once something was pressed: forms that unfold, dialogs, what was chosen. */
export function openedPages({ callId }: Furnished): ListedPage[] {
  return [
    { name: "config-tree", path: "/configs/pc-two-regions", ready: presses("goes on after 429", "us-west-2 ·") },
    {
      name: "playground-knobs",
      path: "/playground",
      ready: presses("Thinking", "Tools and format", "Bedrock: guardrail", "Fields of the model's own"),
    },
    { name: "credential-new-role", path: "/credentials/new", ready: presses("IAM role", "Bounds and attribution") },
    { name: "key-new-bounds", path: "/keys/new", ready: presses("Bounds: models") },
    { name: "logs-filters", path: "/logs?search=nothing-has-this&content=true", ready: presses("More filters") },
    { name: "credential-delete", path: "/credentials/bedrock-production", ready: opensDialog("Delete") },
    { name: "limit-new", path: "/limits?tab=rate-limits", ready: opensDialog("Add a rate limit") },
    {
      name: "trace-span",
      path: "/traces/furnished",
      ready: (page) => page.locator(".waterfall-name").nth(1).click(),
    },
    ...(callId === undefined
      ? []
      : [{ name: "log-aws", path: `/logs/${callId}?tab=aws-0`, ready: hasRegion("the answer of the attempt 1") }]),
  ];
}

const hasRegion = (name: string) => (page: Page) => page.getByRole("region", { name }).waitFor();

function opensDialog(button: string) {
  return async (page: Page): Promise<void> => {
    await page.getByRole("main").getByRole("button", { name: button }).first().click();
    await page.getByRole("dialog").waitFor();
    await page.locator(".dialog .loading").waitFor({ state: "detached" });
  };
}
