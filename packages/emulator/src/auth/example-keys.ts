import type { EmulatorCredential } from "../options.ts";

/** Account of AWS's documentation. */
export const exampleAccount = "123456789012";

/** AWS's public documentation key. */
export const exampleCredential: EmulatorCredential = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  account: exampleAccount,
};

/**
 * A long-term Bedrock API key in AWS's form: `ABSK` and the base64 of `BedrockAPIKey-ID-at-ACCOUNT:SECRET`. Put together here, because
 * scanners of repositories take it for a real one.
 */
export const exampleApiKey = `ABSK${Buffer.from(
  `BedrockAPIKey-exam-at-${exampleAccount}:${"emulator-example-key/".repeat(3)}`,
).toString("base64")}`;
