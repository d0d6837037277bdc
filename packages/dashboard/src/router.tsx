/** Paths and their pages. Pages other than the first are loaded when they are asked for. */
import { createRootRoute, createRoute, createRouter, Outlet, retainSearchParams } from "@tanstack/react-router";
import { textIn } from "./controls/search-text.ts";
import { AppFrame } from "./frame/app-frame.tsx";
import { lazyPage } from "./frame/lazy-page.ts";
import type { AuditFilter } from "./pages/audit/audit-page.tsx";
import { FrameFault, NotFoundPage, PageFault } from "./frame/page-fault.tsx";
import { analyticsFilterIn } from "./pages/analytics/analytics-query.ts";
import { logFilterIn } from "./pages/logs/log-query.ts";
import { SignInPage } from "./pages/sign-in/sign-in-page.tsx";
import { StartPage } from "./pages/start/start-page.tsx";

/** What may stand in the address of any page. */
interface EveryPageSearch {
  project?: string | undefined;
  /** The part of the page that is shown. */
  tab?: string | undefined;
  /** What its list is searched for. */
  search?: string | undefined;
}

const root = createRootRoute({
  component: Outlet,
  errorComponent: FrameFault,
  validateSearch: (search: Record<string, unknown>): EveryPageSearch => ({
    project: textIn(search, "project"),
    tab: textIn(search, "tab"),
    search: textIn(search, "search"),
  }),
  search: { middlewares: [retainSearchParams(["project"])] },
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: SignInPage,
  validateSearch: (search: Record<string, unknown>): { next?: string | undefined } => ({
    next: textIn(search, "next"),
  }),
});

const frame = createRoute({ getParentRoute: () => root, id: "frame", component: AppFrame, errorComponent: FrameFault });

const start = createRoute({ getParentRoute: () => frame, path: "/", component: StartPage });

const credentials = createRoute({
  getParentRoute: () => frame,
  path: "/credentials",
  component: lazyPage(() => import("./pages/credentials/credentials-page.tsx"), "CredentialsPage"),
});
const newCredential = createRoute({
  getParentRoute: () => frame,
  path: "/credentials/new",
  component: lazyPage(() => import("./pages/credentials/new-credential-page.tsx"), "NewCredentialPage"),
});
const credential = createRoute({
  getParentRoute: () => frame,
  path: "/credentials/$slug",
  component: lazyPage(() => import("./pages/credentials/credential-page.tsx"), "CredentialPage"),
  validateSearch: (
    search: Record<string, unknown>,
  ): {
    test?: boolean | undefined;
    /** To be asked by the test. */
    model?: string | undefined;
  } => ({
    test: search["test"] === true ? true : undefined,
    model: textIn(search, "model"),
  }),
});

const models = createRoute({
  getParentRoute: () => frame,
  path: "/models",
  component: lazyPage(() => import("./pages/models/models-page.tsx"), "ModelsPage"),
  validateSearch: (
    search: Record<string, unknown>,
  ): {
    provider?: string | undefined;
    output?: string | undefined;
    can?: string | undefined;
  } => ({
    provider: textIn(search, "provider"),
    output: textIn(search, "output"),
    can: textIn(search, "can"),
  }),
});
const model = createRoute({
  getParentRoute: () => frame,
  path: "/models/$id",
  component: lazyPage(() => import("./pages/models/model-page.tsx"), "ModelPage"),
});

const keys = createRoute({
  getParentRoute: () => frame,
  path: "/keys",
  component: lazyPage(() => import("./pages/keys/keys-page.tsx"), "KeysPage"),
});
const newKey = createRoute({
  getParentRoute: () => frame,
  path: "/keys/new",
  component: lazyPage(() => import("./pages/keys/new-key-page.tsx"), "NewKeyPage"),
});
const key = createRoute({
  getParentRoute: () => frame,
  path: "/keys/$id",
  component: lazyPage(() => import("./pages/keys/key-page.tsx"), "KeyPage"),
});

const connectors = createRoute({
  getParentRoute: () => frame,
  path: "/connectors",
  component: lazyPage(() => import("./pages/connectors/connectors-page.tsx"), "ConnectorsPage"),
});
const newConnector = createRoute({
  getParentRoute: () => frame,
  path: "/connectors/new",
  component: lazyPage(() => import("./pages/connectors/new-connector-page.tsx"), "NewConnectorPage"),
});
const connector = createRoute({
  getParentRoute: () => frame,
  path: "/connectors/$slug",
  component: lazyPage(() => import("./pages/connectors/connector-page.tsx"), "ConnectorPage"),
});

const configs = createRoute({
  getParentRoute: () => frame,
  path: "/configs",
  component: lazyPage(() => import("./pages/configs/configs-page.tsx"), "ConfigsPage"),
});
const newConfig = createRoute({
  getParentRoute: () => frame,
  path: "/configs/new",
  component: lazyPage(() => import("./pages/configs/new-config-page.tsx"), "NewConfigPage"),
});
const config = createRoute({
  getParentRoute: () => frame,
  path: "/configs/$slug",
  component: lazyPage(() => import("./pages/configs/config-page.tsx"), "ConfigPage"),
});

