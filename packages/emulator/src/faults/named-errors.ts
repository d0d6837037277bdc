/** Status and words of AWS's errors, for faults that name only the type. */
export const namedErrors: Readonly<Record<string, { status: number; message: string; fields?: object }>> = {
  ThrottlingException: { status: 429, message: "Too many requests, please wait before trying again." },
  // Recorded.
  ServiceUnavailableException: { status: 503, message: "Model is getting throttled. Try your request again." },
  InternalServerException: {
    status: 500,
    message: "The system encountered an unexpected error during processing. Try your request again.",
  },
  ModelErrorException: {
    status: 424,
    message: "The model returned an error while processing the request.",
    fields: { originalStatusCode: 500, resourceName: "model" },
  },
  ModelStreamErrorException: {
    status: 424,
    message: "The model returned an error while streaming the response.",
    fields: { originalStatusCode: 500, originalMessage: "The model stopped unexpectedly." },
  },
  ModelTimeoutException: { status: 408, message: "Model request timed out. Try your request again." },
  ModelNotReadyException: {
    status: 429,
    message: "Model is not ready for inference. Wait and try your request again.",
  },
  // Recorded.
  AccessDeniedException: { status: 403, message: "You don't have access to the model with the specified model ID." },
  // Recorded.
  ResourceNotFoundException: {
    status: 404,
    message:
      "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
  },
  // Recorded.
  ValidationException: { status: 400, message: "The provided model identifier is invalid." },
  ServiceQuotaExceededException: { status: 400, message: "Your request exceeds the service quota for your account." },
  // Recorded.
  ExpiredTokenException: { status: 403, message: "The security token included in the request is expired" },
  // Recorded.
  UnrecognizedClientException: {
    status: 403,
    message: "The security token included in the request is invalid.",
  },
  InvalidSignatureException: {
    status: 403,
    message:
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
  },
};
