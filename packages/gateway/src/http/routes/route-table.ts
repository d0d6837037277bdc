/** Finds the route of a request. */
import { routeMethods, type Route } from "./route.ts";

/** The routes of one path, by method. */
type Row = Map<string, Route>;

/** Values of the `{name}` parts of a path. */
export type PathParameters = Readonly<Record<string, string>>;

/** What the table says: the route; or the methods that the path takes; or, where nothing is at the path, undefined. */
export type Found =
  | { route: Route; parameters: PathParameters; allow?: never }
  | { route?: never; allow: string }
  | undefined;

/** A path with `{name}` parts. */
interface Pattern {
  path: string;
  /** A part that is a name stands for any one part of a path. */
  parts: readonly (string | { name: string })[];
  row: Row;
}

const none: PathParameters = {};
/** Of a path that nothing is at, so many parts are looked at. */
const mostParts = 8;

/** An exact path goes before one with parameters, which goes before a prefix. */
export class RouteTable {
  readonly #exact = new Map<string, Row>();
  /** By how many parts they have; those with fewer parameters first. */
  readonly #patterns = new Map<number, Pattern[]>();
  /** Longest first. */
  readonly #prefixes: { prefix: string; row: Row }[] = [];

  /** @throws Error for two routes of one method and path. */
  constructor(routes: readonly Route[]) {
    for (const route of routes) this.#add(route);
    for (const patterns of this.#patterns.values()) {
      patterns.sort((one, other) => parameterCount(one) - parameterCount(other));
    }
    this.#prefixes.sort((one, other) => other.prefix.length - one.prefix.length);
  }

  /** A path counts with and without a slash at its end. GET answers HEAD. */
  find(method: string, path: string): Found {
    const place = this.#place(path);
    if (place === undefined) return undefined;
    const route = place.row.get(method === "HEAD" ? "GET" : method);
    return route === undefined ? { allow: allowed(place.row) } : { route, parameters: place.parameters };
  }

  /** True where some method is answered at the path. */
  has(path: string): boolean {
    return this.#place(path) !== undefined;
  }

  /** Some route of the path, or of the longest beginning of it that has one: whose callers ask here. */
  neighbour(path: string): Route | undefined {
    const parts = path.split("/", mostParts);
    for (let length = parts.length; length > 1; length -= 1) {
      const [route] = this.#place(parts.slice(0, length).join("/"))?.row.values() ?? [];
      if (route !== undefined) return route;
    }
    return undefined;
  }

  #place(path: string): { row: Row; parameters: PathParameters } | undefined {
    const bare = path.endsWith("/") && path !== "/" ? path.slice(0, -1) : path;
    const exact = this.#exact.get(path) ?? this.#exact.get(bare);
    if (exact !== undefined) return { row: exact, parameters: none };
    const written = bare.split("/");
    for (const pattern of this.#patterns.get(written.length) ?? []) {
      const parameters = match(pattern, written);
      if (parameters !== undefined) return { row: pattern.row, parameters };
    }
    const prefix = this.#prefixes.find((entry) => path.length > entry.prefix.length && path.startsWith(entry.prefix));
    return prefix === undefined ? undefined : { row: prefix.row, parameters: none };
  }

  #add(route: Route): void {
    const row = this.#rowFor(route.path);
    if (row.has(route.method)) throw new Error(`Two routes for ${route.method} ${route.path}.`);
    row.set(route.method, route);
  }

  #rowFor(path: string): Row {
    if (path.endsWith("/*")) return this.#prefixRow(path.slice(0, -1));
    const bare = path.endsWith("/") && path !== "/" ? path.slice(0, -1) : path;
    return bare.includes("{") ? this.#patternRow(bare) : this.#exactRow(bare);
  }

  #exactRow(path: string): Row {
    const row: Row = this.#exact.get(path) ?? new Map();
    this.#exact.set(path, row);
    return row;
  }

  #patternRow(path: string): Row {
    const written = path.split("/");
    const patterns = this.#patterns.get(written.length) ?? [];
    const found = patterns.find((pattern) => pattern.path === path);
    if (found !== undefined) return found.row;
    const parts = written.map((part) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1];
      return name === undefined ? part : { name };
    });
    const row: Row = new Map();
    patterns.push({ path, parts, row });
    this.#patterns.set(written.length, patterns);
    return row;
  }

  #prefixRow(prefix: string): Row {
    const found = this.#prefixes.find((entry) => entry.prefix === prefix);
    if (found !== undefined) return found.row;
    const row: Row = new Map();
    this.#prefixes.push({ prefix, row });
    return row;
  }
}

function parameterCount({ parts }: Pattern): number {
  return parts.filter((part) => typeof part !== "string").length;
}

/**
 * The decoded values, where the path fits the pattern part by part. An empty part, or one that is not valid percent-encoding, fits nothing.
 */
function match({ parts }: Pattern, written: readonly string[]): PathParameters | undefined {
  for (let index = 0; index < parts.length; index += 1) {
    const part = parts[index];
    if (typeof part === "string" && part !== written[index]) return undefined;
  }
  const found: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    if (typeof part === "string") continue;
    const value = decoded(written[index] ?? "");
    if (value === undefined || value === "") return undefined;
    found[part.name] = value;
  }
  return found;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function allowed(row: Row): string {
  const methods = routeMethods.filter((method) => row.has(method));
  return [...methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])), "OPTIONS"].join(", ");
}
