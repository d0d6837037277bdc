import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BedrockRuntimeClient, ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../clock.ts";
import type { CredentialSource } from "./credentials.ts";
import { defaultChain } from "./default-chain.ts";
import { resolveEndpoint } from "./endpoints.ts";
import { regionFromProfile } from "./shared-config.ts";
import { refusalOf, rejectionOf } from "./testing/refusal.ts";

// AWS's package reads the process's own environment, so each test gets one without AWS's variables and with an empty home.
const saved = { ...process.env };
const servers: Server[] = [];
let home = "";

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "adit-chain-"));
  for (const name of Object.keys(process.env)) {
    if (name.startsWith("AWS_")) {
      delete process.env[name];
    }
  }
  process.env["HOME"] = home;
  process.env["AWS_EC2_METADATA_DISABLED"] = "true";
  // Else the package warns on stderr about the next version of Node.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
});

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  for (const name of Object.keys(process.env)) {
    if (!(name in saved)) {
      delete process.env[name];
    }
  }
  Object.assign(process.env, saved);
  rmSync(home, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(home, name);
  writeFileSync(path, text);
  return path;
}

/** Sets the variables, and AWS's files to those of this test. */
function environment(variables: Record<string, string> = {}): NodeJS.ProcessEnv {
  Object.assign(process.env, {
    AWS_CONFIG_FILE: join(home, "config"),
    AWS_SHARED_CREDENTIALS_FILE: join(home, "credentials"),
    ...variables,
  });
  return process.env;
}

function chain(variables: Record<string, string> = {}): CredentialSource {
  return defaultChain({ environment: environment(variables), clock: systemClock });
}

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) {
    body += String(chunk);
  }
  return body;
}

/** What the source gives, opened to compare. */
async function given(source: CredentialSource): Promise<Record<string, unknown>> {
  const credentials = await source.get();
  return credentials.kind === "bearer"
    ? { label: source.label, token: credentials.token.reveal() }
    : {
        label: source.label,
        keys: [
          credentials.accessKeyId,
          credentials.secretAccessKey.reveal(),
          ...(credentials.sessionToken === undefined ? [] : [credentials.sessionToken.reveal()]),
        ],
        ...(credentials.expiresAt !== undefined && { expiresAt: credentials.expiresAt }),
      };
}

const pair = { AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "env-secret" };
const expiresAt = Math.floor((Date.now() + 3_600_000) / 1_000) * 1_000;
const metadataAnswer = JSON.stringify({
  AccessKeyId: "ASIAMETA",
  SecretAccessKey: "meta-secret",
  Token: "meta-token",
  Expiration: new Date(expiresAt).toISOString(),
});
const metadataKeys = { keys: ["ASIAMETA", "meta-secret", "meta-token"], expiresAt };

