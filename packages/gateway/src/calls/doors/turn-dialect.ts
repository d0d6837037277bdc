/** The dialect of one request that goes on from a stored response, or of which something is to be stored: paths are told as the caller's own. */
import { AditError } from "@adit/bedrock";
import type { ResponseTurn, SentRequest } from "../../responses/response-turn.ts";
import type { Interpretation } from "../../routing/request/interpret.ts";
import { withParams } from "../../routing/config/params.ts";
import type { Target } from "../../routing/plan/plan.ts";
import type { AnswerContext, CallDialect, DialectCall } from "../call-dialect.ts";

type Turn = Pick<ResponseTurn, "earlierCount" | "stores">;

/** `itemsId` as in {@link AnswerContext}. */
export function turnDialect<Request>(
  dialect: CallDialect<Request>,
  turn: Turn & Pick<ResponseTurn, "itemsId">,
): CallDialect<Request> {
  const named = (context: AnswerContext<Request>): AnswerContext<Request> => ({ ...context, itemsId: turn.itemsId });
  return {
    ...dialect,
    whole: (answer, context) => dialect.whole(answer, named(context)),
    writer: (context, write) => dialect.writer(named(context), write),
    check: (body) => {
      try {
        return dialect.check(body);
      } catch (error) {
        throw told(error, turn);
      }
    },
    prepare: async (request, target, tools) => {
      try {
        return noted(await dialect.prepare(request, target, tools), turn);
      } catch (error) {
        throw told(error, turn);
      }
    },
  };
}

/** What the gateway does itself is not left out. */
function noted(call: DialectCall, turn: Turn): DialectCall {
  if (call.kind !== "converse") return call;
  const dropped = call.notes.dropped.filter((path) => !turn.stores || path !== "store");
  return { ...call, notes: { ...call.notes, dropped: dropped.map((path) => ownPath(path, turn)) } };
}

const item = /\binput\[(\d+)\]/g;

/** Items of earlier responses are counted apart, as `previous_response_id[0]` and so on; the caller's own from 0. */
export function ownPath(path: string, { earlierCount }: Pick<Turn, "earlierCount">): string {
  return path.replaceAll(item, (_whole, digits: string) => {
    const index = Number(digits);
    return index < earlierCount ? `previous_response_id[${index}]` : `input[${index - earlierCount}]`;
  });
}

/** Of errors that name a field; AWS's own words stay. */
export function told(error: unknown, turn: Pick<Turn, "earlierCount">): unknown {
  if (!AditError.isInstance(error) || error.param === undefined || error.aws !== undefined) return error;
  const param = ownPath(error.param, turn);
  if (param === error.param) return error;
  const { code, status, remedy, retryable } = error;
  return new AditError(code, ownPath(error.message, turn), { status, param, remedy, retryable, cause: error });
}

/** The request as the target got it, for its turn. */
export function sentTo({ overrideParams, provider }: Target, { body, metadata }: Interpretation): SentRequest {
  return { body: withParams(body, overrideParams), metadata, isForeign: provider === "openai" };
}
