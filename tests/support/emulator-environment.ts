import type { Emulator } from "@adit/emulator";

/** The variables by which a program calls the emulator in AWS's place, with its credential, and looks for no other. */
export function environmentOf({ url, credential }: Emulator): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: credential.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credential.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
  };
}
