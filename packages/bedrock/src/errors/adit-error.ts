import { errorRow, type ErrorCode } from "./error-table.ts";

/** What AWS said, in its own words. */
export interface AwsRefusal {
  /** AWS's exception name as sent, such as `ThrottlingException`. */
  type: string;
  message: string;
  requestId?: string;
  /** `originalStatusCode` of ModelErrorException and ModelStreamErrorException. */
  originalStatusCode?: number;
  /** `originalMessage` of ModelStreamErrorException. */
  originalMessage?: string;
  /** The header `x-amzn-errortype` as AWS wrote it, for such a caller; absent where AWS sent none. */
  typeHeader?: string;
  /**
   * The refusal's body as AWS wrote it, for a caller who speaks AWS's own dialect; absent where AWS answered with something else than JSON.
   */
  body?: string;
}

/** What a target that answers in its caller's own format says of an error: the caller's clients know the names. */
export interface ProviderRefusal {
  /** Who said it, such as `api.openai.com answered 429`. */
  from: string;
  /** Portkey's name for it: `bedrock` for AWS's own endpoints in other formats. */
  vendorName?: "bedrock" | "openai";
  requestId?: string;
  /** The members of the error as the target wrote them; those that it left out are absent. */
  type?: string;
  code?: string | null;
  param?: string | null;
}

export interface AditErrorDetails {
  /** HTTP status, where it differs from that of the error's row in the table. AWS's own status always wins. */
  status?: number;
  /** Path of the field at fault, such as `messages[2].content[0].image_url.url`. */
  param?: string;
  aws?: AwsRefusal;
  provider?: ProviderRefusal;
  /** What to do, where more can be said than the row's remedy does. */
  remedy?: string;
  /** False where another try cannot help, whatever the row says. */
  retryable?: boolean;
  /** Seconds to wait, for `Retry-After`. */
  retryAfterSeconds?: number;
  /** Portkey's status, `type` and `code` for it, where its own differ: for callers under its prefix. */
  vendor?: { status?: number; type?: string; code?: string };
  /** Further members of the error's body, beside `error`, such as Portkey's `hook_results`. */
  beside?: Readonly<Record<string, unknown>>;
  /** True where the words quote an answer that could not be read: whoever judges what models write has not seen it. */
  quotesAnswer?: boolean;
  cause?: unknown;
}

/** Where a call went: put into the error's words for the reader, never with a secret. */
export interface CallPlace {
  region?: string;
  /** Name and source of the credential, such as `request header` or `server (environment)`. */
  credential?: string;
  model?: string;
}

const marker = Symbol.for("adit.error");

/** The one error class: a row of the error table with this occurrence's words. */
export class AditError extends Error {
  readonly [marker] = true;
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryable: boolean;
  readonly param: string | undefined;
  readonly aws: AwsRefusal | undefined;
  readonly provider: ProviderRefusal | undefined;
  readonly remedy: string;
  readonly retryAfterSeconds: number | undefined;
  readonly vendor: AditErrorDetails["vendor"];
  readonly beside: AditErrorDetails["beside"];
  readonly quotesAnswer: boolean;
  /** Filled in by whoever knows where the call went. */
  place: CallPlace | undefined;

  constructor(code: ErrorCode, message: string, details: AditErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const row = errorRow(code);
    this.name = "AditError";
    this.code = code;
    this.status = details.status ?? row.status;
    this.retryable = details.retryable ?? row.retryable;
    this.param = details.param;
    this.aws = details.aws;
    this.provider = details.provider;
    this.remedy = details.remedy ?? row.remedy;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.vendor = details.vendor;
    this.beside = details.beside;
    this.quotesAnswer = details.quotesAnswer ?? false;
  }

  /** True for an AditError of this or of another copy of the package. */
  static isInstance(value: unknown): value is AditError {
    return typeof value === "object" && value !== null && (value as { [marker]?: unknown })[marker] === true;
  }

  /**
   * The words for the caller: what was wrong, AWS's request id, the credential and region by name, what to do.
   */
  describe(): string {
    const requestId = this.aws?.requestId ?? this.provider?.requestId;
    const place = [
      this.aws === undefined ? this.provider?.from : this.aws.type,
      requestId === undefined ? undefined : `request id ${requestId}`,
      this.place?.region === undefined ? undefined : `region ${this.place.region}`,
      this.place?.credential === undefined ? undefined : `credential: ${this.place.credential}`,
    ].filter((part) => part !== undefined);
    const where = place.length === 0 ? "" : ` (${place.join(", ")})`;
    const end = /[.!?:]$/.test(this.message) || where !== "" ? "" : ".";
    return `${this.message}${end}${where} ${this.remedy}`;
  }
}
