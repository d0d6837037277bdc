/** Why a call was slow: rules over the times of its record. Pure. */
import type { CallRecord } from "../record/call-record.ts";
import { failedAttempts, type Cause, type Rule } from "./cause.ts";

const slownessMs = 1_000;
/** A model that is well writes a token in 10 to 50 ms. */
const slowTokenMs = 100;
const longAnswerMs = 10_000;

type Words = Pick<Cause, "cause" | "evidence" | "remedy">;

function slowness(id: string, words: Words): Cause {
  return { id, about: "slowness", paste: undefined, ...words };
}

const rescued: Rule = (record) => {
  const failed = failedAttempts(record);
  if (failed.length === 0 || !record.isSuccess) return undefined;
  const lost = failed.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const evidence = [
    `failed: ${failed.map(({ target, error }) => `${target} (${error ?? "?"})`).join(", ")}`,
    `milliseconds in them: ${Math.round(lost)}`,
  ];
  return whyRescued(record, evidence);
};

/** What AWS refused and the gateway put right by itself is no fault of the target. */
function whyRescued(record: CallRecord, evidence: string[]): Cause {
  const failed = failedAttempts(record);
  if (failed.every(({ error }) => error === "InvalidSignatureException")) {
    return slowness("clock-skew", {
      cause: "AWS refused the signature, since this machine's clock is off; the gateway signed again by AWS's.",
      evidence,
      remedy: "Set the machine's clock by NTP: each gateway that starts loses a transmission by it.",
    });
  }
  const [first] = failed;
  const { modelUsed } = record;
  if (failed.length === 1 && first?.error === "ValidationException" && isProfileOf(modelUsed, first.model)) {
    return slowness("profile-stood-in", {
      cause: "AWS serves the model by an inference profile alone, and the call named the model: the profile stood in.",
      evidence: [...evidence, `asked: ${first.model ?? ""}`, `served: ${modelUsed ?? ""}`],
      remedy: `Name ${modelUsed ?? "the profile"} itself.`,
    });
  }
  return slowness("rescued", {
    cause: "Other transmissions had failed before the one that was answered.",
    evidence,
    remedy: "See to the target that failed, or put it behind the one that answered.",
  });
}

function isProfileOf(used: string | undefined, asked: string | undefined): boolean {
  return used !== undefined && asked !== undefined && used !== asked && used.endsWith(`.${asked}`);
}

const slowGuardrail: Rule = ({ guardrails = [] }) => {
  const slow = guardrails.filter(({ startedAt, durationMs }) => startedAt !== undefined && durationMs >= slownessMs);
  if (slow.length === 0) return undefined;
  return slowness("slow-guardrail", {
    cause: "A check of a guardrail took long, and the call waited for it.",
    evidence: slow.map(
      ({ guardrail, check, when, durationMs }) =>
        `${guardrail}, ${check}, ${when}: ${Math.round(durationMs)} milliseconds`,
    ),
    remedy: "See why the check is slow, give it a shorter timeout, or have it run beside the call (async).",
  });
};

/** What the call waited for before its first transmission, where the gateway noted it. */
const waits: readonly [id: string, ms: (record: CallRecord) => number, cause: string, remedy: string][] = [
  [
    "slow-body",
    ({ timings: { auth, read = auth } }) => read - auth,
    "The body came slowly.",
    "See to the caller's network: it sends its body slowly.",
  ],
  [
    "slow-plan",
    ({ timings: { read = 0, plan = read } }) => plan - read,
    "Finding what the call names took long: a config, a virtual key, a prompt.",
    "See whether the database answers.",
  ],
  [
    "slow-limits",
    ({ timings: { plan = 0, limits = plan } }) => limits - plan,
    "Reserving what the call may use took long.",
    "See whether the database answers.",
  ],
  [
    "slow-credentials",
    ({ attempts: [first] }) => first?.credentialsMs ?? 0,
    "The credential was waited for.",
    "See whether STS, or what else gives the credential, is slow.",
  ],
];

const slowBeforeSending: Rule = (record) => {
  const { queue } = record.timings;
  if (queue === undefined || queue < slownessMs) return undefined;
  const known = waits.find(([, ms]) => ms(record) >= queue / 2);
  const evidence = [`milliseconds before the first transmission: ${queue}`];
  if (known !== undefined) {
    const [id, ms, cause, remedy] = known;
    return slowness(id, { cause, evidence: [...evidence, `of these, for it: ${Math.round(ms(record))}`], remedy });
  }
  const checked = (record.guardrails ?? []).filter(({ when }) => when === "before_request");
  if (checked.some(({ durationMs }) => durationMs >= queue / 2)) return undefined;
  return slowness("slow-before-sending", {
    cause: "The request waited in the gateway: for its body, for credentials, or for limits.",
    evidence,
    remedy: "See whether the caller sends its body slowly, whether STS is slow, and whether the database answers.",
  });
};

const slowConnection: Rule = ({ attempts }) => {
  const slow = attempts.filter(({ connectMs = 0 }) => connectMs >= slownessMs);
  if (slow.length === 0) return undefined;
  return slowness("slow-connection", {
    cause: "A connection to the provider was waited for.",
    evidence: slow.map(
      ({ region, connectMs = 0 }) => `region ${region ?? "unknown"}: ${Math.round(connectMs)} milliseconds`,
    ),
    remedy: "See to the network between the gateway and the region: name resolution, proxies, the distance.",
  });
};

/** From the call's arrival to the transmission that was answered. */
function sentAfter(record: CallRecord): number {
  const last = record.attempts.at(-1);
  const isFirst = last === undefined || failedAttempts(record).length === 0;
  return isFirst ? (record.timings.queue ?? 0) : last.startedAt - record.at;
}

const slowModel: Rule = (record) => {
  const { firstByte, upstream } = record.timings;
  const waited = (firstByte ?? 0) - sentAfter(record);
  if (!record.isSuccess || waited < slownessMs) return undefined;
  return slowness("slow-model", {
    cause: "The provider took long to begin its answer.",
    evidence: [
      `milliseconds from the transmission to the first byte: ${waited}`,
      ...(upstream === undefined ? [] : [`of which AWS says that the model took: ${upstream}`]),
      `tokens of input: ${record.units.input ?? "unknown"}`,
    ],
    remedy:
      "Stream, so that the caller sees the beginning; cache a long prompt's beginning; or take a smaller model, the priority tier or latency-optimized inference.",
  });
};

const slowStream: Rule = ({ stream, timings, units }) => {
  const { firstByte, firstToken = firstByte, total } = timings;
  const tookMs = total - (firstToken ?? total);
  if (!stream || tookMs < slownessMs) return undefined;
  const { output = 0 } = units;
  const eachMs = Math.round(tookMs / Math.max(1, output - 1));
  const evidence = [`milliseconds from the first token to the end: ${tookMs}`, `tokens of output: ${output}`];
  if (eachMs >= slowTokenMs) {
    return slowness("slow-stream", {
      cause: "The answer came slowly, token by token.",
      evidence: [...evidence, `milliseconds between tokens: ${eachMs}`],
      remedy:
        "See whether the caller reads slowly, which holds the stream back; else take another region, a smaller model, the priority tier or latency-optimized inference.",
    });
  }
  if (tookMs < longAnswerMs) return undefined;
  return slowness("long-answer", {
    cause: "The answer is long.",
    evidence,
    remedy: "Ask for a shorter one, bound it by max_tokens, or take a faster model.",
  });
};

export const slownessRules: readonly Rule[] = [
  rescued,
  slowGuardrail,
  slowBeforeSending,
  slowConnection,
  slowModel,
  slowStream,
];
