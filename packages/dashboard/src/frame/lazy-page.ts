/** Pages that are loaded when they are asked for. */
import { lazyRouteComponent } from "@tanstack/react-router";
import { unreachable } from "../api/api-error.ts";

/**
 * Where a page's script is gone, as after an upgrade, the router has the browser load everything anew. While the gateway does not answer, the
 * browser would be left with its own words and nothing else: then the page alone says so, and the others stand.
 */
export const lazyPage: typeof lazyRouteComponent = (load, name) => lazyRouteComponent(() => load().catch(whyNot), name);

async function whyNot(cause: unknown): Promise<never> {
  await fetch("/health").catch(() => Promise.reject(unreachable(cause)));
  throw cause;
}
