/**
 * Writes `docs/errors.md` from the error table, as it was built last. `npm run error-page`; with `--print` the page goes to
 * standard output and the file stays as it is.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { errorTable } from "../packages/bedrock/dist/index.js";
import { root } from "./set-up.mjs";

const head = `# Errors

<!-- Written by \`npm run error-page\` from packages/bedrock/src/errors/error-table.ts. Change the table, not this page. -->

Every error is a row of one table. The gateway answers it as JSON under its status; the library throws it as an \`AditError\`.

\`\`\`json
{
  "error": {
    "message": "The gateway key is not known here. Check the key; the admin key is in ADIT_ADMIN_KEY or in the file admin-key of the data folder.",
    "type": "authentication_error",
    "code": "invalid_api_key",
    "param": null
  }
}
\`\`\`

- \`message\` says what was wrong, in AWS's own words where the refusal is AWS's, then AWS's name for it, AWS's request id, the region and the credential (by name), then what to do. The remedy is often more exact than the one below.
- \`type\` and \`code\` are the columns below. \`param\` is the path of the field at fault, where there is one.
- Where AWS says that the input is too long for the model, \`code\` is OpenAI's \`context_length_exceeded\`, by which agents shorten a conversation; in every dialect the words say that the prompt is too long, for agents that look for these, and a throttle's that it is a rate limit.
- **AWS's status wins.** Where AWS answers one of its errors under another status than the table says, the caller gets AWS's.
- **Try again**: "yes" where the same request may succeed later. Adit itself tries again only those, unless a config lists statuses, and not without end: see [gateway.md](gateway.md#tries-and-timeouts). A quota of the day and what cannot be mended by waiting are never tried again, whatever the row says.
- A request under Portkey's or Obiguard's header prefix also gets \`status\`, \`message\` and, for AWS's refusals, \`provider\` at the top: see [gateway.md](gateway.md#errors).
- In a stream that has begun, the same body comes as \`event: error\`, and then the end, without \`[DONE]\`.
- The request log has the name of the row as \`error\`, and never the message.
- The last column is for dialects that speak Anthropic's format.
`;

const groups = [
  { title: "AWS's own", takes: (name) => /^[A-Z]/.test(name) || name === "aws_error" },
  { title: "Adit's", takes: () => true },
];

function cell(text) {
  return text.replaceAll("|", "\\|");
}

function table(rows) {
  const lines = rows.map(
    ([name, { status, openai, retryable, cause, remedy, anthropic }]) =>
      `| \`${name}\` | ${status} | \`${openai.type}\` | \`${openai.code}\` | ${retryable ? "yes" : "no"} | ${cell(cause)} | ${cell(remedy)} | \`${anthropic}\` |`,
  );
  return [
    "| name | status | `type` | `code` | try again | what is behind it | what to do | Anthropic's type |",
    "|---|---|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

/** The whole page. Each row stands in the first group that takes it. */
function errorPage() {
  let left = Object.entries(errorTable);
  const sections = groups.map(({ title, takes }) => {
    const own = left.filter(([name]) => takes(name));
    left = left.filter(([name]) => !takes(name));
    return `## ${title}\n\n${table(own)}\n`;
  });
  return [head, ...sections].join("\n");
}

if (process.argv.includes("--print")) process.stdout.write(errorPage());
else writeFileSync(path.join(root, "docs", "errors.md"), errorPage());
