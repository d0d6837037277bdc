/** An answer of AWS that says no. */
export interface Refusal {
  status: number;
  /** As in `x-amzn-ErrorType`; empty where AWS names none. */
  errorType: string;
  message: string;
}

export const wrongSignature = invalidSignature(
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
);

export const unknownKey: Refusal = {
  status: 403,
  errorType: "UnrecognizedClientException",
  message: "The security token included in the request is invalid.",
};

/** Recorded without a full stop. */
export const expiredSession: Refusal = {
  status: 403,
  errorType: "ExpiredTokenException",
  message: "The security token included in the request is expired",
};

export const missingAuthentication: Refusal = {
  status: 403,
  errorType: "MissingAuthenticationTokenException",
  message: "Missing Authentication Token",
};

/** The front end that refuses API keys names no type and writes `Message` (seen in reports of users of many SDKs). */
export const badApiKey: Refusal = {
  status: 403,
  errorType: "",
  message: "Authentication failed: Please make sure your API Key is valid.",
};

export function invalidSignature(message: string): Refusal {
  return { status: 403, errorType: "InvalidSignatureException", message };
}

export function incompleteSignature(message: string): Refusal {
  return { status: 403, errorType: "IncompleteSignatureException", message };
}
