/** The caller's headers: its own by their names, the vendors' as one namespace. */
import type { IncomingHttpHeaders } from "node:http";

/** Whose prefix a header has. The order is the order of precedence. */
const vendors = ["adit", "portkey", "obiguard"] as const;

export type Vendor = (typeof vendors)[number];

interface Prefix {
  text: string;
  /** Start of a name in which a client has put the vendor's name twice. */
  doubled: string;
}

const prefixes: readonly Prefix[] = vendors.map((vendor) => ({ text: `x-${vendor}-`, doubled: `${vendor}-` }));

/** Values by name, one map a vendor. */
type VendorMaps = (Map<string, string> | undefined)[];

const none: readonly string[] = [];

const letterX = "x".charCodeAt(0);

/**
 * `x-adit-`, `x-portkey-` and `x-obiguard-` are one namespace (this order wins), in which `_` and `-` are equal.
 * An empty header is an absent one. Headers that come twice are as node:http gives them: joined by `, `, or the first alone
 * where a list makes no sense (`authorization`).
 */
export class CallerHeaders {
  readonly #headers: IncomingHttpHeaders;
  #vendorMaps: VendorMaps | undefined;

  /** `headers` has lower-case names, as node:http and node:http2 give them. */
  constructor(headers: IncomingHttpHeaders) {
    this.#headers = headers;
  }

  /** The value of a header of the vendors' namespace, such as `api-key` or `aws_region`; undefined if absent or empty. */
  get(name: string): string | undefined {
    const maps = (this.#vendorMaps ??= readVendorMaps(this.#headers));
    const key = name.includes("_") ? name.replaceAll("_", "-") : name;
    return maps[0]?.get(key) ?? maps[1]?.get(key) ?? maps[2]?.get(key);
  }

  /** The names of the vendors' namespace that begin with `prefix`, as {@link get} knows them. */
  namesBeginning(prefix: string): readonly string[] {
    let names: Set<string> | undefined;
    for (const map of (this.#vendorMaps ??= readVendorMaps(this.#headers))) {
      for (const name of map?.keys() ?? none) {
        if (name.startsWith(prefix)) (names ??= new Set()).add(name);
      }
    }
    return names === undefined ? none : [...names];
  }

  /** The value of the header with exactly this name, lower case; undefined if absent or empty. */
  raw(name: string): string | undefined {
    return text(this.#headers[name]);
  }

  /** The headers whose names begin with `prefix`, lower case. */
  startingWith(prefix: string): Record<string, string> {
    const found: Record<string, string> = {};
    for (const name in this.#headers) {
      const value = name.startsWith(prefix) ? text(this.#headers[name]) : undefined;
      if (value !== undefined) found[name] = value;
    }
    return found;
  }

  /** The names of all headers, lower case; HTTP/2's pseudo-headers too. */
  names(): readonly string[] {
    return Object.keys(this.#headers);
  }

  /** True where at least one header with this vendor's prefix has a value. */
  uses(vendor: Vendor): boolean {
    const maps = (this.#vendorMaps ??= readVendorMaps(this.#headers));
    return maps[vendors.indexOf(vendor)] !== undefined;
  }
}

/** What is not text is no header: names such as `constructor` would find the object's own members. */
function text(value: unknown): string | undefined {
  const joined = Array.isArray(value) ? value.join(", ") : value;
  if (typeof joined !== "string") return undefined;
  const trimmed = joined.trim();
  return trimmed === "" ? undefined : trimmed;
}

function readVendorMaps(headers: IncomingHttpHeaders): VendorMaps {
  const maps: VendorMaps = [undefined, undefined, undefined];
  for (const name in headers) {
    if (name.charCodeAt(0) !== letterX) continue;
    const index = prefixes.findIndex((prefix) => name.startsWith(prefix.text));
    const prefix = prefixes[index];
    const value = prefix === undefined ? undefined : text(headers[name]);
    if (prefix === undefined || value === undefined) continue;
    keep((maps[index] ??= new Map<string, string>()), { written: name.slice(prefix.text.length), prefix, value });
  }
  return maps;
}

/**
 * Portkey's documents tell users of its Node SDK to pass `portkeyBeta`, which the SDK sends as `x-portkey-portkey-beta`;
 * an option in snake_case arrives with its underscores. The plain spelling wins over such a one.
 */
function keep(map: Map<string, string>, header: { written: string; prefix: Prefix; value: string }): void {
  const hyphened = header.written.replaceAll("_", "-");
  const name = hyphened.startsWith(header.prefix.doubled) ? hyphened.slice(header.prefix.doubled.length) : hyphened;
  if (name === header.written || !map.has(name)) map.set(name, header.value);
}