describe("environment", () => {
  it("gives the Bedrock API key before the key pair", async () => {
    const source = chain({ ...pair, AWS_BEARER_TOKEN_BEDROCK: "ABSKkey" });
    expect(source.label).toBe("server (AWS default chain)");
    expect(await given(source)).toEqual({ label: "server (AWS_BEARER_TOKEN_BEDROCK)", token: "ABSKkey" });
  });

  it("gives the pair with its session token and expiry", async () => {
    const date = new Date(expiresAt).toISOString();
    const source = chain({
      ...pair,
      AWS_SESSION_TOKEN: "env-token",
      AWS_CREDENTIAL_EXPIRATION: date,
      AWS_BEARER_TOKEN_BEDROCK: "",
    });
    expect(await given(source)).toEqual({
      label: "server (environment)",
      keys: ["AKIDENV", "env-secret", "env-token"],
      expiresAt,
    });
  });

  it("takes an empty variable as unset", async () => {
    const source = chain({ ...pair, AWS_SESSION_TOKEN: "", AWS_PROFILE: "", AWS_CREDENTIAL_EXPIRATION: "" });
    expect(await given(source)).toEqual({ label: "server (environment)", keys: ["AKIDENV", "env-secret"] });
  });

  it.each([
    [{ ...pair, AWS_ACCESS_KEY_ID: "AKI\nD" }, "server (environment)", "the access key id"],
    [{ ...pair, AWS_SESSION_TOKEN: "to ken" }, "server (environment)", "the session token"],
    [{ AWS_BEARER_TOKEN_BEDROCK: "ABSKü" }, "server (AWS_BEARER_TOKEN_BEDROCK)", "the key"],
  ])("what no header can carry is the operator's to correct: %o", async (variables, label, part) => {
    const error = await rejectionOf(chain(variables).get());
    expect(error.code).toBe("credentials_unavailable");
    expect(error.message).toContain(`The credentials of the ${label} could not be read: ${part} `);
  });

  it("half a pair is an error, also where a profile would serve", async () => {
    file("credentials", "[default]\naws_access_key_id = A\naws_secret_access_key = B\n");
    const error = await rejectionOf(chain({ AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "" }).get());
    expect(error).toMatchObject({ code: "incomplete_credentials", param: "AWS_SECRET_ACCESS_KEY" });
    const other = await rejectionOf(
      defaultChain({ environment: { AWS_SECRET_ACCESS_KEY: "x" }, clock: systemClock }).get(),
    );
    expect(other.param).toBe("AWS_ACCESS_KEY_ID");
  });

  it("reports an expired short-term key before AWS does", async () => {
    const url =
      "bedrock.amazonaws.com/?X-Amz-Credential=A%2F20250101%2Fus-east-1%2Fbedrock%2Faws4_request&X-Amz-Date=20250101T000000Z&X-Amz-Expires=3600";
    const source = chain({ AWS_BEARER_TOKEN_BEDROCK: `bedrock-api-key-${Buffer.from(url).toString("base64")}` });
    const error = await rejectionOf(source.get());
    expect(error.code).toBe("api_key_expired");
    expect(error.message).toContain("server (AWS_BEARER_TOKEN_BEDROCK)");
  });

  it("B26: explicit credentials are not mixed with the process's own", async () => {
    environment({ AWS_ACCESS_KEY_ID: "PROCESS", AWS_SECRET_ACCESS_KEY: "process" });
    const source = defaultChain({ environment: pair, clock: systemClock });
    expect(await given(source)).toEqual({ label: "server (environment)", keys: ["AKIDENV", "env-secret"] });
  });
});

