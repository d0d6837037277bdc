/** What a command was told to use and what is not in the store. */
import { AditError } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";

/** Names what is near among the others. `what`: such as `config`. */
export function missing(what: string, slug: string, others: readonly { slug: string }[]): AditError {
  const near = didYouMean(
    slug,
    others.map((other) => other.slug),
  );
  return new AditError("not_found", `There is no ${what} ${JSON.stringify(slug.slice(0, 64))} here.${near}`, {
    remedy: "See what there is, by list.",
  });
}
