import { AditError } from "../errors/adit-error.ts";
import { callSts, type StsContext } from "./sts-call.ts";
import { xmlText } from "./xml-text.ts";

/** Whose credentials they are, by STS. */
export interface CallerIdentity {
  /** Twelve digits. */
  account: string;
  arn: string;
  userId: string;
}

/** Asks STS whose the credentials are (`GetCallerIdentity`: free, and needs no permission). Rejects as {@link callSts} does. */
export async function callerIdentity(context: StsContext): Promise<CallerIdentity> {
  const { xml } = await callSts(context, {
    action: "GetCallerIdentity",
    parameters: {},
    purpose: "Asking STS for the caller's identity",
    deniedRemedy: "An explicit deny stands in the way: no permission is needed for sts:GetCallerIdentity.",
  });
  const account = xmlText(xml, "Account");
  const arn = xmlText(xml, "Arn");
  if (account === undefined || arn === undefined) {
    throw new AditError("credentials_unavailable", "STS's answer to GetCallerIdentity names no account.", {
      remedy: "Look at what answers at STS's address: a proxy, or an endpoint set by AWS_ENDPOINT_URL.",
    });
  }
  return { account, arn, userId: xmlText(xml, "UserId") ?? "" };
}
