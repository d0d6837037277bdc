import type { Quota } from "../quotas/quota.ts";

/** Which requests a fault is for, and how often. */
export interface FaultScope {
  /** AWS's name of the operation, such as `ConverseStream` or `AssumeRole`; `*` stands for any letters. Default: any. */
  operation?: string;
  /** Decoded model id or ARN; `*` stands for any letters. Default: any. */
  model?: string;
  /** Requests that it is applied to; default: all (`faultNext`: one). */
  times?: number;
}

/** Answers with an error of AWS's in place of the answer. */
export interface RefuseFault extends FaultScope {
  kind: "refuse";
  /** AWS's name, such as `ThrottlingException`. */
  type: string;
  /** Default: the status that AWS gives with the type; 400 for one that is not known. */
  status?: number;
  /** Default: AWS's words. */
  message?: string;
  /** Further members of the body, such as `originalStatusCode`. */
  fields?: Record<string, unknown>;
  /** Further headers, such as `Retry-After`, which AWS does not send. */
  headers?: Record<string, string>;
}

/** Ends a stream with an exception frame in the place of frame `frame`. */
export interface ExceptionFault extends FaultScope {
  kind: "exception";
  /** Lower camel case, such as `throttlingException` (the default). */
  type?: string;
  /** Frames sent before it; default 1. */
  frame?: number;
  message?: string;
  fields?: Record<string, unknown>;
}

/** Ends a stream with an error frame (`:message-type: error`), which no service model describes. */
export interface ErrorFrameFault extends FaultScope {
  kind: "error-frame";
  /** Default `InternalFailure`. */
  code?: string;
  message?: string;
  /** Frames sent before it; default 1. */
  frame?: number;
}

/** Ends the answer too early. */
export interface CutFault extends FaultScope {
  kind: "cut";
  /** Frames sent whole; default 1. A body that is no stream counts as one frame. */
  frame?: number;
  /** Bytes of the next frame that are sent; default 0, a cut between two frames. */
  bytes?: number;
  /** `proper` (default for streams): as if that were the end. `close`: the connection breaks off. A body that is no stream breaks off. */
  end?: "proper" | "close";
}

/** Flips a bit of a frame, so that its checksum does not hold. */
export interface CrcFault extends FaultScope {
  kind: "crc";
  /** Number of the frame, from 0; default 1. */
  frame?: number;
  /** `message` (default): a bit of the payload. `prelude`: a bit of the lengths' checksum. */
  part?: "prelude" | "message";
}

/** Sends the body in pieces with pauses between them. */
export interface DripFault extends FaultScope {
  kind: "drip";
  /** Size of a piece; default 1. */
  bytes?: number;
  /** Pause after each piece in milliseconds; default 10. */
  everyMs?: number;
}

/** Waits before the answer begins. */
export interface DelayFault extends FaultScope {
  kind: "delay";
  ms: number;
}

/** Says nothing for a while or for ever. */
export interface SilenceFault extends FaultScope {
  kind: "silence";
  /** Default: until the caller leaves. */
  ms?: number;
  /** Frames sent before it; default: none, and no status line either. */
  frame?: number;
}

/** Resets the connection (RST; under HTTP/2 the stream alone, by RST_STREAM). */
export interface ResetFault extends FaultScope {
  kind: "reset";
  /** Frames sent before it; default: none, and no status line either. */
  frame?: number;
}

/** Serves the request by a clock that is off: its `Date` shows it, and signatures are judged by it. */
export interface ClockFault extends FaultScope {
  kind: "clock";
  /** Added to the emulator's clock. */
  offsetMs: number;
}

/** Answers 200 without an output, as AWS does where a path fits no route. */
export interface NoOutputFault extends FaultScope {
  kind: "no-output";
}

/** Something that goes wrong. At most one fault of each group is applied to a request: the clock; the pace (delay, silence, drip); the answer (the others). */
export type Fault =
  | RefuseFault
  | ExceptionFault
  | ErrorFrameFault
  | CutFault
  | CrcFault
  | DripFault
  | DelayFault
  | SilenceFault
  | ResetFault
  | ClockFault
  | NoOutputFault;

/** What goes wrong, and when: the first fault of a group that matches a request and has times left is applied to it. */
export interface Scenario {
  faults: Fault[];
  /** How much may be asked a minute; default: without limit. */
  quotas?: Quota[];
}

export type FaultGroup = "clock" | "pace" | "answer";

export function groupOf(fault: Fault): FaultGroup {
  switch (fault.kind) {
    case "clock":
      return "clock";
    case "delay":
    case "silence":
    case "drip":
      return "pace";
    case "refuse":
    case "exception":
    case "error-frame":
    case "cut":
    case "crc":
    case "reset":
    case "no-output":
      return "answer";
  }
}

/** True for what needs frames to happen to. */
export function isOfFrames(fault: Fault): boolean {
  return fault.kind === "exception" || fault.kind === "error-frame" || fault.kind === "crc";
}
