/** Paths of bedrock-runtime at the gateway's door. */
import { AditError, type ModelAction } from "@adit/bedrock";

/** What a path asks for: a model's operation, or one that names no model. */
export type NativeOperation =
  | { kind: "model"; action: ModelAction; model: string; isStream: boolean }
  | {
      kind: "runtime";
      path: string;
      /** Of the guardrail, where its ARN names it. */
      region?: string;
    };

const streamOf: ReadonlyMap<string, boolean> = new Map<ModelAction, boolean>([
  ["converse", false],
  ["converse-stream", true],
  ["invoke", false],
  ["invoke-with-response-stream", true],
  ["count-tokens", false],
]);

/**
 * The operation at `path` (percent-encoded, as it came). An ARN whose slashes are not encoded is taken too: AWS would answer 200 and
 * `UnknownOperationException`. Throws AditError `not_found`, or `unsupported_operation` with the reason.
 */
export function nativeOperation(path: string): NativeOperation {
  const bare = path.startsWith("/bedrock/") ? path.slice("/bedrock".length) : path;
  if (bare.startsWith("/model/")) return modelOperation(bare.slice("/model/".length));
  if (bare === "/guardrail-checks/invoke" || /^\/guardrail\/[^/]+\/version\/[^/]+\/apply$/.test(bare)) {
    const region = guardrailRegion(bare.split("/")[2] ?? "");
    return { kind: "runtime", path: bare, ...(region !== undefined && { region }) };
  }
  throw new AditError("not_found", "Bedrock has no operation at this path, or none that passes here.");
}

/** A guardrail lives in one region, as its ARN says: `arn:aws:bedrock:REGION:ACCOUNT:guardrail/ID`. */
function guardrailRegion(segment: string): string | undefined {
  const name = segment.includes("%") ? decoded(segment, "guardrailIdentifier") : segment;
  return /^arn:aws[\w-]*:bedrock:([a-z0-9-]+):\d{12}:guardrail\/[a-z0-9]+$/.exec(name)?.[1];
}

function modelOperation(rest: string): NativeOperation {
  const slash = rest.lastIndexOf("/");
  const action = rest.slice(slash + 1);
  const isStream = streamOf.get(action);
  if (slash > 0 && isStream !== undefined) {
    return { kind: "model", action: action as ModelAction, model: decoded(rest.slice(0, slash), "modelId"), isStream };
  }
  if (action === "invoke-with-bidirectional-stream") {
    throw unservedOperation("InvokeModelWithBidirectionalStream");
  }
  throw new AditError("not_found", "Bedrock has no operation at this path, or none that passes here.", {
    remedy: `Call /model/MODEL_ID/ACTION with one of ${[...streamOf.keys()].join(", ")}.`,
  });
}

/** For what needs a signature of the caller's own over each frame or another service: Bedrock's API keys cannot do it either. */
export function unservedOperation(name: string): AditError {
  return new AditError(
    "unsupported_operation",
    `${name} does not pass here: it takes no API key, and nothing was sent.`,
    {
      remedy: "Call AWS for it with credentials of your own.",
    },
  );
}

function decoded(segment: string, param: "modelId" | "guardrailIdentifier"): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    const named = param === "modelId" ? "model" : "guardrail";
    throw new AditError("invalid_request", `The ${named}'s id is not percent-encoded as it should be.`, {
      param,
      cause: error,
    });
  }
}