describe("profiles", () => {
  it("default serves where nothing is named", async () => {
    file("credentials", "[default]\naws_access_key_id = AKIDFILE\naws_secret_access_key = file-secret\n");
    expect(await given(chain())).toEqual({ label: "server (profile default)", keys: ["AKIDFILE", "file-secret"] });
  });

  it("a named one goes before the pair in the environment, as in AWS's SDK for JavaScript", async () => {
    const quiet = vi.spyOn(console, "warn").mockImplementation(() => {});
    file("config", "[profile dev]\naws_access_key_id=AKIDDEV\naws_secret_access_key=dev\naws_session_token=tok\n");
    expect(await given(chain({ ...pair, AWS_PROFILE: "dev" }))).toEqual({
      label: "server (profile dev)",
      keys: ["AKIDDEV", "dev", "tok"],
    });
    expect(quiet).not.toHaveBeenCalled();
    quiet.mockRestore();
  });

  it("are read again once AWS refused what they held", async () => {
    const write = (id: string): string =>
      file("credentials", `[default]\naws_access_key_id=${id}\naws_secret_access_key=s\n`);
    write("FIRST");
    const source = chain();
    expect(await given(source)).toMatchObject({ keys: ["FIRST", "s"] });
    write("SECOND");
    expect(await given(source)).toMatchObject({ keys: ["FIRST", "s"] });
    source.invalidate();
    expect(await given(source)).toMatchObject({ keys: ["SECOND", "s"] });
  });

  it("run a credential process", async () => {
    const answer = { Version: 1, AccessKeyId: "ASIAPROC", SecretAccessKey: "proc", SessionToken: "t" };
    const script = file("give.cjs", `console.log(${JSON.stringify(JSON.stringify(answer))})`);
    file("config", `[profile proc]\ncredential_process = "${process.execPath}" "${script}"\n`);
    expect(await given(chain({ AWS_PROFILE: "proc" }))).toEqual({
      label: "server (profile proc)",
      keys: ["ASIAPROC", "proc", "t"],
    });
  });

  it.each([
    ["its own", ""],
    ["behind its role", "role_arn = arn:aws:iam::123456789012:role/R\nsource_profile = source\n[profile source]\n"],
  ])("run one credential process (%s) at a time, one that hangs for ten minutes", async (_where, before) => {
    const runs = file("runs", "");
    const script = file("ask.sh", `echo >>"${runs}"; sleep 3; exit 1`);
    file("config", `[default]\n${before}credential_process = sh "${script}"\n`);
    let time = Date.now();
    const sleep = () => vi.waitFor(() => expect(readFileSync(runs, "utf8")).not.toBe(""));
    const source = defaultChain({ environment: environment(), clock: { now: () => time, sleep } });
    for (const laterMs of [0, 60_000, 538_000]) {
      time += laterMs;
      const error = await rejectionOf(source.get());
      expect(error.message).toContain("no answer within 60 seconds");
    }
    expect(readFileSync(runs, "utf8")).toBe("\n");
  });

  it("run one credential process at a time, one that hangs for ten minutes, and none again for a term that is no date", async () => {
    const answer = { Version: 1, AccessKeyId: "ASIAPROC", SecretAccessKey: "proc", Expiration: "soon" };
    const runs = file("runs", "");
    // It ends when it is told to.
    const told = join(home, "told");
    const script = file(
      "ask.sh",
      `echo >>"${runs}"; until [ -e "${told}" ]; do sleep 0.01; done; echo '${JSON.stringify(answer)}'`,
    );
    file("config", `[default]\ncredential_process = sh "${script}"\n`);
    let time = Date.now();
    let isPatient = false;
    const sleep: typeof systemClock.sleep = (ms, signal) =>
      isPatient ? systemClock.sleep(ms, signal) : Promise.resolve();
    const source = defaultChain({ environment: environment(), clock: { now: () => time, sleep } });
    const late = { code: "credentials_unavailable", message: expect.stringContaining("no answer within 60 seconds") };
    expect(await rejectionOf(source.get())).toMatchObject(late);
    time += 1_000;
    expect(await rejectionOf(source.get())).toMatchObject(late);
    time += 600_000;
    expect(await rejectionOf(source.get())).toMatchObject(late);
    file("told", "");
    isPatient = true;
    time += 1_000;
    for (let again = 0; again < 2; again += 1) {
      expect(await given(source)).toEqual({ label: "server (profile default)", keys: ["ASIAPROC", "proc"] });
    }
    await vi.waitFor(() => expect(readFileSync(runs, "utf8")).toBe("\n\n"));
  });

  it.each([
    ["a number for a key", { AccessKeyId: 5, SecretAccessKey: 7 }, "the access key id"],
    ["a line break in the key", { AccessKeyId: "AKIA\nX", SecretAccessKey: "s" }, "the access key id"],
    ["an object for a secret", { AccessKeyId: "AKIAX", SecretAccessKey: { hunter2: 1 } }, "the secret access key"],
    ["a secret that is empty", { AccessKeyId: "AKIAX", SecretAccessKey: "" }, "the secret access key"],
    ["a number for a token", { AccessKeyId: "AKIAX", SecretAccessKey: "s", SessionToken: 12 }, "the session token"],
  ])("take nothing of a process that gives %s, and ask it again", async (_what, parts, part) => {
    const answer = file("answer.json", JSON.stringify({ Version: 1, ...parts }));
    file("config", `[default]\ncredential_process = cat "${answer}"\n`);
    let ahead = 0;
    const clock = { ...systemClock, now: () => Date.now() + ahead };
    const source = defaultChain({ environment: environment(), clock });
    const error = await rejectionOf(source.get());
    expect(error).toMatchObject({ code: "credentials_unavailable", retryable: false });
    expect(error.describe()).toContain(
      `server (profile default) could not be read: ${part} is empty, no text, or holds`,
    );
    expect(error.describe()).not.toContain("hunter2");
    file("answer.json", JSON.stringify({ Version: 1, AccessKeyId: "AKIAGOOD", SecretAccessKey: "good" }));
    ahead = 1_000;
    expect(await given(source)).toMatchObject({ keys: ["AKIAGOOD", "good"] });
  });

  it("do not show the command line of a process that fails, and nothing else is asked", async () => {
    file("config", `[default]\ncredential_process = "${process.execPath}" -e "process.exit(3)" --password hunter2\n`);
    const url = await listen((_, response) => response.end(metadataAnswer));
    const error = await rejectionOf(chain({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url }).get());
    expect(error).toMatchObject({ code: "credentials_unavailable", retryable: false });
    expect(error.describe()).toContain("server (profile default) could not be read: the credential process failed.");
    expect(error.describe() + String(error.stack)).not.toContain("hunter2");
  });

  it("a named one that is not there is an error, not a reason to take another identity", async () => {
    const error = await rejectionOf(chain({ ...pair, AWS_PROFILE: "typo" }).get());
    expect(error.code).toBe("credentials_unavailable");
    expect(error.message).toContain("AWS_PROFILE names typo");
  });

  it("count where they are indented, as in AWS's SDKs; what is nested does not, nor what is empty", async () => {
    const keys = "aws_access_key_id = AKIDINDENT\n\taws_secret_access_key = indented";
    file("config", `[default]\n  ${keys}\n  region = eu-west-1\n  s3 =\n    region = nested\n`);
    expect(await given(chain({}))).toMatchObject({
      label: "server (profile default)",
      keys: ["AKIDINDENT", "indented"],
    });
    expect(await regionFromProfile(process.env)).toBe("eu-west-1");
    file(
      "config",
      `[default]\ns3 =\n  region = nested\nregion = eu-west-2\nrole_arn = # none\n[profile dev]\n region = eu-west-3\n`,
    );
    expect((await rejectionOf(chain({}).get())).code).toBe("no_credentials");
    expect(await regionFromProfile(process.env)).toBe("eu-west-2");
    expect(await regionFromProfile({ ...process.env, AWS_PROFILE: "dev" })).toBe("eu-west-3");
    file("config", "[default]\r\nregion = eu-west-1\r");
    expect(await regionFromProfile(process.env)).toBe("eu-west-1");
  });

  it("one that only sets a region lets the next place serve", async () => {
    file("config", "[profile dev]\nregion = eu-west-3 # home\ns3 =\n  region = nested\n[default]\nregion=us-east-2\n");
    const url = await listen((_, response) => response.end(metadataAnswer));
    const source = chain({ AWS_PROFILE: "dev", AWS_CONTAINER_CREDENTIALS_FULL_URI: url });
    expect(await given(source)).toEqual({ label: "server (container)", ...metadataKeys });
    expect(await regionFromProfile(process.env)).toBe("eu-west-3");
    expect(await regionFromProfile({ ...process.env, AWS_PROFILE: "" })).toBe("us-east-2");
    mkdirSync(join(home, ".aws"));
    file(".aws/config", "[default]\nregion = us-west-2\n");
    expect(await regionFromProfile({ HOME: home })).toBe("us-west-2");
    expect(await regionFromProfile({ HOME: join(home, "nowhere") })).toBeUndefined();
  });

  it("assume the role that they name at the STS of their region", async () => {
    const bodies: string[] = [];
    const authorizations: string[] = [];
    const sts = await listen((request, response) => {
      authorizations.push(request.headers.authorization ?? "");
      void bodyOf(request).then((body) => {
        bodies.push(body);
        response.end(stsAnswer("AssumeRole"));
      });
    });
    file(
      "config",
      "[profile app]\nrole_arn = arn:aws:iam::123456789012:role/App\nsource_profile = base\nexternal_id = ext\nregion = eu-north-1\n" +
        "[profile base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = base\n",
    );
    expect(await given(chain({ AWS_PROFILE: "app", AWS_ENDPOINT_URL_STS: sts }))).toEqual({
      label: "server (profile app)",
      keys: ["ASIASTS", "sts-secret", "sts-token"],
      expiresAt,
    });
    expect(bodies[0]).toContain("ExternalId=ext");
    expect(authorizations[0]).toContain("Credential=AKIDBASE/");
    expect(authorizations[0]).toContain("/eu-north-1/sts/");
  });
});

