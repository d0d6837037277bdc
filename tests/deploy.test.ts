/** The files of `deploy`: read, verified where the machine has a tool for it, and compared with the program that they start. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { readSettings } from "@adit/gateway";
import { describe, expect, test } from "vitest";
import { root } from "./docs/documents.ts";

const read = (name: string): string => readFileSync(join(root, "deploy", name), "utf8");
const entry = "packages/gateway/bin/adit.js";
const settings = readSettings({});

describe("Dockerfile", () => {
  const lines = read("Dockerfile").split("\n");
  const last = lines.slice(lines.findLastIndex((line) => line.startsWith("FROM")));

  test("the last stage has no tools of the first, and is not root when it starts", () => {
    expect(lines.filter((line) => line.startsWith("FROM"))).toHaveLength(2);
    const user = last.findIndex((line) => line === "USER node");
    expect(user).toBeGreaterThan(0);
    expect(last.slice(user).filter((line) => /^(?:USER|RUN)/.test(line))).toEqual(["USER node"]);
  });

  test("it starts what is there, on the program's own port, and asks /ready", () => {
    expect(last).toContain(`ENTRYPOINT ["node", "${entry}"]`);
    expect(existsSync(join(root, entry))).toBe(true);
    expect(last).toContain(`EXPOSE ${settings.port}`);
    expect(last.join("\n")).toMatch(/^HEALTHCHECK[\s\S]*\/ready/m);
  });

  test("what its health check runs is JavaScript that tells good from bad", () => {
    const [, program = ""] = /CMD \["node", "-e", "(.*)"\]/.exec(last.join("\n")) ?? [];
    const environment = { ...process.env, ADIT_PORT: "1" };
    expect(spawnSync(process.execPath, ["-e", program], { env: environment }).status).toBe(1);
  });

  test("every variable that it sets is one that the settings read", () => {
    const names = [...lines.join("\n").matchAll(/\b(ADIT_\w+)=/g)].map((match) => match[1] ?? "");
    const source = readFileSync(join(root, "packages/gateway/src/settings.ts"), "utf8");
    expect(names.length).toBeGreaterThan(2);
    expect(names.filter((name) => !source.includes(`"${name}"`))).toEqual([]);
  });
});

test("compose.yaml waits for the database, shows its port to this machine alone, and holds no secret", () => {
  const compose = parse(read("compose.yaml")) as {
    services: Record<string, { environment: Record<string, string>; ports?: string[]; depends_on?: object }>;
  };
  const { gateway, database } = compose.services;
  expect(gateway).toMatchObject({
    ports: [`127.0.0.1:${settings.port}:${settings.port}`],
    depends_on: { database: { condition: "service_healthy" } },
    read_only: true,
  });
  for (const name of ["DATABASE_URL", "ADIT_MASTER_KEY", "ADIT_ADMIN_KEY"])
    expect(gateway?.environment[name]).toMatch(/\$\{\w+:\?/);
  expect(database?.environment["POSTGRES_PASSWORD"]).toMatch(/^\$\{POSTGRES_PASSWORD:\?/);
  // The file that they come from goes into no image and no commit.
  expect(read("Dockerfile.dockerignore").split("\n")).toContain("**/.env");
  expect(read("../.gitignore").split("\n")).toContain("/deploy/.env");
});

test.runIf(spawnSync("docker", ["compose", "version"]).status === 0)("docker compose reads compose.yaml", () => {
  const environment = { ...process.env, POSTGRES_PASSWORD: "p", ADIT_MASTER_KEY: "m", ADIT_ADMIN_KEY: "a" };
  const file = join(root, "deploy/compose.yaml");
  const read = spawnSync("docker", ["compose", "-f", file, "config", "--quiet"], {
    env: environment,
    encoding: "utf8",
  });
  expect([read.status, read.stderr]).toEqual([0, ""]);
});

