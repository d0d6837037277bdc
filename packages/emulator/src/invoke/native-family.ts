/** What a family of models speaks under InvokeModel: its body into a call, and an answer into its reply and its stream. */
import type { ConverseRequest } from "@adit/bedrock";
import type { Exchange } from "../generate/respond.ts";
import type { ResolvedModel } from "../model-list/resolve-model.ts";
import type { Rule } from "../validate/call.ts";
import type { Refusal } from "../validate/refusal.ts";

export type NativeBody = Readonly<Record<string, unknown>>;

/** A body in Converse's terms, or what the model's layer refuses. */
export type NativeRead = { request: ConverseRequest } | { refusal: Refusal };

export interface NativeFamily {
  read(body: NativeBody, model: ResolvedModel): NativeRead;
  /** Rules of the model's layer on what was read. */
  rules: readonly Rule[];
  reply(exchange: Exchange): object;
  /** Chunks of the stream, without `amazon-bedrock-invocationMetrics`, which `invoke.ts` puts into the last. A family without it has no streams. */
  chunks?(exchange: Exchange): object[];
  /** Recorded: Jamba tells its metrics in a chunk of their own. */
  metricsApart?: true;
  /** A last chunk that is no JSON. */
  closing?: string;
}