function stsAnswer(action: string): string {
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Credentials><AccessKeyId>ASIASTS</AccessKeyId>
<SecretAccessKey>sts-secret</SecretAccessKey><SessionToken>sts-token</SessionToken><Expiration>${new Date(expiresAt).toISOString()}</Expiration>
</Credentials><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/App/adit</Arn><AssumedRoleId>A:adit</AssumedRoleId></AssumedRoleUser>
</${action}Result><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></${action}Response>`;
}

describe("web identity", () => {
  it.each(["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"])(
    "is exchanged at %s, with the file's newest token",
    async (name) => {
      const calls: URLSearchParams[] = [];
      const sts = await listen((request, response) => {
        void bodyOf(request).then((body) => {
          calls.push(new URLSearchParams(body));
          response.setHeader("content-type", "text/xml");
          response.end(stsAnswer("AssumeRoleWithWebIdentity"));
        });
      });
      const tokenFile = file("token", "token-1");
      const source = chain({
        AWS_WEB_IDENTITY_TOKEN_FILE: tokenFile,
        AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/Pod",
        AWS_REGION: "eu-west-1",
        [name]: sts,
      });
      expect(await given(source)).toEqual({
        label: "server (web identity)",
        keys: ["ASIASTS", "sts-secret", "sts-token"],
        expiresAt,
      });
      file("token", "token-2");
      source.invalidate();
      await source.get();
      expect(calls.map((call) => call.get("WebIdentityToken"))).toEqual(["token-1", "token-2"]);
      expect(calls[0]?.get("Action")).toBe("AssumeRoleWithWebIdentity");
      expect(calls[0]?.get("RoleArn")).toBe("arn:aws:iam::123456789012:role/Pod");
      expect(calls[0]?.get("RoleSessionName")).toBe("adit");
    },
  );

  it("that STS refuses is an error with STS's words", async () => {
    const sts = await listen((request, response) => {
      request.resume();
      response.writeHead(403, { "content-type": "text/xml" });
      response.end(
        `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to perform sts:AssumeRoleWithWebIdentity</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
      );
    });
    const source = chain({
      AWS_WEB_IDENTITY_TOKEN_FILE: file("token", "canary-token"),
      AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/Pod",
      AWS_ENDPOINT_URL_STS: sts,
    });
    const error = await rejectionOf(source.get());
    expect(error.code).toBe("credentials_unavailable");
    expect(error.message).toContain("Not authorized to perform sts:AssumeRoleWithWebIdentity");
    expect(error.remedy).toContain("arn:aws:iam::123456789012:role/Pod");
    expect(error.describe()).not.toContain("canary-token");
  });
});

