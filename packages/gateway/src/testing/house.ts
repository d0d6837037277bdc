/** A gateway in front of the emulator, and the operator's hand on the same database, as another process would have it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmulator, type Emulator, type EmulatorCredential } from "@adit/emulator";
import type { GatewayKeyInput } from "../access/gateway-key.ts";
import { startGateway, type Gateway } from "../gateway.ts";
import { RequestLog } from "../ledger/request-log/request-log.ts";
import { readSettings } from "../settings.ts";
import { defaultProjectId } from "../store/migrations/people-and-projects.ts";
import type { Stored, StoredParts } from "../stored.ts";
import { storedFor } from "./stored.ts";

export const adminKey = "the-admin-key-of-these-tests";
export const model = "us.amazon.nova-lite-v1:0";
export const messages = [{ role: "user", content: "Good morning" }];
export const operator = { kind: "admin_key" as const };

export interface House {
  gateway: Gateway;
  emulator: Emulator;
  dataDir: string;
  parts: StoredParts;
  logText: () => string;
  /** Calls the gateway with a JSON body. */
  post: (path: string, body: unknown, headers: Record<string, string>) => Promise<Response>;
  /** Asks `model` with this gateway key. */
  chat: (key: string, headers?: Record<string, string>, body?: object) => Promise<Response>;
  /** Makes a gateway key of the default project. */
  newKey: (terms?: Partial<GatewayKeyInput>, projectId?: string) => Promise<string>;
  /** Stores a key pair that the emulator knows. */
  newVirtualKey: (slug: string, terms?: StoredTerms, projectId?: string) => Promise<EmulatorCredential>;
  /** Access key ids of the calls that reached AWS, the oldest first. */
  signers: () => (string | undefined)[];
  close: () => Promise<void>;
}

export interface StoredTerms {
  region?: string;
  allowedModels?: string[];
  allowedRegions?: string[];
  endpoint?: string;
}

export interface HouseOptions {
  variables?: Record<string, string>;
  /** The emulator that AWS is here; one of its own otherwise, which it closes. */
  emulator?: Emulator;
  /** Of the gateway; else short, for who waits for what limits have counted. */
  limitTickMs?: number;
}

export async function openHouse(options: HouseOptions = {}): Promise<House> {
  const emulator = options.emulator ?? (await startEmulator());
  const dataDir = await mkdtemp(join(tmpdir(), "adit-house-"));
  const lines: string[] = [];
  const settings = readSettings({
    ADIT_PORT: "0",
    ADIT_ADMIN_KEY: adminKey,
    ADIT_DATA_DIR: dataDir,
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL: emulator.url,
    AWS_ACCESS_KEY_ID: emulator.credential.accessKeyId,
    AWS_SECRET_ACCESS_KEY: emulator.credential.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    ...options.variables,
  });
  const log = new RequestLog(settings.logLevel, { write: (line: string) => void lines.push(line) });
  const gateway = await startGateway({ settings, log, limitTickMs: options.limitTickMs ?? 50 });
  const stored: Stored = storedFor(settings);
  await Promise.all([gateway.opened, stored.open()]);
  const parts = await stored.ready();
  const post: House["post"] = (path, body, headers) =>
    fetch(`${gateway.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  return {
    gateway,
    emulator,
    dataDir,
    parts,
    logText: () => {
      void log.flush();
      return lines.join("");
    },
    post,
    chat: (key, headers = {}, body = {}) =>
      post("/v1/chat/completions", { model, messages, ...body }, { authorization: `Bearer ${key}`, ...headers }),
    newKey: async (terms = {}, projectId = defaultProjectId) => {
      const input = { name: "a key", scopes: ["completions.write"], ...terms };
      return (await parts.gatewayKeys.create(projectId, input, operator)).secret.reveal();
    },
    newVirtualKey: async (slug, terms = {}, projectId = defaultProjectId) => {
      const credential = pairOf(`${slug}${projectId.slice(-4)}`);
      emulator.addCredential(credential);
      const { accessKeyId, secretAccessKey } = credential;
      const input = { name: slug, slug, credential: { accessKeyId, secretAccessKey }, ...terms };
      await parts.virtualKeys.create(projectId, input, operator);
      return credential;
    },
    signers: () => emulator.requests.map(({ accessKeyId }) => accessKeyId),
    close: async () => {
      await gateway.stop();
      await stored.close();
      if (options.emulator === undefined) await emulator.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** A key pair that nobody else has. */
function pairOf(name: string): EmulatorCredential {
  const letters = name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "");
  return {
    accessKeyId: `AKIA${letters.padEnd(16, "Z").slice(0, 16)}`,
    secretAccessKey: `CANARY${letters}`.padEnd(40, "x"),
  };
}

/** The code and the words of a refusal in OpenAI's form. */
export async function refusalIn(response: Response): Promise<{ status: number; code: string; message: string }> {
  const { error } = (await response.json()) as { error: { code: string; message: string } };
  return { status: response.status, code: error.code, message: error.message };
}
