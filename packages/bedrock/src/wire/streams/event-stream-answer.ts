import type { Buffer } from "node:buffer";
import type { AditError } from "../../errors/adit-error.ts";
import { awsErrorFrom, emptyOutputFrom, requestIdOf, type ReplyHeaders } from "../aws-errors/aws-error.ts";
import { StreamedAnswer } from "./streamed-answer.ts";

/** One exchange whose answer is AWS's event stream, whatever its frames hold. */
export abstract class EventStreamAnswer<Sink, Reply> extends StreamedAnswer<Sink, Reply> {
  protected override requestIdIn(headers: ReplyHeaders): string {
    return requestIdOf(headers) ?? "";
  }

  protected override isStream(status: number, contentType: string | undefined): boolean {
    return (
      status === 200 && (contentType === undefined || contentType.startsWith("application/vnd.amazon.eventstream"))
    );
  }

  protected override refusal(body: Buffer): AditError {
    return this.status >= 200 && this.status < 300
      ? emptyOutputFrom(this.headers, body)
      : awsErrorFrom(this.status, this.headers, body);
  }

  protected override tooLarge(error: unknown): unknown {
    return error;
  }
}
