/** What AWS says of an id that no operation can use. */
import type { Resolution } from "../model-list/resolve-model.ts";
import { invalid, type Refusal } from "./refusal.ts";

export function unusableModel(resolution: Exclude<Resolution, { kind: "model" | "no-chat" }>): Refusal {
  switch (resolution.kind) {
    case "invalid":
      return invalid("The provided model identifier is invalid.");
    case "profile-only":
      return invalid(
        `Invocation of model ID ${resolution.id} with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.`,
      );
    case "retired":
      return {
        status: 404,
        errorType: "ResourceNotFoundException",
        message:
          "This model version has reached the end of its life. Please refer to the AWS documentation for more details.",
      };
  }
}
