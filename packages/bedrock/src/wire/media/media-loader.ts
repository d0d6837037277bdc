import { fetchMedia, type FetchedMedia, type FetchMediaOptions } from "./fetch-media.ts";

/**
 * Fetches for one request, each set of addresses once, however many targets the request is translated for. Addresses come with the
 * paths of their fields, for errors.
 * A failure is kept too: what cannot be fetched for one target cannot for the next.
 */
export function mediaLoader(
  options: Omit<FetchMediaOptions, "params">,
): (urls: ReadonlyMap<string, string>) => Promise<ReadonlyMap<string, FetchedMedia>> {
  let loaded: Map<string, Promise<ReadonlyMap<string, FetchedMedia>>> | undefined;
  return (urls) => {
    loaded ??= new Map();
    const key = [...urls.keys()].join("\n");
    const known = loaded.get(key);
    if (known !== undefined) return known;
    const loading = fetchMedia([...urls.keys()], { ...options, params: urls });
    loaded.set(key, loading);
    return loading;
  };
}