const guardrails = createRoute({
  getParentRoute: () => frame,
  path: "/guardrails",
  component: lazyPage(() => import("./pages/guardrails/guardrails-page.tsx"), "GuardrailsPage"),
});
const newGuardrail = createRoute({
  getParentRoute: () => frame,
  path: "/guardrails/new",
  component: lazyPage(() => import("./pages/guardrails/new-guardrail-page.tsx"), "NewGuardrailPage"),
});
const guardrail = createRoute({
  getParentRoute: () => frame,
  path: "/guardrails/$slug",
  component: lazyPage(() => import("./pages/guardrails/guardrail-page.tsx"), "GuardrailPage"),
});

const audit = createRoute({
  getParentRoute: () => frame,
  path: "/audit",
  component: lazyPage(() => import("./pages/audit/audit-page.tsx"), "AuditPage"),
  validateSearch: (search: Record<string, unknown>): AuditFilter => ({
    action: textIn(search, "action"),
    object: textIn(search, "object"),
    actor: textIn(search, "actor"),
    from: textIn(search, "from"),
    to: textIn(search, "to"),
  }),
});
const settings = createRoute({
  getParentRoute: () => frame,
  path: "/settings",
  component: lazyPage(() => import("./pages/settings/settings-page.tsx"), "SettingsPage"),
});

const limits = createRoute({
  getParentRoute: () => frame,
  path: "/limits",
  component: lazyPage(() => import("./pages/limits/limits-page.tsx"), "LimitsPage"),
});

const prompts = createRoute({
  getParentRoute: () => frame,
  path: "/prompts",
  component: lazyPage(() => import("./pages/prompts/prompts-page.tsx"), "PromptsPage"),
  validateSearch: (search: Record<string, unknown>): { collection?: string | undefined } => ({
    collection: textIn(search, "collection"),
  }),
});
const newPrompt = createRoute({
  getParentRoute: () => frame,
  path: "/prompts/new",
  component: lazyPage(() => import("./pages/prompts/new-prompt-page.tsx"), "NewPromptPage"),
});
const prompt = createRoute({
  getParentRoute: () => frame,
  path: "/prompts/$slug",
  component: lazyPage(() => import("./pages/prompts/prompt-page.tsx"), "PromptPage"),
});

const logs = createRoute({
  getParentRoute: () => frame,
  path: "/logs",
  component: lazyPage(() => import("./pages/logs/logs-page.tsx"), "LogsPage"),
  validateSearch: logFilterIn,
});
const log = createRoute({
  getParentRoute: () => frame,
  path: "/logs/$id",
  component: lazyPage(() => import("./pages/logs/log-page.tsx"), "LogPage"),
});

const traces = createRoute({
  getParentRoute: () => frame,
  path: "/traces",
  component: lazyPage(() => import("./pages/traces/traces-page.tsx"), "TracesPage"),
});
const trace = createRoute({
  getParentRoute: () => frame,
  path: "/traces/$id",
  component: lazyPage(() => import("./pages/traces/trace-page.tsx"), "TracePage"),
  validateSearch: (search: Record<string, unknown>): { span?: string | undefined } => ({
    span: textIn(search, "span"),
  }),
});

const analytics = createRoute({
  getParentRoute: () => frame,
  path: "/analytics",
  component: lazyPage(() => import("./pages/analytics/analytics-page.tsx"), "AnalyticsPage"),
  validateSearch: analyticsFilterIn,
});

const playground = createRoute({
  getParentRoute: () => frame,
  path: "/playground",
  component: lazyPage(() => import("./pages/playground/playground-page.tsx"), "PlaygroundPage"),
  validateSearch: (search: Record<string, unknown>): { model?: string | undefined } => ({
    model: textIn(search, "model"),
  }),
});

/** Every other address, with the ways to the pages beside it. */
const notFound = createRoute({ getParentRoute: () => frame, path: "$", component: NotFoundPage });

const routeTree = root.addChildren([
  signIn,
  frame.addChildren([
    start,
    credentials,
    newCredential,
    credential,
    models,
    model,
    keys,
    newKey,
    key,
    connectors,
    newConnector,
    connector,
    configs,
    newConfig,
    config,
    guardrails,
    newGuardrail,
    guardrail,
    audit,
    settings,
    limits,
    prompts,
    newPrompt,
    prompt,
    logs,
    log,
    traces,
    trace,
    analytics,
    playground,
    notFound,
  ]),
]);

export const router = createRouter({
  routeTree,
  basepath: "/ui",
  defaultPreload: "intent",
  defaultErrorComponent: PageFault,
  defaultNotFoundComponent: NotFoundPage,
  scrollRestoration: true,
  // Of another key, config or prompt nothing stays on the page: no secret that was shown once, nothing that was typed.
  defaultRemountDeps: ({ params }) => params,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