describe("a container's endpoint", () => {
  it("is asked with the token of the file, as EKS Pod Identity sets it", async () => {
    const tokens: (string | undefined)[] = [];
    const url = await listen((request, response) => {
      tokens.push(request.headers.authorization);
      response.end(metadataAnswer);
    });
    const source = chain({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file("token", "pod-token"),
    });
    expect(await given(source)).toEqual({ label: "server (container)", ...metadataKeys });
    expect(tokens).toEqual(["pod-token"]);
  });

  it("is asked with the token of the variable", async () => {
    const tokens: (string | undefined)[] = [];
    const url = await listen((request, response) => {
      tokens.push(request.headers.authorization);
      response.end(metadataAnswer);
    });
    await chain({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN: "tok" }).get();
    expect(tokens).toEqual(["tok"]);
  });

  it("that leaves one request without an answer is asked again at the next try", async () => {
    let asked = 0;
    const url = await listen((_, response) => {
      asked += 1;
      if (asked > 1) response.end(metadataAnswer);
    });
    let time = Date.now();
    const clock = { now: () => time, sleep: () => vi.waitFor(() => expect(asked).toBe(1)) };
    const source = defaultChain({ environment: environment({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url }), clock });
    const late = { code: "credentials_unavailable", message: expect.stringContaining("no answer within 10 seconds") };
    expect(await rejectionOf(source.get())).toMatchObject(late);
    clock.sleep = () => new Promise(() => {});
    time += 10_000;
    expect(await given(source)).toEqual({ label: "server (container)", ...metadataKeys });
  });

  it("must be near: no other host is asked", async () => {
    const error = await rejectionOf(chain({ AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://evil.example/" }).get());
    expect(error.code).toBe("credentials_unavailable");
    expect(error.message).toContain("URL not accepted");
  });

  it.each([
    [500, "oops", "Server responded with status: 500"],
    [200, "canary-secret is not JSON", "the answer was not JSON."],
    [200, "{}", "response not of the required format"],
  ])("that answers %i %s is an error without what it said", async (status, body, words) => {
    const url = await listen((_, response) => {
      response.writeHead(status);
      response.end(body);
    });
    const error = await rejectionOf(chain({ AWS_CONTAINER_CREDENTIALS_FULL_URI: url }).get());
    expect(error.code).toBe("credentials_unavailable");
    expect(error.message).toContain(words);
    expect(error.describe() + String(error.stack)).not.toContain("canary");
  });
});

describe("instance metadata", () => {
  function instance(): { listener: RequestListener; seen: string[] } {
    const seen: string[] = [];
    const listener: RequestListener = (request, response) => {
      const token = request.headers["x-aws-ec2-metadata-token"];
      seen.push(`${request.method} ${request.url}${token === undefined ? "" : ` ${String(token)}`}`);
      if (request.method === "PUT") {
        response.end("imds-token");
      } else {
        response.end(request.url?.endsWith("/MyRole") === true ? metadataAnswer : "MyRole");
      }
    };
    return { listener, seen };
  }

  it("is asked by version 2", async () => {
    const { listener, seen } = instance();
    const endpoint = await listen(listener);
    const source = chain({ AWS_EC2_METADATA_DISABLED: "", AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint });
    expect(await given(source)).toEqual({ label: "server (instance metadata)", ...metadataKeys });
    expect(seen).toEqual([
      "PUT /latest/api/token",
      "GET /latest/meta-data/iam/security-credentials/ imds-token",
      "GET /latest/meta-data/iam/security-credentials/MyRole imds-token",
    ]);
  });

  it("C21: is never asked by version 1", async () => {
    const seen: string[] = [];
    const endpoint = await listen((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.writeHead(request.method === "PUT" ? 404 : 200);
      response.end(metadataAnswer);
    });
    const source = chain({ AWS_EC2_METADATA_DISABLED: "false", AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint });
    expect((await rejectionOf(source.get())).code).toBe("no_credentials");
    expect(seen).toEqual(["PUT /latest/api/token"]);
  });

  const failed = JSON.stringify({ Code: "AssumeRoleUnauthorizedAccess", Message: "canary" });
  it.each([
    ["", 404, "", "no_credentials", "No AWS credential was found"],
    ["", 503, "", "credentials_unavailable", "server (instance metadata) could not be read: Error response received"],
    [
      "MyRole",
      200,
      failed,
      "credentials_unavailable",
      "server (instance metadata) could not be read: Invalid response",
    ],
    ["MyRole", 429, "slow", "credentials_unavailable", "server (instance metadata) could not be read: Error response"],
  ])("at %s answers %i %s: %s", async (role, status, body, code, words) => {
    const { listener } = instance();
    const endpoint = await listen((request, response) => {
      if (request.url?.endsWith(`/security-credentials/${role}`) === true) response.writeHead(status).end(body);
      else listener(request, response);
    });
    const source = chain({ AWS_EC2_METADATA_DISABLED: "false", AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint });
    const error = await rejectionOf(source.get());
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
    expect(error.describe()).not.toContain("canary");
  });

  it("that does not answer holds nobody up for long", async () => {
    const endpoint = await listen((request) => request.resume());
    const started = performance.now();
    const source = chain({ AWS_EC2_METADATA_DISABLED: "false", AWS_EC2_METADATA_SERVICE_ENDPOINT: endpoint });
    expect((await rejectionOf(source.get())).code).toBe("no_credentials");
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});

describe("nothing set up", () => {
  it("says where it looked and what to do", async () => {
    const source = chain();
    const error = await rejectionOf(source.get());
    expect(error).toMatchObject({ code: "no_credentials", status: 401, retryable: false });
    expect(error.describe()).toContain("AWS_BEARER_TOKEN_BEDROCK");
    expect(error.describe()).toContain("Send one with the request, or give the server one");
    expect(source.label).toBe("server (AWS default chain)");
  });

  it("writes nothing to stdout, whatever AWS's package has to say", async () => {
    const written = vi.spyOn(process.stdout, "write");
    await rejectionOf(
      chain({ AWS_EC2_METADATA_DISABLED: "false", AWS_EC2_METADATA_SERVICE_ENDPOINT: "http://127.0.0.1:1" }).get(),
    );
    expect(written).not.toHaveBeenCalled();
    written.mockRestore();
  });
});

describe("endpoints of the profile in use", () => {
  const services = `[services inner]
bedrock_runtime =
  endpoint_url = https://vpce.test/inner
sts =
  endpoint_url = http://sts.test:81
`;

  /** Where AWS's own SDK would call the runtime. */
  async function originOfSdk(region: string): Promise<string> {
    let origin = "";
    const client = new BedrockRuntimeClient({
      region,
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      maxAttempts: 1,
      requestHandler: {
        handle: ({
          protocol,
          hostname,
          port,
          path,
        }: {
          protocol: string;
          hostname: string;
          port?: number;
          path: string;
        }) => {
          origin = `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path.split("/model/")[0]}`;
          return Promise.reject(new Error("seen"));
        },
      },
    });
    await client.send(new ConverseCommand({ modelId: "m", messages: [] })).catch(() => {});
    return origin;
  }

  it.each<[config: string, variables: Record<string, string>]>([
    ["[default]\nendpoint_url = http://all.test:80", {}],
    ["[profile dev]\nservices = inner\nendpoint_url = http://all.test", { AWS_PROFILE: "dev" }],
    ["[default]\nservices = inner", {}],
    ["[default]\nservices = inner", { AWS_ENDPOINT_URL: "http://variable.test" }],
    ["[default]\nservices = inner", { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true" }],
    ["[default]\nuse_fips_endpoint = true", {}],
    ["[default]\nuse_fips_endpoint = true", { AWS_USE_FIPS_ENDPOINT: "false" }],
    ["[default]\nuse_dualstack_endpoint = true", {}],
  ])("are AWS's SDK's: %j with %j", async (config, variables) => {
    file("config", `${config}\n${services}`);
    const { origin, basePath } = resolveEndpoint("bedrock-runtime", "us-west-2", environment(variables));
    expect(`${origin}${basePath}`).toBe(await originOfSdk("us-west-2"));
  });

  it("are each service's own, and a fault names the setting", () => {
    file("config", `[default]\nservices = inner\nuse_fips_endpoint = yes\n${services}`);
    const variables = environment({ AWS_USE_FIPS_ENDPOINT: "false" });
    expect(resolveEndpoint("sts", "us-west-2", variables).origin).toBe("http://sts.test:81");
    expect(resolveEndpoint("bedrock", "us-west-2", variables).origin).toBe("https://bedrock.us-west-2.amazonaws.com");
    delete process.env["AWS_USE_FIPS_ENDPOINT"];
    const refusal = refusalOf(() => resolveEndpoint("sts", "us-west-2", variables));
    expect(refusal).toMatchObject({ code: "invalid_config", param: "use_fips_endpoint of the AWS profile" });
  });
});
