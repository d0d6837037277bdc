/** What is learned of a request on its way, for the log and the reply's headers. Names only: no content, no secret. */
import type { TokenUsage } from "@adit/bedrock";
import type { Trace } from "../routing/trace.ts";

export interface RequestFacts {
  dialect: "openai-chat";
  /** The model as the caller wrote it. */
  modelAsked?: string;
  /** As it went on the wire, or the profile that stood in for it. */
  modelUsed?: string;
  provider?: string;
  /** How the answer was fetched. */
  route?: "converse" | "openai" | "emulator";
  region?: string;
  /** Name and source of the credential. */
  credential?: string;
  /** JSON path of the target that answered, or failed last. */
  target?: string;
  /** Targets that failed before it, with what went wrong there. */
  passed?: { target: string; error: string; status: number }[];
  /** Transmissions to the last target. */
  attempts?: number;
  upstreamRequestId?: string;
  trace?: Trace;
  metadata?: Record<string, string>;
  stream?: boolean;
  /** Paths of what was left out on purpose. */
  dropped?: readonly string[];
  stopReason?: string;
  /** Code of the error that ended a stream after its status line. */
  streamError?: string;
  /** The provider's own figures. */
  usage?: TokenUsage | Record<string, unknown>;
  /** From the request's arrival to the provider's first frame or whole answer. */
  firstByteMs?: number;
}
