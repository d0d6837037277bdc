import { AditError } from "../../errors/adit-error.ts";

/** The AditError that `run` throws; anything else fails the test. */
export function refusalOf(run: () => unknown): AditError {
  try {
    run();
  } catch (error) {
    if (AditError.isInstance(error)) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}
