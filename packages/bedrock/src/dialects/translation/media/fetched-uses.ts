import type { FetchedMedia } from "../context.ts";
import { invalidRequest } from "../fields/request-fault.ts";

/** As much as is fetched for one request, 50 MiB, in base64. */
const most = Math.ceil((50 * 1024 * 1024) / 3) * 4;

/**
 * What the addresses of a request lead to, for one translation. It is fetched once for each address, and written wherever that stands: all
 * together may be no more than what may be fetched, for one small request could fill the memory with one large image.
 */
export class FetchedUses {
  readonly #media: ReadonlyMap<string, FetchedMedia>;
  #length = 0;

  constructor(media: ReadonlyMap<string, FetchedMedia>) {
    this.#media = media;
  }

  /** To be called for each place of the address. Undefined where it was not fetched. @throws AditError `invalid_request` for too much */
  at(url: string, path: string): FetchedMedia | undefined {
    const found = this.#media.get(url);
    this.#length += found?.bytes.length ?? 0;
    if (this.#length > most) {
      throw invalidRequest(
        path,
        `${path}: with what this address leads to, the request has more than the 50 MiB of fetched media that it may have`,
      );
    }
    return found;
  }
}
