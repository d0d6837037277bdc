/** Guardrails at Bedrock's own door: a body is read and changed only where a guardrail is to see it. */
import { AditError, type InvokeReply, type JsonObject, type OpenPassedStream } from "@adit/bedrock";
import { alteredIn, parsedObject } from "@adit/bedrock/gateway";
import type { CallerPrincipal } from "../../access/principal.ts";
import type { CallGuard } from "../../guardrails/call-guard.ts";
import { FrameGuard } from "../../guardrails/stream/frame-guard.ts";
import type { TargetHooks } from "../../guardrails/hook.ts";
import { notRead } from "../../guardrails/request-texts.ts";
import { openGuard, type GuardDependencies } from "../../guardrails/open-guard.ts";
import { streamFormOf } from "../../guardrails/stream/stream-forms.ts";
import type { Target } from "../../routing/plan/plan.ts";
import { guardedAnswer, guardRequest, unquoted } from "../targets/guarded-answer.ts";
import { changedText } from "./changed-text.ts";
import type { TargetWay } from "../journey.ts";
import type { PassedAnswer, PassedWay } from "./passed-call.ts";

export interface GuardedPass extends PassedWay {
  principal: CallerPrincipal;
  guard: CallGuard | undefined;
}

/** An answer that was judged, with what of it goes to the caller. */
export interface NativeAnswer extends PassedAnswer<InvokeReply | OpenPassedStream> {
  checked?: { status: number; body: string };
}

interface Passing {
  target: Target;
  hooks: TargetHooks;
  place: TargetWay;
  send: () => Promise<NativeAnswer>;
}

/** Rejects with AditError of status 446, or 246 where the plan goes on at it. */
export async function passThroughGuardrails(
  way: GuardedPass,
  { target, hooks, place, send }: Passing,
  deps: GuardDependencies,
): Promise<NativeAnswer> {
  const { asked, facts, incoming, principal, body: asSent } = way;
  const type = way.api;
  const isStreaming = facts.stream === true;
  const body = bodyIn(asSent);
  // Of InvokeModel's streams Claude's alone have a form that is followed.
  if (type === "invoke" && isStreaming && hooks.after.length > 0 && body["anthropic_version"] === undefined) {
    throw notRead("This stream of InvokeModel");
  }
  const { model, modelAsked, provider } = target;
  const common = { model, provider, modelAsked, metadata: asked.metadata };
  const request = { ...common, type, body, isStreaming };
  const guard = await openGuard({ target, hooks, request, principal, incoming, facts }, deps);
  way.guard = guard;
  const changes = await guardRequest(guard, place);
  const isChanged = Object.keys(changes).length > 0;
  const widen = async (): Promise<void> => {
    if (isChanged) await facts.hold?.widen(target, way.body);
  };
  try {
    if (isChanged) way.body = Buffer.from(changedText(asSent.toString("utf8"), body, { ...body, ...changes }));
    await widen();
    if (isStreaming) return await unquoted(guard, send);
    const {
      answer,
      status,
      body: shown,
    } = await guardedAnswer(guard, target, {
      place,
      facts,
      widen,
      ask: async () => {
        const whole = await send();
        return { answer: whole, text: textOf(whole) };
      },
    });
    return { ...answer, checked: { status, body: shown } };
  } finally {
    // Another target gets the caller's own again.
    way.body = asSent;
  }
}

function textOf({ reply }: NativeAnswer): string {
  if ("pump" in reply) throw new TypeError("A call that is no stream has a whole answer.");
  return reply.body.toString("utf8");
}

function bodyIn(bytes: Buffer): JsonObject {
  const body = parsedObject(bytes.toString("utf8"));
  const altered = body && alteredIn(bytes, body);
  if (altered?.hasTwins === true && altered.paths.length === 0) {
    const words = "The body nests too deeply for its guardrails.";
    throw new AditError("invalid_request", words, { remedy: "Send JSON of at most 500 levels." });
  }
  if (altered?.hasTwins === true) {
    const words = `The body names a member twice (${altered.paths.join(", ").slice(0, 200)}), and its guardrails see the last alone.`;
    throw new AditError("invalid_request", words, { remedy: "Name each member once." });
  }
  if (body !== undefined) return body;
  throw new AditError("invalid_request", "The body is no JSON object, and its guardrails can read nothing else.", {
    remedy: "Send a JSON object.",
  });
}

/** What a stream's bytes are given to; undefined where nothing judges them. */
export function frameGuardOf(
  { guard }: Pick<GuardedPass, "guard">,
  write: (bytes: Uint8Array) => void,
): FrameGuard | undefined {
  if (guard === undefined || !guard.hasAnswerHooks) return undefined;
  const form = streamFormOf(guard.type);
  return form === undefined ? undefined : new FrameGuard(guard, form, write);
}
