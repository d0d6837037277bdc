import { AditError } from "@adit/bedrock";

/** The AditError that a call of the library is to end in. */
export async function refused(calling: Promise<unknown>): Promise<AditError> {
  const error = await calling.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!AditError.isInstance(error)) throw new Error("The call was to be refused.", { cause: error });
  return error;
}
