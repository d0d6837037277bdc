/** The routes of the control API, its document and its page. */
import { openGet } from "../http/routes/open-get.ts";
import type { Route } from "../http/routes/route.ts";
import { apiPage, contentSecurityPolicy } from "./api-page.ts";
import type { OperationTools } from "./operations/all.ts";
import { openApiDocument } from "./document/openapi.ts";
import { allOperations } from "./operations/all.ts";
import { logExportFileRoute } from "./operations/log-exports.ts";
import type { Store } from "../store/store.ts";
import { Idempotency } from "./idempotency.ts";
import type { ControlParts } from "./parts.ts";
import { describedRoutes } from "./document/described-routes.ts";
import { routeOf, type ControlBase, type ControlRoutesOptions } from "./run-operation.ts";

/** What stands on the store, and the store. */
interface OpenedParts extends ControlParts {
  store: Store;
}

export interface ControlOptions extends Omit<ControlRoutesOptions, "ready">, OperationTools {
  /** Rejects with `store_unavailable` where the store is not open. */
  ready: () => OpenedParts | Promise<OpenedParts>;
  /** Of the package. */
  version: string;
}

export function controlRoutes(options: ControlOptions): Route[] {
  const operations = allOperations(options);
  let base: ControlBase | undefined;
  const ready = async (): Promise<ControlBase> => {
    const parts = await options.ready();
    return (base ??= { store: parts.store, parts, idempotency: new Idempotency(parts.vault) });
  };
  // Made when they are first asked for: most starts serve nobody who reads them. The same bytes for all who ask, for nobody needs a key:
  // what nobody takes of an answer is held by the answer alone.
  let document: Buffer | undefined;
  let page: Buffer | undefined;
  const made = () => openApiDocument(describedRoutes(options), options.version);
  return [
    ...operations.map((operation) =>
      routeOf(operation, { ready, maxJsonDepth: options.maxJsonDepth, isTls: options.isTls }),
    ),
    logExportFileRoute(options.ready),
    openGet("/openapi.json", (_incoming, reply) => {
      reply.send(200, (document ??= Buffer.from(JSON.stringify(made()))));
    }),
    openGet("/docs/api", (_incoming, reply) => {
      reply.header("content-security-policy", contentSecurityPolicy);
      reply.header("referrer-policy", "no-referrer");
      reply.send(200, (page ??= Buffer.from(apiPage(made()))), "text/html; charset=utf-8");
    }),
  ];
}
