import type { AditError } from "../../errors/adit-error.ts";
import { streamError, streamException } from "./aws-error.ts";
import type { Frame } from "../event-stream/decoder.ts";
import { corruptStream } from "../event-stream/frame.ts";

/** The error that a frame which is no event stands for. */
export function frameFailure(frame: Frame, requestId: string | undefined): AditError {
  if (frame.messageType === "exception") {
    return streamException(frame.eventType, frame.text(), requestId);
  }
  if (frame.messageType === "error") {
    const message = frame.header(":error-message");
    return streamError(frame.eventType, message?.type === "string" ? message.value : "", requestId);
  }
  return corruptStream("a frame is neither an event nor an error");
}
