/** C4, C9, C10: rules that the sources keep, looked up in the sources themselves. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "../..");

/** What ships: the packages' sources without their tests. */
function sources(): { file: string; text: string }[] {
  return readdirSync(join(root, "packages")).flatMap((name) => {
    const folder = join(root, "packages", name, "src");
    return (readdirSync(folder, { recursive: true }) as string[])
      .filter((file) => /\.[cm]?tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && !/(^|\/)testing\//.test(file))
      .map((file) => ({
        file: relative(root, join(folder, file)),
        text: code(readFileSync(join(folder, file), "utf8")),
      }));
  });
}

/** Without comments: they may speak of anything. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

const all = sources();
const filesWith = (pattern: RegExp): string[] =>
  all
    .filter(({ text }) => pattern.test(text))
    .map(({ file }) => file)
    .sort();

test("there are sources to look at", () => {
  expect(all.length).toBeGreaterThan(150);
  expect(filesWith(/class Secret\b/)).toEqual(["packages/bedrock/src/secret.ts"]);
});

describe("no text becomes code, and no process is started", () => {
  test.each([
    ["eval", /(?<![\w.])eval\s*\(/],
    ["new Function", /\bnew\s+Function\b|(?<![\w.])Function\s*\(/],
    ["vm", /["'](node:)?vm["']/],
    ["child_process", /["'](node:)?child_process["']/],
    ["worker_threads from text", /eval:\s*true/],
    ["a timer with text", /set(Timeout|Interval)\(\s*["'`]/],
    ["require", /(?<![\w.])require\s*\(|createRequire/],
    ["process.binding", /process\.(binding|dlopen)/],
    ["a path of import that is not written out", /\bimport\(\s*[^"'\s]/],
  ])("%s", (_name, pattern) => {
    expect(filesWith(pattern)).toEqual([]);
  });
});

test("no text is said to be a URL that cannot be read as one: `URL.canParse` of Node 20 does, once it is hot", () => {
  expect(filesWith(/\bURL\.canParse\b/)).toEqual([]);
});

test("no call keeps a function literal in a property: V8 makes such a one among its old objects, and all that it sees lives on with it", () => {
  const assigned = /^\s+\w+(?:\.#?\w+)+ = (?:async )?(?:\([^()]*\)|\w+)(?:: [\w<>| ]+)? =>/m;
  expect(filesWith(assigned)).toEqual([
    // Once a client, once a process.
    "packages/bedrock/src/client.ts",
    "packages/gateway/src/access/door.ts",
    "packages/gateway/src/store/engines/sqlite-file.ts",
  ]);
});

test("a secret is opened by these alone", () => {
  expect(filesWith(/\.reveal\(\)/)).toEqual([
    // Hashed, as a part of a key of a cache.
    "packages/bedrock/src/auth/identity-hash.ts",
    // The signer, which also writes the bearer header.
    "packages/bedrock/src/auth/sigv4.ts",
    // Taken out of what AWS and others say.
    "packages/bedrock/src/auth/withheld-secrets.ts",
    // Taken out of what the target says.
    "packages/bedrock/src/wire/compatible-endpoint/target.ts",
    // Hashed on the way in; a key that was made just now is shown once.
    "packages/gateway/src/access/admin-key.ts",
    "packages/gateway/src/access/door.ts",
    // A key that was made just now is hashed; what is kept of it to be shown is its beginning.
    "packages/gateway/src/access/gateway-keys.ts",
    // Hashed, to be kept or compared.
    "packages/gateway/src/access/password.ts",
    // Given to the browser, and hashed.
    "packages/gateway/src/access/session-cookie.ts",
    "packages/gateway/src/access/sessions.ts",
    // A key and a pair that were made just now, shown this once.
    "packages/gateway/src/admin/operations/api-keys.ts",
    "packages/gateway/src/cli/apply.ts",
    // Whether the database's address has the form of one.
    "packages/gateway/src/cli/doctor.ts",
    "packages/gateway/src/cli/objects.ts",
    // Addresses and headers of a saved guardrail's webhooks, for the call of the webhook.
    "packages/gateway/src/guardrails/saved/webhook-secrets.ts",
    // The headers that the operator set for the collector of traces, for the collector alone.
    "packages/gateway/src/ledger/traces/exporter.ts",
    // The address of alerts, for the alert alone.
    "packages/gateway/src/limits/alerts/alert-address.ts",
    // Compared with the gateway's own keys, which must not go to AWS.
    "packages/gateway/src/routing/plan/choose-credentials.ts",
    // Hashed, as a part of a key of a cache.
    "packages/gateway/src/routing/plan/credential-sources.ts",
    // The database's address, with its password, for the database alone.
    "packages/gateway/src/store/engines/location.ts",
    // The vault: the key of hashes, the master key, what is sealed.
    "packages/gateway/src/vault/keyed-hash.ts",
    "packages/gateway/src/vault/master-key.ts",
    // A Bedrock API key says itself of which kind it is.
    "packages/gateway/src/vault/read-credential.ts",
    "packages/gateway/src/vault/vault.ts",
    // Credentials for the signer.
    "packages/gateway/src/vault/virtual-key-sources.ts",
  ]);
});

test("a sealed record is opened by the signer's sources, for webhooks and for the key of hashes alone", () => {
  expect(filesWith(/\.unseal(OrMake)?\(/)).toEqual([
    // For who checks signatures that callers make.
    "packages/gateway/src/access/key-pairs.ts",
    // Addresses and headers of webhooks, in guardrails and where a saved config writes them out, for who calls them.
    "packages/gateway/src/guardrails/saved/sealed-versions.ts",
    // The address of alerts, for who sends them.
    "packages/gateway/src/limits/alerts/alert-address.ts",
    "packages/gateway/src/vault/keyed-hash.ts",
    "packages/gateway/src/vault/vault.ts",
    "packages/gateway/src/vault/virtual-key-sources.ts",
  ]);
  expect(filesWith(/"sealedRecords"|\btable sealed_records/)).toEqual([
    // Takes such records away, unread.
    "packages/gateway/src/store/imported-rows.ts",
    "packages/gateway/src/store/migrations/vault.ts",
    "packages/gateway/src/vault/rotation.ts",
    "packages/gateway/src/vault/vault.ts",
  ]);
});

test("what is called is called through the operator's proxies, with the certificates that the operator trusts", () => {
  expect(filesWith(/(?<![\w.#])fetch\(/).filter((file) => !/^packages\/(dashboard|emulator)\//.test(file))).toEqual([
    // The collector's own variables say how it is reached.
    "packages/gateway/src/ledger/traces/exporter.ts",
  ]);
});

test("the environment is read where it comes in", () => {
  expect(filesWith(/process\.env\b|\benv\b.*from "node:process"/)).toEqual([
    "packages/bedrock/src/bedrock.ts",
    "packages/bedrock/src/generate/shared-connections.ts",
    "packages/gateway/src/main.ts",
  ]);
});

test("nothing writes to the console; what the command says goes to its own streams", () => {
  // Pages show code to copy, in which it stands as text.
  const written = filesWith(/(?<![\w.])console\s*\.\s*\w+\s*\(/);
  expect(written.filter((file) => !file.startsWith("packages/dashboard/"))).toEqual([]);
  const streams = filesWith(/process\.std(out|err)\.write/);
  for (const file of streams) expect(file).toMatch(/^packages\/\w+\/src\/(cli|main\.ts)/);
});

test("certificates are checked and no secret is compared by ===", () => {
  expect(filesWith(/rejectUnauthorized\s*:\s*false|NODE_TLS_REJECT_UNAUTHORIZED|checkServerIdentity/)).toEqual([]);
  expect(filesWith(/reveal\(\)\s*[!=]==|[!=]==\s*[\w.]+\.reveal\(\)/)).toEqual([]);
  const door = all.find(({ file }) => file === "packages/gateway/src/access/admin-key.ts")!;
  expect(door.text).toMatch(/timingSafeEqual\(/);
});

test("hosts are named in the tables of endpoints, not in the code of calls", () => {
  const hosts = all.flatMap(({ file, text }) =>
    [...text.matchAll(/["'`]https?:\/\/([\w.-]+\.[a-z]{2,})/g)].map((found) => `${file}: ${found[1]}`),
  );
  // Addresses that are called, not only shown; `.invalid` is nobody's.
  const called = hosts.filter(
    (line) => !/emulator|error-table|docs-routes|cli\/|admin\/schemas\/|dashboard\/|\.invalid$/.test(line),
  );
  expect(called).toEqual(["packages/gateway/src/routing/plan/custom-host.ts: api.openai.com"]);
});
