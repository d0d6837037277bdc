/** `adit SUBCOMMAND`: reads the arguments and runs the subcommand. */
import { readFileSync } from "node:fs";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { AditError } from "@adit/bedrock";
import { runDoctor } from "./doctor.ts";
import { runEmulator } from "./emulator.ts";
import { runServe } from "./serve.ts";

type Variables = Readonly<Record<string, string | undefined>>;

const usage = {
  serve: `  adit serve      serve the gateway
      --host ADDRESS   address to listen on (ADIT_HOST, 127.0.0.1)
      --port NUMBER    0 picks a free one (ADIT_PORT, 8787)
      --emulator       where the server has no AWS credentials, let the emulator answer
`,
  doctor: `  adit doctor     check the server's credentials, region and reach, and say what to do
      --region REGION  the region to check
      --model ID       also ask this model for one token (costs what AWS charges for it)
`,
  emulator: `  adit emulator   serve Bedrock's emulator alone
      --host ADDRESS   address to listen on (127.0.0.1)
      --port NUMBER    0 picks a free one (8788)
      --recordings DIR answer recorded requests with the recorded answers
      --scenario FILE  faults on demand, see docs/emulator.md
`,
};

const settingsHint = `
Settings are environment variables: see README.md, "Configuration".
`;

const help = `adit: a gateway to Amazon Bedrock

${usage.serve}${usage.doctor}${usage.emulator}  adit --help, adit --version
${settingsHint}`;

const subcommands: Readonly<
  Record<
    string,
    {
      usage: string;
      options: NonNullable<ParseArgsConfig["options"]>;
      run: (values: Record<string, string | boolean | undefined>, variables: Variables) => Promise<number>;
    }
  >
> = {
  serve: {
    usage: usage.serve,
    options: { host: { type: "string" }, port: { type: "string" }, emulator: { type: "boolean" } },
    run: (values, variables) =>
      runServe({ emulator: values["emulator"] === true, variables: withAddress(values, variables) }),
  },
  doctor: {
    usage: usage.doctor,
    options: { region: { type: "string" }, model: { type: "string" } },
    run: (values, variables) => runDoctor({ region: text(values["region"]), model: text(values["model"]) }, variables),
  },
  emulator: {
    usage: usage.emulator,
    options: {
      host: { type: "string" },
      port: { type: "string" },
      recordings: { type: "string" },
      scenario: { type: "string" },
    },
    run: (values) =>
      runEmulator({
        host: text(values["host"]),
        port: text(values["port"]),
        recordings: text(values["recordings"]),
        scenario: text(values["scenario"]),
      }),
  },
};

/** Runs the command; gives the exit status: 0 good, 1 failed, 2 not understood. */
export async function runCommand(args: readonly string[], variables: Variables): Promise<number> {
  const [name = "--help", ...rest] = args;
  if (["--help", "-h", "help"].includes(name)) {
    process.stdout.write(help);
    return 0;
  }
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${ownVersion()}\n`);
    return 0;
  }
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (subcommand === undefined) {
    process.stderr.write(`adit: there is no subcommand "${name}".\n\n${help}`);
    return 2;
  }
  let values: Record<string, string | boolean | undefined>;
  try {
    const options = { ...subcommand.options, help: { type: "boolean", short: "h" } } as const;
    values = parseArgs({ args: rest, options, strict: true }).values as typeof values;
  } catch (error) {
    process.stderr.write(`adit ${name}: ${(error as Error).message}\n\n${subcommand.usage}`);
    return 2;
  }
  if (values["help"] === true) {
    process.stdout.write(`${subcommand.usage}${settingsHint}`);
    return 0;
  }
  try {
    return await subcommand.run(values, variables);
  } catch (error) {
    process.stderr.write(`adit ${name}: ${AditError.isInstance(error) ? error.describe() : reasonOf(error)}\n`);
    return 1;
  }
}

/** Beside `dist` and `src` alike. */
function ownVersion(): string {
  const file = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(file) as { version: string }).version;
}

function text(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function withAddress(values: Record<string, string | boolean | undefined>, variables: Variables): Variables {
  const host = text(values["host"]);
  const port = text(values["port"]);
  return {
    ...variables,
    ...(host !== undefined && { ADIT_HOST: host }),
    ...(port !== undefined && { ADIT_PORT: port }),
  };
}

/** The system's words for what it refused, such as a port in use; anything else is a fault of the program and keeps its stack. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? error.message : (error.stack ?? error.message);
}
