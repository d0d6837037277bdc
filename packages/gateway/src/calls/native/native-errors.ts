/** Errors in AWS's own form: a body `{"message"}`, the type in a header; in a stream, an exception frame. */
import { encodeFrame, type AditError } from "@adit/bedrock";
import { awsCodeOfStatus } from "@adit/bedrock/gateway";

/** AWS's own body where the refusal is AWS's, else its form. */
export function nativeErrorBody(error: AditError): object | string {
  return error.aws?.body ?? { ...formOf(error), ...error.beside };
}

/** The members that AWS's exceptions have: what an exception frame said before anything else came stands in no body of AWS's. */
function formOf(error: AditError): object {
  const { message = error.describe(), originalStatusCode, originalMessage } = error.aws ?? {};
  return { message, originalStatusCode, originalMessage };
}

export function nativeErrorHeaders(error: AditError): Record<string, string> {
  const requestId = error.aws?.requestId;
  const type = typeHeaderOf(error);
  return {
    ...(type !== undefined && { "x-amzn-errortype": type }),
    ...(requestId !== undefined && { "x-amzn-requestid": requestId }),
  };
}

/** Exceptions that the model of AWS's streams has; its SDKs throw them by name. */
const streamExceptions: ReadonlySet<string> = new Set([
  "InternalServerException",
  "ModelStreamErrorException",
  "ModelTimeoutException",
  "ServiceUnavailableException",
  "ThrottlingException",
  "ValidationException",
]);

/** The frame that ends a stream which broke on the way: AWS's SDKs throw it. */
export function nativeErrorFrame(error: AditError): Buffer {
  const type = error.aws?.type ?? "";
  const name = streamExceptions.has(type) ? type : "ModelStreamErrorException";
  return encodeFrame(
    [
      [":exception-type", { type: "string", value: name.charAt(0).toLowerCase() + name.slice(1) }],
      [":content-type", { type: "string", value: "application/json" }],
      [":message-type", { type: "string", value: "exception" }],
    ],
    Buffer.from(JSON.stringify(formOf(error))),
  );
}

/** AWS's own type, letter by letter. None is made up beside a body that is AWS's. */
function typeHeaderOf({ aws, status }: AditError): string | undefined {
  if (aws?.typeHeader !== undefined || aws?.body !== undefined) return aws.typeHeader;
  return aws?.type ?? awsCodeOfStatus(status) ?? otherType(status);
}

function otherType(status: number): string {
  return status >= 500 ? "InternalServerException" : "ValidationException";
}
