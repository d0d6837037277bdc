/** `adit SUBCOMMAND`: reads the arguments and runs the subcommand. */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { AditError, type Environment } from "@adit/bedrock";
import { didYouMean } from "@adit/bedrock/gateway";
import { ownVersion } from "../own-place.ts";
import { runDoctor } from "./doctor.ts";
import { runEmulator } from "./emulator.ts";
import { Misuse, portNamed } from "./misuse.ts";
import { runServe } from "./serve.ts";

const usage = {
  serve: `  adit serve      serve the gateway
      --host ADDRESS   address to listen on (ADIT_HOST, 127.0.0.1)
      --port NUMBER    0 picks a free one (ADIT_PORT, 8787)
      --emulator       where the server has no AWS credentials, let the emulator answer
`,
  doctor: `  adit doctor     check the server's settings, store, credentials, region and reach, and say what to do
      --region REGION  the region to check
      --model ID       also ask this model for one token (costs what AWS charges for it)
`,
  emulator: `  adit emulator   serve Bedrock's emulator alone
      --host ADDRESS   address to listen on (127.0.0.1)
      --port NUMBER    0 picks a free one (8788)
      --recordings DIR answer recorded requests with the recorded answers
      --scenario FILE  faults on demand, see docs/emulator.md
`,
  backup: `  adit backup FILE   write the store to a new file; gateways may run meanwhile
`,
  restore: `  adit restore FILE  put a backup in place of a store that is not there
`,
  export: `  adit export        write all but secrets and the ledger as JSON lines
`,
  import: `  adit import FILE   read an export in: all of it or nothing
`,
  person: `  adit person EMAIL  add a person, or set a new password; it is shown once
      --role ROLE      admin, member (default) or viewer
      --name NAME      the address unless given
`,
  apply: `  adit apply         bring the store to what a YAML file says, see docs/apply.md
      -f, --file FILE  the file (adit.yaml); --schema prints its JSON schema instead
      --dry-run        show the plan, change nothing
      --yes            do not ask, at a terminal too
`,
  keys: `  adit keys list | create NAME | rotate ID | delete ID
      --project SLUG   default
      --scopes LIST    of a new key, with commas between them (completions.write)
`,
  "virtual-keys": `  adit virtual-keys list | save SLUG | delete SLUG
      --project SLUG   default
      --file FILE      the virtual key to save, as YAML or JSON: see docs/apply.md
      --name NAME      its name (the slug)
`,
  configs: `  adit configs list | show SLUG | save SLUG | delete SLUG
      --project SLUG   default
      --file FILE      the config to save, as JSON
      --name NAME      its name (the slug)
`,
  prompts: `  adit prompts list | show SLUG | publish SLUG@VERSION | delete SLUG
      --project SLUG   default
`,
  vault: `  adit vault rotate  go to a new master key; gateways may run meanwhile
      --force          without a look at whether they all hold the new key
`,
};

const settingsHint = `
Settings are environment variables: see README.md, "Configuration".
`;

const help = `adit: a gateway to Amazon Bedrock

${Object.values(usage).join("")}  adit --help, adit --version
${settingsHint}`;

type Values = Record<string, string | boolean | undefined>;

/** Loaded only where they are run: the databases' packages would slow down every start. */
const storeCommands = () => import("./store.ts");

interface Subcommand {
  usage: string;
  options: NonNullable<ParseArgsConfig["options"]>;
  /** What stands behind the name without a `--`: any text where it is in capitals, else this word. */
  operand?: "FILE" | "EMAIL" | "ACTION" | "rotate";
  /** True: one more word may follow it. */
  takesName?: boolean;
  run: (values: Values, variables: Environment, operands: Operands) => Promise<number>;
}

/** What stands behind a subcommand without a `--`. */
interface Operands {
  operand: string;
  name: string;
}

/** A subcommand on one kind of objects in the store. */
function onObjects(kind: "keys" | "virtual-keys" | "configs" | "prompts", options: Subcommand["options"]): Subcommand {
  return {
    usage: usage[kind],
    options: { project: { type: "string" }, ...options },
    operand: "ACTION",
    takesName: true,
    run: async (values, variables, { operand, name }) =>
      (await import("./objects.ts")).runObjects({ kind, action: operand, name, values }, variables),
  };
}

