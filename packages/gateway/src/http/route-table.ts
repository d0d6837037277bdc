/** Finds the route of a request. */
import type { Method, Route } from "./route.ts";

/** The routes of one path. */
type Row = Partial<Record<Method, Route>>;

/** In the order in which `Allow` names them. */
const methods: readonly Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** What the table says: the route; or the methods that the path takes; or, where nothing is at the path, undefined. */
export type Found = { route: Route; allow?: never } | { route?: never; allow: string } | undefined;

export class RouteTable {
  readonly #exact = new Map<string, Row>();
  /** Longest first. */
  readonly #prefixes: { prefix: string; row: Row }[] = [];

  /** @throws Error for two routes of one method and path. */
  constructor(routes: readonly Route[]) {
    for (const route of routes) this.#add(route);
    this.#prefixes.sort((one, other) => other.prefix.length - one.prefix.length);
  }

  /** A path counts with and without a slash at its end. GET answers HEAD. */
  find(method: string, path: string): Found {
    const row = this.#row(path);
    if (row === undefined) return undefined;
    const known = methods.find((one) => one === (method === "HEAD" ? "GET" : method));
    const route = known === undefined ? undefined : row[known];
    return route === undefined ? { allow: allowed(row) } : { route };
  }

  /** True where some method is answered at the path. */
  has(path: string): boolean {
    return this.#row(path) !== undefined;
  }

  #row(path: string): Row | undefined {
    const exact = this.#exact.get(path);
    if (exact !== undefined) return exact;
    if (path.endsWith("/") && path !== "/") {
      const bare = this.#exact.get(path.slice(0, -1));
      if (bare !== undefined) return bare;
    }
    return this.#prefixes.find(({ prefix }) => path.length > prefix.length && path.startsWith(prefix))?.row;
  }

  #add(route: Route): void {
    const row = route.path.endsWith("/*") ? this.#prefixRow(route.path.slice(0, -1)) : this.#exactRow(route.path);
    if (row[route.method] !== undefined) throw new Error(`Two routes for ${route.method} ${route.path}.`);
    row[route.method] = route;
  }

  #exactRow(path: string): Row {
    const bare = path.endsWith("/") && path !== "/" ? path.slice(0, -1) : path;
    const row = this.#exact.get(bare) ?? {};
    this.#exact.set(bare, row);
    return row;
  }

  #prefixRow(prefix: string): Row {
    const found = this.#prefixes.find((entry) => entry.prefix === prefix);
    if (found !== undefined) return found.row;
    const row: Row = {};
    this.#prefixes.push({ prefix, row });
    return row;
  }
}

function allowed(row: Row): string {
  const taken = methods.filter((method) => row[method] !== undefined);
  return [...taken.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])), "OPTIONS"].join(", ");
}
