/** A refusal of the control API, or that it could not be reached. */
export class ApiError extends Error {
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly code: string;
  /** Path of the field at fault, such as `config.targets[1].virtual_key`. */
  readonly param: string | undefined;
  readonly requestId: string | undefined;

  constructor(
    message: string,
    details: { status: number; code: string; param?: string | undefined; requestId?: string | undefined },
  ) {
    super(message);
    this.name = "ApiError";
    this.status = details.status;
    this.code = details.code;
    this.param = details.param;
    this.requestId = details.requestId;
  }
}

interface ErrorBody {
  error?: { message?: string; code?: string; param?: string | null };
}

/** From an answer that is no success. */
export function apiErrorFrom(response: Response, body: unknown): ApiError {
  const requestId = response.headers.get("x-adit-request-id") ?? undefined;
  return apiErrorIn(body, { status: response.status, requestId });
}

/** From what stands for an answer, as an event in a stream that had begun. */
export function apiErrorIn(body: unknown, { status, requestId }: Told = { status: 0 }): ApiError {
  const { error } = typeof body === "object" && body !== null ? (body as ErrorBody) : {};
  return new ApiError(error?.message ?? `The gateway answered ${status}.`, {
    status,
    code: error?.code ?? String(status),
    param: error?.param ?? undefined,
    requestId,
  });
}

interface Told {
  status: number;
  requestId?: string | undefined;
}

export function unreachable(cause: unknown): ApiError {
  const error = new ApiError("The gateway does not answer. Check that it runs and that this machine reaches it.", {
    status: 0,
    code: "unreachable",
  });
  error.cause = cause;
  return error;
}

export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(error instanceof Error ? error.message : String(error), { status: 0, code: "page_fault" });
}