const subcommands: Readonly<Record<string, Subcommand>> = {
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
        port: portNamed(text(values["port"])),
        recordings: text(values["recordings"]),
        scenario: text(values["scenario"]),
      }),
  },
  backup: {
    usage: usage.backup,
    options: {},
    operand: "FILE",
    run: async (_values, variables, { operand: file }) => (await storeCommands()).runBackup(file, variables),
  },
  restore: {
    usage: usage.restore,
    options: {},
    operand: "FILE",
    run: async (_values, variables, { operand: file }) => (await storeCommands()).runRestore(file, variables),
  },
  export: {
    usage: usage.export,
    options: {},
    run: async (_values, variables) => (await storeCommands()).runExport(variables),
  },
  import: {
    usage: usage.import,
    options: {},
    operand: "FILE",
    run: async (_values, variables, { operand: file }) => (await storeCommands()).runImport(file, variables),
  },
  person: {
    usage: usage.person,
    options: { role: { type: "string" }, name: { type: "string" } },
    operand: "EMAIL",
    run: async (values, variables, { operand: email }) =>
      (await import("./person.ts")).runPerson(
        email,
        { role: text(values["role"]), name: text(values["name"]) },
        variables,
      ),
  },
  apply: {
    usage: usage.apply,
    options: {
      file: { type: "string", short: "f" },
      "dry-run": { type: "boolean" },
      yes: { type: "boolean" },
      schema: { type: "boolean" },
    },
    run: async (values, variables) => {
      const { askAtTerminal, runApply, runApplySchema } = await import("./apply.ts");
      if (values["schema"] === true) return runApplySchema();
      const isDryRun = values["dry-run"] === true;
      const confirm = process.stdin.isTTY && process.stderr.isTTY && values["yes"] !== true ? askAtTerminal : undefined;
      return runApply({ file: text(values["file"]) ?? "adit.yaml", isDryRun, confirm }, variables);
    },
  },
  keys: onObjects("keys", { scopes: { type: "string" } }),
  "virtual-keys": onObjects("virtual-keys", { file: { type: "string" }, name: { type: "string" } }),
  configs: onObjects("configs", { file: { type: "string" }, name: { type: "string" } }),
  prompts: onObjects("prompts", {}),
  vault: {
    usage: usage.vault,
    options: { force: { type: "boolean" } },
    operand: "rotate",
    run: async (values, variables) =>
      (await storeCommands()).runVaultRotate({ isForced: values["force"] === true }, variables),
  },
};

/** Runs the command; gives the exit status: 0 good, 1 failed, 2 not understood. */
export async function runCommand(args: readonly string[], variables: Environment): Promise<number> {
  const [name = "--help", ...rest] = args;
  if (["--help", "-h", "help"].includes(name)) {
    const asked = name === "help" ? subcommandNamed(rest[0]) : undefined;
    process.stdout.write(asked === undefined ? help : `${asked.usage}${settingsHint}`);
    return 0;
  }
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${ownVersion()}\n`);
    return 0;
  }
  const subcommand = subcommandNamed(name);
  if (subcommand === undefined) {
    const near = didYouMean(name, Object.keys(subcommands));
    process.stderr.write(`adit: there is no subcommand "${name}".${near}\n\n${help}`);
    return 2;
  }
  try {
    const { values, operands } = readArguments(subcommand, rest);
    if (values["help"] === true) {
      process.stdout.write(`${subcommand.usage}${settingsHint}`);
      return 0;
    }
    return await subcommand.run(values, variables, operands);
  } catch (error) {
    if (error instanceof Misuse) {
      process.stderr.write(`adit ${name}: ${error.message}\n\n${subcommand.usage}`);
      return 2;
    }
    process.stderr.write(`adit ${name}: ${AditError.isInstance(error) ? error.describe() : reasonOf(error)}\n`);
    return 1;
  }
}

function subcommandNamed(name: string | undefined): Subcommand | undefined {
  return name !== undefined && Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
}

/** @throws Misuse */
function readArguments(subcommand: Subcommand, args: readonly string[]): { values: Values; operands: Operands } {
  const parsed = parsedBy(subcommand, args);
  const values = parsed.values as Values;
  const [operand = "", ...others] = parsed.positionals;
  const [name = "", ...more] = subcommand.takesName === true ? others : ["", ...others];
  if (values["help"] !== true && subcommand.operand !== undefined) checkWords(subcommand.operand, operand, more);
  return { values, operands: { operand, name } };
}

function parsedBy(subcommand: Subcommand, args: readonly string[]) {
  const options = { ...subcommand.options, help: { type: "boolean", short: "h" } } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: subcommand.operand !== undefined });
  } catch (error) {
    throw new Misuse((error as Error).message);
  }
}

function checkWords(wanted: string, operand: string, more: readonly string[]): void {
  const isAnyText = /^[A-Z]+$/.test(wanted);
  if (operand === "") throw new Misuse(`${isAnyText ? wanted : JSON.stringify(wanted)} is missing.`);
  if (!isAnyText && operand !== wanted)
    throw new Misuse(`It has ${JSON.stringify(wanted)} alone, not ${JSON.stringify(operand)}.`);
  const [surplus] = more;
  if (surplus !== undefined) throw new Misuse(`${JSON.stringify(surplus)} is a word too many.`);
}

/** An empty one is an absent one, as among the variables: `--host "$HOST"` must not listen everywhere where HOST is not set. */
function text(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function withAddress(values: Record<string, string | boolean | undefined>, variables: Environment): Environment {
  const host = text(values["host"]);
  const port = portNamed(text(values["port"]));
  return {
    ...variables,
    ...(host !== undefined && { ADIT_HOST: host }),
    ...(port !== undefined && { ADIT_PORT: String(port) }),
  };
}

/** The system's words for what it refused, such as a port in use; anything else is a fault of the program and keeps its stack. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? error.message : (error.stack ?? error.message);
}
