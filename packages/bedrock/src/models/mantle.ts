/** Models that AWS serves by its own endpoints in OpenAI's or Anthropic's format, bedrock-mantle, and not by bedrock-runtime under the same id. */
import { RecentMap } from "../memory/recent-map.ts";
import data from "./data/mantle.json" with { type: "json" };
import { needText } from "../known-options.ts";

/** Where such a model is called. */
export interface MantlePlace {
  /** Before the format's own path, such as `/openai/v1`. */
  basePath: string;
  /** Formats that the model is served in there. */
  formats: readonly ("chat" | "responses" | "messages")[];
  /** What a chat completion's limit of tokens is called there, where the older name is refused. */
  chatLimit?: "max_completion_tokens";
}

interface MantleLine extends MantlePlace {
  stems: readonly string[];
  /** True: the whole id. False: its beginning, up to a part's end. */
  exact?: boolean;
  /** The source, or the reason. */
  why?: string;
}

const lines = data.lines as readonly MantleLine[];

/** The place of a model by its plain id; undefined for one that bedrock-runtime serves, as it does profiles (`us.` ...) and ARNs. */
export function mantlePlace(id: string): MantlePlace | undefined {
  needText(id, "model");
  const known = places.get(id);
  if (known !== undefined) {
    return known === none ? undefined : known;
  }
  const place = findPlace(id);
  if (id.length <= longestKept) {
    places.set(id, place ?? none);
  }
  return place;
}

const none: MantlePlace = { basePath: "", formats: [] };
/** Asked twice a call, of few models. */
const places = new RecentMap<string, MantlePlace>(500);
const longestKept = 1_000;

/** True for a name that bedrock-mantle alone has: where bedrock-runtime serves the model too, it is by another. */
export function isMantleName(id: string): boolean {
  return findPlace(id)?.exact === true;
}

function findPlace(id: string): MantleLine | undefined {
  return lines.find(({ stems, exact }) =>
    stems.some((stem) =>
      exact === true ? id === stem : id.startsWith(stem) && /^(?:[-.:]|$)/.test(id.slice(stem.length)),
    ),
  );
}
