/** What checks ask others with: hosts that the operator listed, the public internet as media are fetched from it, Bedrock. */
import {
  defaultRetryPolicy,
  type AditError,
  type BedrockClient,
  type CredentialSource,
  type JsonObject,
} from "@adit/bedrock";
import { isUnclearAttempt, lookUpByNameServers, parsedObject, statusAt, type Post } from "@adit/bedrock/gateway";
import type { BedrockOptions, CheckTools } from "./check.ts";
import { guardrailUnitsIn, type GuardrailUse } from "./guardrail-use.ts";
import { postJson } from "./post-json.ts";

/** What a check's call to Bedrock may use. */
export interface CheckSpending {
  region: string;
  /** The call's body. */
  shown: JsonObject;
  /** True: while the store is away, limits that are not in memory do not count. */
  isPatient: boolean;
}

/** What such a call holds of the limits of a virtual key of the check's own. */
export interface CheckHold {
  /** Before one more is sent, where those before it may have been billed: reserves for so many. Gives the refusal where there is no room. */
  cover(transmissions: number): Promise<AditError | undefined>;
  /** What AWS bills for it; undefined: nothing was sent. */
  end(uses: readonly GuardrailUse[] | undefined): void;
}

/** Who signs a call of a check's to Bedrock, and where it goes. */
export interface CheckSigner {
  credentials: CredentialSource;
  region: string;
  baseUrl: string | undefined;
  /** False where the emulator stands in for AWS. */
  isBilled: boolean;
  /** Where the call's own limits are not those of the key that signs. Rejects with AditError where there is no room. */
  hold: ((shown: JsonObject) => Promise<CheckHold | undefined>) | undefined;
}

export interface CheckToolsOptions {
  /** Told what each call to Bedrock used, also of each that may have been billed and did not tell. */
  onUsed: (use: GuardrailUse) => void;
  client: BedrockClient;
  post: Post;
  /** `ADIT_FETCH_MEDIA`: false: addresses in texts are not fetched either. */
  fetchMedia: boolean;
  /** Marks calls to other hosts, so that a loop is seen. */
  hop: Readonly<Record<string, string>>;
  /** By the target's own credential, or a virtual key's. Rejects with AditError. */
  signer: (options: BedrockOptions) => Promise<CheckSigner>;
  modelBehind: CheckTools["modelBehind"];
}

export function checkToolsOf(options: CheckToolsOptions): CheckTools {
  const { client, post, fetchMedia: isFetching, hop, signer, onUsed, modelBehind } = options;
  return {
    modelBehind,
    post: (url, body, asked) => postJson(post, url, body, { ...asked, headers: { ...asked.headers, ...hop } }),
    lookUp: async (host, timeoutMs) => {
      await lookUpByNameServers(host, AbortSignal.timeout(timeoutMs));
    },
    reach: isFetching
      ? async (url, timeoutMs) => {
          const status = await statusAt(url, { timeoutMs });
          if (status >= 400) throw new Error(`The address answered ${status}.`);
        }
      : undefined,
    bedrock: async (path, body, asked) => {
      const by = await signer(asked);
      const { credentials, region, baseUrl } = by;
      const held = await by.hold?.(body);
      const uses: GuardrailUse[] = [];
      const use = (units: GuardrailUse["units"]): void => {
        if (!by.isBilled) return;
        const used = units === undefined ? { region, units, shown: body } : { region, units };
        uses.push(used);
        onUsed(used);
      };
      let isSent = false;
      try {
        const reply = await client.passRuntime({
          path,
          region,
          credentials,
          body: Buffer.from(JSON.stringify(body)),
          contentType: "application/json",
          accept: "application/json",
          signal: AbortSignal.timeout(asked.timeoutMs),
          onAttempt: (made) => {
            isSent = true;
            if (isUnclearAttempt(made)) use(undefined);
          },
          ...(baseUrl !== undefined && { baseUrl }),
          ...(held !== undefined && {
            retry: { ...defaultRetryPolicy, beforeRetry: () => held.cover(uses.length + 1) },
          }),
        });
        const answer = parsedObject(reply.body.toString("utf8"));
        use(guardrailUnitsIn(answer?.["usage"]));
        if (answer === undefined) throw new Error("AWS answered without an object.");
        return answer;
      } finally {
        held?.end(isSent ? uses : undefined);
      }
    },
  };
}
