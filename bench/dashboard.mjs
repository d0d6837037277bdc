/** The dashboard for a measurement: a gateway with the emulator behind it, and a real Chromium in front. */
import fs from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";

import { startEmulator } from "../packages/emulator/dist/index.js";
import { readSettings, RequestLog, startGateway } from "../packages/gateway/dist/index.js";

const adminKey = "bench-admin-key-0123456789";
const person = { email: "bench@example.com", name: "Bench", password: "correct horse battery" };

function browserProgram() {
  const program = (process.env.PATH ?? "")
    .split(path.delimiter)
    .flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => path.join(folder, name)))
    .find((file) => fs.existsSync(file));
  if (program === undefined) throw new Error("Chromium is not here (Debian: apt-get install chromium).");
  return program;
}

/** Over the data folder, or over PostgreSQL where `databaseUrl` names one. `cookie` is of somebody who is signed in. */
export async function startDashboard(folder, databaseUrl) {
  const emulator = await startEmulator();
  const settings = readSettings({
    ADIT_PORT: "0",
    ADIT_ADMIN_KEY: adminKey,
    ADIT_DATA_DIR: folder,
    AWS_REGION: "us-east-1",
    AWS_ENDPOINT_URL: emulator.url,
    AWS_ACCESS_KEY_ID: emulator.credential.accessKeyId,
    AWS_SECRET_ACCESS_KEY: emulator.credential.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
  });
  const gateway = await startGateway({ settings, log: new RequestLog(settings.logLevel, { write: () => {} }) });
  await gateway.opened;
  const browser = await chromium.launch({ executablePath: browserProgram(), args: ["--no-sandbox"] });
  return {
    url: gateway.url,
    browser,
    cookie: await signIn(gateway.url),
    close: async () => {
      await browser.close();
      await gateway.stop();
      await emulator.close();
    },
  };
}

async function ask(url, body, headers = {}) {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}

/** The session's cookie, as the browser is to send it. Over a folder that was measured before, the person is there already. */
async function signIn(url) {
  const made = await ask(`${url}/v1/people`, { ...person, role: "admin" }, { authorization: `Bearer ${adminKey}` });
  if (!made.ok && made.status !== 409) throw new Error(`${made.status} ${await made.text()}`);
  const { email, password } = person;
  const response = await ask(`${url}/v1/session`, { email, password });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  const [name, value] = response.headers.getSetCookie()[0].split(";")[0].split("=");
  return { name, value, url, httpOnly: true, sameSite: "Strict" };
}
