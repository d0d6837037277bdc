import { mustBeFetched } from "./data-url.ts";

const noUrls: ReadonlyMap<string, string> = new Map();

/** Where the parts of an item or a message stand, and how a part names an address. */
interface MediaPlaces<Item, Part> {
  /** The list's name in the body. */
  list: string;
  partsOf: (item: Item) => { parts: readonly Part[]; field: string } | undefined;
  urlOf: (part: Part) => { url: string; field: string } | undefined;
}

/**
 * Addresses whose bytes are needed before the translation, each once, in order, with the path of the field that named it first. Data URLs and
 * places in S3 are none of them; addresses that may not be fetched (http, file, inner hosts) are, and the fetcher refuses them.
 */
export function mediaUrlsIn<Item, Part>(
  items: readonly Item[],
  { list, partsOf, urlOf }: MediaPlaces<Item, Part>,
): ReadonlyMap<string, string> {
  let urls: Map<string, string> | undefined;
  for (const [index, item] of items.entries()) {
    const found = partsOf(item);
    for (const [place, part] of found?.parts.entries() ?? []) {
      const named = urlOf(part);
      if (named === undefined || !mustBeFetched(named.url)) {
        continue;
      }
      urls ??= new Map();
      if (!urls.has(named.url)) {
        urls.set(named.url, `${list}[${index}].${found?.field}[${place}].${named.field}`);
      }
    }
  }
  return urls ?? noUrls;
}
