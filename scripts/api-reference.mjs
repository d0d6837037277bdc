/**
 * Writes `docs/library-reference.md` from the doc comments of what `@adit/bedrock` exports, as it was built last. `npm run api-reference`;
 * with `--print` the page goes to standard output and the file stays as it is.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { SyntaxKind } from "typescript/unstable/ast";
import { API, SymbolFlags } from "typescript/unstable/sync";
import { root } from "./set-up.mjs";

const head = `# The library: every export

<!-- Written by \`npm run api-reference\` from the doc comments in packages/bedrock/src. Change those, not this page. -->

Everything that \`@adit/bedrock\` exports, with its types. [library.md](library.md) tells how to use it.
`;

const groups = [
  { title: "Functions", takes: (symbol) => (symbol.flags & SymbolFlags.Function) !== 0 },
  { title: "Classes", takes: (symbol) => (symbol.flags & SymbolFlags.Class) !== 0 },
  { title: "Constants", takes: (symbol) => (symbol.flags & SymbolFlags.Variable) !== 0 },
  { title: "Types", takes: () => true },
];

/** The exports of the package, each with what its declaration says. */
function exportsOf(project) {
  const { checker, program } = project;
  const face = program.getSourceFile(path.join(root, "packages/bedrock/dist/index.d.ts"));
  return checker.getExportsOfModule(checker.getSymbolAtLocation(face)).map((exported) => {
    const symbol = (exported.flags & SymbolFlags.Alias) === 0 ? exported : checker.getAliasedSymbol(exported);
    return { name: exported.name, symbol, entry: entryOf(exported.name, symbol, project) };
  });
}

function entryOf(name, symbol, { checker }) {
  const examples = symbol.getJsDocTags(checker).filter((tag) => tag.name === "example");
  return [
    `### \`${name}\``,
    plain(symbol.getDocumentationComment(checker)),
    fenced("ts", symbol.declarations.map((handle) => declarationText(handle.resolve())).join("\n")),
    ...examples.map((tag) => fenced("js", textOf(tag))),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** Without the words of emitting, and without what is nobody's business. */
function declarationText(node) {
  const statement = node.kind === SyntaxKind.VariableDeclaration ? node.parent.parent : node;
  return statement
    .getText()
    .replace(/^export (declare )?/, "")
    .replace(/^ +#private;\n/m, "")
    .replace(/^( {4})+/gm, (indent) => " ".repeat(indent.length / 2));
}

function textOf(tag) {
  const text = tag.text ?? "";
  return (Array.isArray(text) ? text.map((part) => part.text).join("") : text).trim();
}

/** Links of doc comments are names. */
function plain(comment) {
  return comment.replaceAll(/\{@link (\w+)\}/g, "`$1`").trim();
}

function fenced(language, code) {
  return `\`\`\`${language} no-run\n${code}\n\`\`\``;
}

function page() {
  const api = new API({ cwd: root });
  try {
    const snapshot = api.updateSnapshot({ openProject: path.join(root, "scripts/api-reference.tsconfig.json") });
    let left = exportsOf(snapshot.getProjects()[0]);
    const sections = groups.map(({ title, takes }) => {
      const own = left.filter(({ symbol }) => takes(symbol));
      left = left.filter(({ symbol }) => !takes(symbol));
      const sorted = own.toSorted((one, other) => (one.name < other.name ? -1 : 1));
      return [`## ${title}`, ...sorted.map(({ entry }) => entry)].join("\n\n");
    });
    return `${[head.trim(), ...sections].join("\n\n")}\n`;
  } finally {
    api.close();
  }
}

if (process.argv.includes("--print")) process.stdout.write(page());
else writeFileSync(path.join(root, "docs", "library-reference.md"), page());
