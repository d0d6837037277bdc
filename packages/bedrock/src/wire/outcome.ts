import type { AditError } from "../errors/adit-error.ts";

/** How one exchange ended: with a reply or with an error, and what its status line and headers said, if there were any. */
export interface Outcome<Reply> {
  result: { reply: Reply; error?: undefined } | { error: AditError; reply?: undefined };
  status?: number;
  requestId?: string;
  /** The `Date` header. */
  date?: string;
}

/** The outcome's facts from a reply's head. */
export function headFacts(
  status: number | undefined,
  requestId: string | undefined,
  date: string | undefined,
): { status?: number; requestId?: string; date?: string } {
  return {
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(date === undefined ? {} : { date }),
  };
}
