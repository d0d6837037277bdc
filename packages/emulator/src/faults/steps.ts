import type { Reply } from "../server/reply.ts";
import { errorFrame, exceptionFrame } from "../frames/encode.ts";
import { cutAnew } from "../frames/cut-anew.ts";
import { namedErrors } from "./named-errors.ts";
import {
  isOfFrames,
  type CrcFault,
  type CutFault,
  type ErrorFrameFault,
  type ExceptionFault,
  type Fault,
  type ResetFault,
} from "./fault.ts";

/** One act of sending an answer. */
export type Step =
  /** `bytes`: the length to announce; undefined: it is not known. */
  | { do: "head"; bytes: number | undefined }
  | { do: "bytes"; bytes: Buffer }
  /** `ms` undefined: until the caller leaves. */
  | { do: "wait"; ms: number | undefined }
  | { do: "end" }
  | { do: "close" }
  | { do: "reset" };

/** How an answer ends. */
type Ending = "end" | "close" | "reset";

interface Plan {
  parts: Buffer[];
  ending: Ending;
  /** False: the connection is reset before the status line. */
  hasHead: boolean;
}

/** What is done to send a reply under the faults of its pace and of its end. */
export function* stepsOf(reply: Reply, pace: Fault | undefined, fault: Fault | undefined): Generator<Step> {
  const { parts, ending, hasHead } = planOf(reply, fault);
  if (pace?.kind === "delay" || (pace?.kind === "silence" && pace.frame === undefined)) {
    yield { do: "wait", ms: pace.ms };
  }
  if (!hasHead) {
    yield { do: "reset" };
    return;
  }
  const whole = reply.parts.reduce((bytes, part) => bytes + part.length, 0);
  yield { do: "head", bytes: reply.isStream ? undefined : whole };
  const pauseAt = pace?.kind === "silence" && pace.frame !== undefined ? Math.min(pace.frame, parts.length) : undefined;
  yield* sendParts(parts.slice(0, pauseAt), reply.isStream, pace);
  if (pace?.kind === "silence" && pauseAt !== undefined) {
    yield { do: "wait", ms: pace.ms };
    yield* sendParts(parts.slice(pauseAt), reply.isStream, pace);
  }
  yield { do: ending };
}

function* sendParts(parts: readonly Buffer[], isStream: boolean, pace: Fault | undefined): Generator<Step> {
  if (pace?.kind === "drip") {
    const size = Math.max(1, pace.bytes ?? 1);
    const bytes = Buffer.concat(parts);
    for (let start = 0; start < bytes.length; start += size) {
      yield { do: "bytes", bytes: bytes.subarray(start, start + size) };
      yield { do: "wait", ms: pace.everyMs ?? 10 };
    }
    return;
  }
  for (const bytes of isStream ? cutAnew(parts) : parts) {
    yield { do: "bytes", bytes };
  }
}

/** Faults that change what is sent of a reply or how it ends. */
type EndingFault = ExceptionFault | ErrorFrameFault | CutFault | CrcFault | ResetFault;

const endingKinds: ReadonlySet<string> = new Set(["exception", "error-frame", "cut", "crc", "reset"]);

function isEnding(fault: Fault | undefined): fault is EndingFault {
  return fault !== undefined && endingKinds.has(fault.kind);
}

function planOf(reply: Reply, fault: Fault | undefined): Plan {
  const whole: Plan = { parts: reply.parts, ending: "end", hasHead: true };
  if (!isEnding(fault) || (!reply.isStream && isOfFrames(fault))) {
    return whole;
  }
  switch (fault.kind) {
    case "exception":
      return { ...whole, parts: endedBy(exceptionOf(fault, reply), reply, fault.frame) };
    case "error-frame": {
      const [code, message] = [fault.code ?? "InternalFailure", fault.message ?? "An internal error occurred."];
      const frame = reply.failure?.({ status: 500, errorType: code, message }) ?? errorFrame(code, message);
      return { ...whole, parts: endedBy(frame, reply, fault.frame) };
    }
    case "cut":
      return cutPlan(reply, fault);
    case "crc":
      // Server-sent events have no checksum.
      return reply.failure === undefined ? { ...whole, parts: withFlippedBit(reply.parts, fault) } : whole;
    case "reset":
      return resetPlan(reply, fault);
  }
}

function endedBy(frame: Buffer, reply: Reply, after = 1): Buffer[] {
  return [...reply.parts.slice(0, after), frame];
}

/** A body that is no stream is one part: it is cut inside it, and never looks whole. */
function cutPlan({ parts, isStream }: Reply, { frame = 1, bytes = 0, end = "proper" }: CutFault): Plan {
  const at = isStream ? frame : 0;
  const part = parts[at] ?? Buffer.alloc(0);
  const piece = part.subarray(0, isStream ? bytes : Math.min(bytes, part.length - 1));
  return {
    parts: [...parts.slice(0, at), piece].filter((part) => part.length > 0),
    ending: isStream && end === "proper" ? "end" : "close",
    hasHead: true,
  };
}

/** Nor does a body that is no stream look whole before a reset: there is none of it. */
function resetPlan({ parts, isStream }: Reply, { frame }: ResetFault): Plan {
  return { parts: isStream ? parts.slice(0, frame ?? 0) : [], ending: "reset", hasHead: frame !== undefined };
}

function withFlippedBit(parts: readonly Buffer[], { frame = 1, part = "message" }: CrcFault): Buffer[] {
  const at = Math.min(frame, parts.length - 1);
  return parts.map((each, index) => (index === at ? flipped(each, part) : each));
}

function exceptionOf(fault: ExceptionFault, { failure }: Reply): Buffer {
  const type = fault.type ?? "throttlingException";
  const errorType = type.charAt(0).toUpperCase() + type.slice(1);
  const known = namedErrors[errorType];
  const message = fault.message ?? known?.message ?? "The stream ended with an exception.";
  if (failure !== undefined) return failure({ status: known?.status ?? 500, errorType, message });
  // A name as `refuse` has it is meant for the same exception, which frames write with a small letter.
  return exceptionFrame(`${type.charAt(0).toLowerCase()}${type.slice(1)}`, {
    message,
    ...known?.fields,
    ...fault.fields,
  });
}

/** Offset of the checksum of the lengths, and the bytes of the checksum of the message. */
const [preludeCrcAt, messageCrcBytes] = [8, 4];

function flipped(frame: Buffer, part: "prelude" | "message"): Buffer {
  const copy = Buffer.from(frame);
  const at = part === "prelude" ? preludeCrcAt : copy.length - messageCrcBytes - 1;
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}
