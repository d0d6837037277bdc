import { randomBytes } from "node:crypto";
import { exampleAccount } from "../auth/example-keys.ts";
import { uniqueId, type Keyring, type Session } from "../auth/keyring.ts";
import type { ArrivedRequest } from "../server/arrived-request.ts";
import { jsonReply, textReply, type Reply } from "../server/reply.ts";

const roleName = "adit-emulator";
const region = "us-east-1";
const roleArn = `arn:aws:iam::${exampleAccount}:role/${roleName}`;
const sessionMs = 6 * 3_600_000;
const longestTokenSeconds = 21_600;
const tokenLimit = 1_000;

export interface MetadataContext {
  request: ArrivedRequest;
  now: number;
}

/** The endpoints that hand credentials to instances (EC2's metadata, version 2) and containers (ECS and EKS). */
export class Metadata {
  readonly #keyring: Keyring;
  readonly #containerToken: string | undefined;
  /** Tokens of PUT /latest/api/token and when they end. */
  readonly #tokens = new Map<string, number>();

  constructor(keyring: Keyring, containerToken: string | undefined) {
    this.#keyring = keyring;
    this.#containerToken = containerToken;
  }

  /** `/latest/...`: a token by PUT, then everything else by GET with it; without it 401, as where version 1 is turned off. */
  answerInstance({ request, now }: MetadataContext): Reply {
    const path = request.path.replace(/^\/latest/, "");
    if (path === "/api/token") {
      return this.#startToken(request, now);
    }
    const expiresAt = this.#tokens.get(request.headers["x-aws-ec2-metadata-token"] ?? "");
    if (expiresAt === undefined || expiresAt <= now) {
      return page(401, "Unauthorized");
    }
    if (request.method !== "GET") {
      return page(405, "Method Not Allowed");
    }
    const credentials = "/meta-data/iam/security-credentials/";
    switch (path) {
      case credentials:
      case credentials.slice(0, -1):
        return textReply(roleName);
      case `${credentials}${roleName}`:
        return textReply(JSON.stringify(instanceDocument(this.#session("i-0123456789abcdef0", now), now), null, 2));
      case "/meta-data/placement/region":
        return textReply(region);
      case "/meta-data/placement/availability-zone":
        return textReply(`${region}a`);
      case "/dynamic/instance-identity/document":
        return textReply(JSON.stringify({ accountId: exampleAccount, region }));
      default:
        return page(404, "Not Found");
    }
  }

  /** `/v1/credentials` (EKS Pod Identity) asks for an Authorization token; `/v2/credentials/ID` (ECS) takes calls without one. */
  answerContainer({ request, now }: MetadataContext): Reply {
    const token = request.headers["authorization"];
    const isAsked = request.path.startsWith("/v1/") || this.#containerToken !== undefined;
    if (isAsked && (token === undefined || (this.#containerToken !== undefined && token !== this.#containerToken))) {
      return jsonReply({ code: "AccessDenied", message: "The authorization token is missing or wrong." }, 401);
    }
    const session = this.#session("container", now);
    return jsonReply({
      RoleArn: roleArn,
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      Token: session.sessionToken,
      Expiration: timestamp(session.expiresAt),
    });
  }

  #startToken(request: ArrivedRequest, now: number): Reply {
    const seconds = Number(request.headers["x-aws-ec2-metadata-token-ttl-seconds"]);
    if (request.method !== "PUT") {
      return page(405, "Method Not Allowed");
    }
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > longestTokenSeconds) {
      return page(400, "Bad Request");
    }
    const oldest = this.#tokens.keys().next();
    if (this.#tokens.size >= tokenLimit && oldest.done !== true) {
      this.#tokens.delete(oldest.value);
    }
    const token = `${randomBytes(40).toString("base64url")}==`;
    this.#tokens.set(token, now + seconds * 1_000);
    const reply = textReply(token);
    reply.headers["X-aws-ec2-metadata-token-ttl-seconds"] = String(seconds);
    return reply;
  }

  #session(name: string, now: number): Session {
    const identity = {
      account: exampleAccount,
      arn: `arn:aws:sts::${exampleAccount}:assumed-role/${roleName}/${name}`,
      userId: `${uniqueId("AROA", roleArn)}:${name}`,
      isSession: true,
    };
    return this.#keyring.startSession(identity, now, now + sessionMs);
  }
}

function instanceDocument(session: Session, now: number): object {
  return {
    Code: "Success",
    LastUpdated: timestamp(now),
    Type: "AWS-HMAC",
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    Token: session.sessionToken,
    Expiration: timestamp(session.expiresAt),
  };
}

function page(status: number, title: string): Reply {
  const body = `<?xml version="1.0" encoding="iso-8859-1"?>\n<html>\n <head>\n  <title>${status} - ${title}</title>\n </head>\n <body>\n  <h1>${status} - ${title}</h1>\n </body>\n</html>\n`;
  return textReply(body, status, "text/html");
}

function timestamp(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
}
