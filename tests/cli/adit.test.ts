import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { startEmulator, type Emulator } from "@adit/emulator";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { startWarnings } from "../../packages/gateway/src/cli/start-warnings.ts";
import { readSettings } from "../../packages/gateway/src/settings.ts";
import { Store } from "../../packages/gateway/src/store/store.ts";
import { runHere, Running, runToEnd } from "./command.ts";

const key = "a-gateway-key-for-the-command";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

/** The variables of a certificate that is good for two days. */
async function madeCertificate(): Promise<{ files: Record<string, string>; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "adit-cli-certificate-"));
  const files = { ADIT_TLS_CERT: join(folder, "cert.pem"), ADIT_TLS_KEY: join(folder, "key.pem") };
  const made = ["-newkey", "rsa:2048", "-nodes", "-keyout", files.ADIT_TLS_KEY, "-out", files.ADIT_TLS_CERT];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...made, "-subj", "/CN=adit.test"], { stdio: "ignore" });
  return { files, remove: () => rm(folder, { recursive: true }) };
}

describe("adit", () => {
  test("--help lists the subcommands", async () => {
    const { code, stdout } = await runToEnd(["--help"]);
    expect(code).toBe(0);
    for (const name of ["serve", "doctor", "emulator"]) expect(stdout).toContain(`adit ${name}`);
  });

  test.each([
    ["serve", "--help"],
    ["doctor", "-h"],
    ["help", "emulator"],
  ])("%s %s is the help of one subcommand alone", async (...args) => {
    const { code, stdout } = await runHere(args);
    const name = args[0] === "help" ? args[1] : args[0];
    expect(code).toBe(0);
    expect([...stdout.matchAll(/adit (serve|doctor|emulator)/g)].map(([, found]) => found)).toEqual([name]);
    expect(stdout).toContain("--");
  });

  test("--version is a version", async () => {
    expect((await runToEnd(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    [["sevre"], 'Did you mean "serve"?'],
    [["serve", "--prot", "1"], "--prot"],
    [["serve", "--port", "eighty"], '--port must be a whole number from 0 to 65535, and is "eighty".'],
    [["keys", "lst"], 'There is no action "lst". Did you mean "list"?'],
    [["keys", "create"], "create needs a name."],
    [["configs", "save", "pc-x"], "--file must name a file."],
    [["__proto__"], "no subcommand"],
  ])("%j is not understood: status 2, what is wrong, and the help", async (args, words) => {
    const { code, stdout, stderr } = await runHere(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(words);
    expect(stderr).toMatch(/\n {2}adit [a-z]+/);
  });
});

test.each([["configs"], ["virtual-keys"]])("the file of %s is read before the store is held", async (kind) => {
  const { code, stderr } = await runHere([kind, "save", "prod", "--file", "no-such-file"]);
  expect(code).toBe(1);
  expect(stderr).toContain("The file no-such-file cannot be read: ENOENT");
  expect(stderr).not.toContain("A new store was made");
});

test("whoever reads what is printed may leave early", () => {
  const program = resolve(import.meta.dirname, "../../packages/gateway/dist/program/main.js");
  const many = `for i in 1 2 3; do "${process.execPath}" "${program}" --help; done`;
  const ended = spawnSync("bash", ["-c", `set -o pipefail; (exec 3>&1; ${many}) | true; echo "\${PIPESTATUS[0]}"`], {
    encoding: "utf8",
  });
  expect([ended.stdout, ended.stderr]).toEqual(["0\n", ""]);
});

describe("adit serve", () => {
  test.each([
    ["ADIT_PORT", "eighty"],
    ["HTTPS_PROXY", "ftp://proxy.example"],
    ["AWS_REGION", "Oregon"],
    ["AWS_ENDPOINT_URL", "localhost:8788"],
  ])("%s out of form is named, and nothing listens", async (name, value) => {
    const { code, stderr } = await runHere(["serve"], { ADIT_ADMIN_KEY: key, [name]: value });
    expect(code).toBe(1);
    expect(stderr).toContain(`adit serve: ${name}`);
    expect(stderr).not.toContain("listens");
  });

  test("a variable that looks like a setting and is none is told, by the start and by adit doctor, without its value", async () => {
    const variables = { ADIT_ADMIN_KEY: key, ADIT_TLS_CRT: "/etc/adit/CANARY.pem" };
    const words = "ADIT_TLS_CRT is no setting of Adit's, and counts for nothing. Did you mean ADIT_TLS_CERT?";
    const serving = await Running.start(["serve", "--port", "0"], variables);
    await serving.said(/counts for nothing/);
    serving.signal("SIGTERM");
    const { stderr } = await serving.ended();
    expect(stderr.split("\n")).toContain(words);
    const { stdout } = await runHere(["doctor"], variables);
    expect(stdout.split("\n")).toContain(`ok  settings: understood. ${words}`);
    expect(stderr + stdout).not.toContain("CANARY");
  });

  test("files that are no certificate and key are named", async () => {
    const file = resolve(import.meta.dirname, "../../package.json");
    const { code, stderr } = await runToEnd(["serve", "--port", "0"], { ADIT_TLS_CERT: file, ADIT_TLS_KEY: file });
    expect(code).toBe(1);
    expect(stderr).toContain(`The files of ADIT_TLS_CERT and ADIT_TLS_KEY, ${file} and ${file},`);
  });

  test.skipIf(!hasOpenssl)(
    "a certificate whose time is over, or is still to come, is served and told of, by the start and by adit doctor",
    async () => {
      const { files, remove } = await madeCertificate();
      const serving = await Running.start(["serve", "--port", "0"], { ADIT_ADMIN_KEY: key, ...files });
      await serving.said(/Dashboard/);
      serving.signal("SIGTERM");
      expect((await serving.ended()).stderr).not.toContain("certificate");
      const day = 86_400_000;
      for (const [now, words] of [
        [Date.now() + 3 * day, /ADIT_TLS_CERT, \S+, expired on \d{4}-\d\d-\d\d: clients refuse it\./],
        [Date.now() - 3 * day, /ADIT_TLS_CERT, \S+, is good from \d{4}-\d\d-\d\d on: until then clients refuse it\./],
      ] as const) {
        const clock = vi.spyOn(Date, "now").mockImplementation(() => now);
        try {
          const { stdout } = await runHere(["doctor"], files);
          expect(stdout).toMatch(words);
          expect(stdout).toContain("ok  settings: understood. The certificate");
          expect(startWarnings(readSettings(files), now)).toEqual([expect.stringMatching(words)]);
        } finally {
          clock.mockRestore();
        }
      }
      await remove();
    },
  );

  test.skipIf(!hasOpenssl)("a key that comes out of a pipe, which gives it once, is served by", async () => {
    const { files, remove } = await madeCertificate();
    const { ADIT_TLS_KEY: file = "" } = files;
    const pipe = `${file}.pipe`;
    execFileSync("mkfifo", [pipe]);
    const writer = spawn("sh", ["-c", 'cat "$0" > "$1"', file, pipe]);
    const serving = await Running.start(["serve", "--port", "0"], { ...files, ADIT_TLS_KEY: pipe });
    await serving.said(/The admin key was made/);
    serving.signal("SIGTERM");
    expect((await serving.ended()).code).toBe(0);
    writer.kill();
    await remove();
  });

  test("a data folder that cannot be made is named, and the command ends", async () => {
    const variables = { ADIT_DATA_DIR: "/proc/adit-data" };
    const { code, stderr } = await runToEnd(["serve", "--port", "0"], variables);
    expect(code).toBe(1);
    expect(stderr).toContain("/proc/adit-data/admin-key");
    const withKey = await runToEnd(["serve", "--port", "0"], { ...variables, ADIT_ADMIN_KEY: key });
    expect(withKey.code).toBe(1);
    expect(withKey.stderr).toMatch(/\nadit serve: The data folder \/proc\/adit-data .* Set ADIT_DATA_DIR/);
  });

  test("a port in use says so", async () => {
    const first = await Running.start(["serve", "--port", "0"], { ADIT_ADMIN_KEY: key });
    const port = await first.said(/127\.0\.0\.1:(\d+)/);
    const { code, stderr } = await runToEnd(["serve", "--port", port], { ADIT_ADMIN_KEY: key });
    expect(code).toBe(1);
    expect(stderr).toContain(port);
    first.signal("SIGTERM");
    expect((await first.ended()).code).toBe(0);
  });

  test("a second signal ends it at once, though it came before the first had been heard", async () => {
    const serving = await Running.start(["serve", "--port", "0"], { ADIT_ADMIN_KEY: key });
    await serving.said(/Adit listens on/);
    for (const name of ["SIGSTOP", "SIGTERM", "SIGINT", "SIGCONT"] as const) serving.signal(name);
    expect((await serving.ended()).code).toBe(1);
  });

  test("what fails where nobody waits for it is logged by its place, without its words, and ends no call", async () => {
    const failing =
      'process.on("SIGUSR2", () => void Promise.reject(new RangeError(["canary", "of-a-stray"].join("-"))))';
    const serving = await Running.start(["serve", "--port", "0", "--emulator"], {
      ADIT_ADMIN_KEY: key,
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(failing)}`,
    });
    const url = await serving.said(/http:\/\/127\.0\.0\.1:\d+/);
    serving.signal("SIGUSR2");
    const line = await serving.said(/^.*"msg":"stray fault".*$/m);
    const fault = JSON.parse(line) as { level: number; name: string; at: string[] };
    expect(fault).toMatchObject({ level: 50, name: "RangeError" });
    expect(fault.at[0]).toContain("data:text/javascript");
    expect((await chat(url)).status).toBe(200);
    serving.signal("SIGTERM");
    const { code, stdout, stderr } = await serving.ended();
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain("canary-of-a-stray");
  });

  test("without a terminal a made key is written to a file, never printed", async () => {
    const serving = await Running.start(["serve", "--port", "0"]);
    await serving.said(/The admin key was made and is kept in (\S+admin-key)/);
    serving.signal("SIGINT");
    const { code, stdout, stderr } = await serving.ended();
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain("adit_admin_");
  });

  test("without credentials it answers by an error that says what to do, never by the emulator", async () => {
    const serving = await Running.start(["serve", "--port", "0"], { ADIT_ADMIN_KEY: key });
    const url = await serving.said(/http:\/\/127\.0\.0\.1:\d+/);
    const answer = await chat(url);
    expect(answer.status).toBe(401);
    expect(await answer.text()).toContain("no_aws_credentials");
    serving.signal("SIGTERM");
    await serving.ended();
  });

  test("--emulator answers where there are no credentials, prints a curl line for the region, and says where the answer is from", async () => {
    const variables = { ADIT_ADMIN_KEY: key, AWS_REGION: "eu-central-1" };
    const serving = await Running.start(["serve", "--port", "0", "--emulator"], variables);
    const url = await serving.said(/http:\/\/127\.0\.0\.1:\d+/);
    const model = await serving.said(/curl -s http:\/\/127\.0\.0\.1:\d+\/v1\/chat\/completions .*"model":"([^"]+)"/);
    const answer = await chat(url, {}, model);
    expect(answer.headers.get("x-adit-route")).toBe("emulator");
    expect(await answer.text()).toContain("[emulator]");
    serving.signal("SIGTERM");
    const { code, stdout } = await serving.ended();
    expect(code).toBe(0);
    expect(JSON.parse(stdout.split("\n")[0] ?? "")).toMatchObject({
      status: 200,
      route: "emulator",
      path: "/v1/chat/completions",
    });
  });

  test("--emulator leaves a request with credentials to AWS", async () => {
    const serving = await Running.start(["serve", "--port", "0", "--emulator"], {
      ADIT_ADMIN_KEY: key,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: "http://127.0.0.1:9",
    });
    const url = await serving.said(/http:\/\/127\.0\.0\.1:\d+/);
    const own = { "x-adit-aws-access-key-id": "AKIAX", "x-adit-aws-secret-access-key": "s" };
    const answer = await chat(url, own);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("127.0.0.1:9");
    serving.signal("SIGTERM");
    await serving.ended();
  });

  function chat(
    url: string,
    headers: Record<string, string> = {},
    model = "us.amazon.nova-lite-v1:0",
  ): Promise<Response> {
    return fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
      body: JSON.stringify({
        model,
        messages: [{ role: "user", content: "Good morning" }],
      }),
    });
  }
});

describe("adit doctor", () => {
  let emulator: Emulator;
  let variables: Record<string, string>;
  beforeAll(async () => {
    emulator = await startEmulator();
    variables = {
      AWS_ENDPOINT_URL: emulator.url,
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: emulator.credential.accessKeyId,
      AWS_SECRET_ACCESS_KEY: emulator.credential.secretAccessKey,
    };
  });
  afterAll(() => emulator.close());

  test("all good, at no cost: no model is asked", async () => {
    emulator.clearRequests();
    const { code, stdout } = await runToEnd(["doctor"], variables);
    expect(stdout).not.toContain("!!");
    expect(stdout).toContain("eu-west-1");
    expect(code).toBe(0);
    const called = emulator.requests.filter((request) => request.operation === "Converse");
    expect(called.map((request) => request.status)).toEqual([400]);
  });

  test.each([
    ["bedrock/eu.amazon.nova-lite-v1:0", "eu.amazon.nova-lite-v1:0", "eu-west-1"],
    ["arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0", undefined, "us-west-2"],
  ])("--model %s asks it for one token", async (name, id = name, region) => {
    const { code, stdout } = await runHere(["doctor", "--model", name], variables);
    expect(stdout).toContain(`ok  one token of ${id}`);
    expect(code).toBe(0);
    expect(emulator.requests.at(-1)?.region).toBe(region);
  });

  test("the store: to be made, there, or out of reach, without the password", async () => {
    const folder = await mkdtemp(join(tmpdir(), "adit-doctor-"));
    const here = { ...variables, ADIT_DATA_DIR: folder };
    try {
      const file = join(folder, "adit.db");
      expect((await runHere(["doctor"], here)).stdout).toContain(`ok  store: ${file}, which the start will make`);
      expect(existsSync(file)).toBe(false);
      await (await Store.open({ file })).close();
      expect((await runHere(["doctor"], here)).stdout).toContain(`ok  store: ${file}, its schema up to date`);
      const elsewhere = { ...here, DATABASE_URL: "postgres://ada:canary-password@127.0.0.1:1/adit" };
      const { code, stdout } = await runHere(["doctor"], elsewhere);
      expect(stdout).toMatch(/!! {2}store: The store could not be opened: .*ECONNREFUSED.* Check DATABASE_URL/);
      expect(stdout).toContain("ok  calling models");
      expect(stdout).not.toContain("canary-password");
      expect(code).toBe(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("a wrong secret: which credential, AWS's words, what to do", async () => {
    const { code, stdout } = await runHere(["doctor"], { ...variables, AWS_SECRET_ACCESS_KEY: "canary-wrong-secret" });
    expect(code).toBe(1);
    expect(stdout).toContain("server (environment)");
    expect(stdout).toContain("signature");
    expect(stdout).not.toContain("canary-wrong-secret");
  });

  test("no credentials at all", async () => {
    const { code, stdout } = await runHere(["doctor"], { AWS_ENDPOINT_URL: emulator.url });
    expect(code).toBe(1);
    expect(stdout).toContain("No AWS credential was found");
  });

  test("what swallows a call is said after a minute, and not after the hour that an answer may take", async () => {
    emulator.clearRequests();
    emulator.faultNext({ kind: "silence", operation: "Converse" });
    const steady = performance.now.bind(performance);
    let later = 0;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => steady() + later);
    try {
      const examined = runHere(["doctor"], variables);
      await expect.poll(() => emulator.requests.at(-1)?.operation, { timeout: 20_000 }).toBe("Converse");
      later = 61_000;
      const { code, stdout } = await examined;
      expect(stdout).toMatch(/!! {2}calling models \(bedrock-runtime\): No answer from .* within 60 s/);
      expect(code).toBe(1);
    } finally {
      clock.mockRestore();
    }
  });

  test.each([
    ["a proxy without the route", 404, { message: "no Route matched with those values" }, {}],
    ["an API of another kind", 400, { error: { message: "Unknown request URL" } }, {}],
    [
      "another service of AWS's",
      404,
      { Output: { __type: "com.amazon.coral.service#UnknownOperationException" }, Version: "1.0" },
      { "x-amzn-requestid": "4", "x-amzn-errortype": "UnknownOperationException" },
    ],
  ])("an endpoint where %s answers is not said to be Bedrock", async (_name, status, body, headers) => {
    const stranger = createServer((_request, response) => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(body));
    });
    await new Promise<void>((listening) => stranger.listen(0, "127.0.0.1", listening));
    const url = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    try {
      const { code, stdout } = await runHere(["doctor"], { ...variables, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url });
      expect(stdout).toMatch(/!! {2}calling models \(bedrock-runtime\): .*AWS_ENDPOINT_URL_BEDROCK_RUNTIME/);
      expect(code).toBe(1);
    } finally {
      stranger.close();
    }
  });

  test.each([
    ["HTTPS_PROXY", "ftp://ada:canary@proxy.test"],
    ["AWS_ENDPOINT_URL", "localhost:8788"],
  ])("%s out of form is the first thing said, without a password", async (name, value) => {
    const { code, stdout } = await runHere(["doctor"], { ...variables, [name]: value });
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`!! {2}settings: ${name} is not .*\\n$`));
    expect(stdout).not.toContain("canary");
  });

  test.each([
    ["ADIT_MASTER_KEY", "canary-master-key", "ADIT_MASTER_KEY holds no master key"],
    ["ADIT_MASTER_KEY_OLD", "canary-master-key", "ADIT_MASTER_KEY_OLD holds no master key"],
    ["DATABASE_URL", "mysql://ada:canary@db.test/adit", "DATABASE_URL is not of the form"],
    ["ADIT_TLS_CERT", "/nowhere/cert.pem", "The file of ADIT_TLS_CERT, /nowhere/cert.pem, cannot be read"],
  ])("%s out of form, which stops the start, is not said to be understood", async (name, value, words) => {
    const more: Record<string, string> = name === "ADIT_TLS_CERT" ? { ADIT_TLS_KEY: value } : {};
    const { code, stdout } = await runHere(["doctor"], { ...variables, [name]: value, ...more });
    expect(code).toBe(1);
    expect(stdout).toContain(`!!  settings: ${words}`);
    expect(stdout).not.toContain("canary");
  });

  test("an endpoint that is not there", async () => {
    const { code, stdout } = await runHere(["doctor"], { ...variables, AWS_ENDPOINT_URL: "http://127.0.0.1:9" });
    expect(code).toBe(1);
    expect(stdout).toContain("127.0.0.1:9");
    expect(stdout).toMatch(/identity \(STS\): .* Check the region, DNS, proxies and firewalls\./);
    expect(stdout).not.toContain("trust policy");
  });
});

describe("adit emulator", () => {
  test("serves, and prints what AWS's SDKs need", async () => {
    const serving = await Running.start(["emulator", "--port", "0"]);
    const url = await serving.said(/AWS_ENDPOINT_URL=(http:\/\/127\.0\.0\.1:\d+)/);
    const answer = await fetch(`${url}/model/amazon.nova-lite-v1%3A0/converse`, { method: "POST", body: "{}" });
    expect(answer.status).toBe(403);
    serving.signal("SIGTERM");
    expect((await serving.ended()).code).toBe(0);
  });

  test("an option that is empty is one that was not given: nothing listens everywhere", async () => {
    const serving = await Running.start([
      "emulator",
      "--port",
      "0",
      "--host",
      "",
      "--recordings",
      "",
      "--scenario",
      " ",
    ]);
    expect(await serving.said(/listens on (http:\/\/\S+?):\d+/)).toBe("http://127.0.0.1");
    serving.signal("SIGTERM");
    expect((await serving.ended()).code).toBe(0);
  });

  test.each([
    ["scenario", "missing.json", "missing.json"],
    ["scenario", resolve(import.meta.dirname, "../../package.json"), "package.json: "],
    ["scenario", resolve(import.meta.dirname, "../../README.md"), "README.md: The scenario is not JSON"],
    ["recordings", "missing", "missing"],
    ["recordings", resolve(import.meta.dirname, "../../deploy"), "deploy holds no recorded exchange"],
  ])("a %s that cannot be read is said: %s", async (option, file, words) => {
    const { code, stderr } = await runHere(["emulator", "--port", "0", `--${option}`, file]);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});
