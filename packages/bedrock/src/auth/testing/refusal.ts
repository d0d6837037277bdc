import { AditError } from "../../errors/adit-error.ts";

/** The AditError that a call throws; anything else is thrown on. */
export function refusalOf(call: () => unknown): AditError {
  try {
    call();
  } catch (error) {
    if (error instanceof AditError) {
      return error;
    }
    throw error;
  }
  throw new Error("nothing was refused");
}

/** The AditError with which a promise rejects; anything else is thrown on. */
export async function rejectionOf(promise: Promise<unknown>): Promise<AditError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AditError) {
      return error;
    }
    throw error;
  }
  throw new Error("nothing was rejected");
}
