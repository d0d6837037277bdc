import type { AditError } from "../../errors/adit-error.ts";
import type { JsonObject } from "../../json.ts";

/** How one exchange ended: with a reply or with an error, and what its status line and headers said, if there were any. */
export interface Outcome<Reply> {
  result: Result<Reply>;
  status: number | undefined;
  requestId: string | undefined;
  /** The `Date` header. */
  date: string | undefined;
  /** What an answer says it used which says too that it failed. */
  usage?: JsonObject | undefined;
}

type Result<Reply> = { reply: Reply; error?: undefined } | { error: AditError; reply?: undefined };

/** An outcome with what its reply's head said. */
export function outcomeOf<Reply>(
  result: Result<Reply>,
  status: number | undefined,
  requestId: string | undefined,
  date: string | undefined,
): Outcome<Reply> {
  return { result, status, requestId, date };
}

/** The outcome of a call that came to no answer at all. */
export function outcomeWithoutHead(error: AditError): Outcome<never> {
  return { result: { error }, status: undefined, requestId: undefined, date: undefined };
}