/** The few forms of Helm's language that the chart uses, filled from its values. */
function filled(template: string): string {
  const values = parse(read("helm/adit/values.yaml")) as Record<string, unknown>;
  const at = (path: string): unknown =>
    path.split(".").reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], values);
  return template
    .replaceAll(/\n *\{\{- range [\s\S]*?\{\{- end \}\}/g, "")
    .replaceAll(
      /\n *\{\{- toYaml \.Values\.([\w.]+) \| nindent \d+ \}\}/g,
      (_, path: string) => ` ${JSON.stringify(at(path))}`,
    )
    .replaceAll("{{ add .Values.shutdownSeconds 15 }}", String(Number(at("shutdownSeconds")) + 15))
    .replaceAll(/\{\{ \.Values\.([\w.]+) \| quote \}\}/g, (_, path: string) => JSON.stringify(String(at(path))))
    .replaceAll(/\{\{ \.Values\.([\w.]+) \}\}/g, (_, path: string) => String(at(path)))
    .replaceAll("{{ .Release.Name }}", "adit");
}

describe("the chart", () => {
  const templates = readdirSync(join(root, "deploy/helm/adit/templates"));

  test.each(templates)("%s is an object of Kubernetes once it is filled", (name) => {
    const text = filled(read(`helm/adit/templates/${name}`));
    expect(text).not.toContain("{{");
    for (const document of parseAllDocuments(text)) {
      expect(document.errors).toEqual([]);
      expect(document.toJS()).toMatchObject({
        apiVersion: expect.any(String) as unknown,
        kind: expect.any(String) as unknown,
        metadata: { name: "adit" },
      });
    }
  });

  test.runIf(spawnSync("helm", ["version"]).status === 0)("helm finds no fault, and renders it", () => {
    const chart = join(root, "deploy/helm/adit");
    execFileSync("helm", ["lint", chart], { encoding: "utf8" });
    const rendered = execFileSync("helm", ["template", "adit", chart], { encoding: "utf8" });
    expect(parseAllDocuments(rendered)).toHaveLength(templates.length);
  });

  test("its pods are not root, are ready by /ready, and are given longer than the gateway's patience", () => {
    const deployment = parse(filled(read("helm/adit/templates/deployment.yaml"))) as {
      spec: { template: { spec: Record<string, unknown> & { containers: Record<string, unknown>[] } } };
    };
    const pod = deployment.spec.template.spec;
    expect(pod).toMatchObject({
      // Or ADIT_PORT is that of a service named adit, such as tcp://10.0.0.1:8787.
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true },
      terminationGracePeriodSeconds: settings.shutdownSeconds + 15,
    });
    expect(pod.containers[0]).toMatchObject({
      // 15 minutes, which is how long a gateway serves without the database.
      readinessProbe: { httpGet: { path: "/ready" }, periodSeconds: 5, failureThreshold: 180 },
      livenessProbe: { httpGet: { path: "/health" } },
      // Without it each restart of a pod refuses what the service still sends it.
      lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
      ports: [{ containerPort: settings.port }],
      envFrom: [{ secretRef: { name: "adit" } }],
    });
  });
});

describe("the systemd unit", () => {
  const unit = read("adit.service");

  test("it starts what is there, and waits longer than the gateway's patience", () => {
    expect(unit).toContain(`/opt/adit/${entry} serve`);
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThan(settings.shutdownSeconds);
    expect(unit).toContain("DynamicUser=yes");
  });

  test("the shell reads a line of the environment file as the unit does", () => {
    const line = /^DATABASE_URL=.*$/m.exec(read("README.md"))?.[0] ?? "";
    const asShell = spawnSync("sh", ["-c", `${line}\nprintf %s "$DATABASE_URL"`], { encoding: "utf8" });
    expect(new URL(asShell.stdout).searchParams.get("sslrootcert")).toBe("/etc/adit/database-ca.pem");
    expect(line).toBe(`DATABASE_URL='${asShell.stdout}'`);
  });

  test.runIf(spawnSync("systemd-analyze", ["--version"]).status === 0)("systemd-analyze finds no fault", () => {
    const folder = mkdtempSync(join(tmpdir(), "adit-unit-"));
    const file = join(folder, "adit.service");
    writeFileSync(file, unit);
    try {
      expect(execFileSync("systemd-analyze", ["verify", "--recursive-errors=no", file], { encoding: "utf8" })).toBe("");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
