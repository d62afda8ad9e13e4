// Type-checks the code in a package's documents as if it stood in the package. Leaves to the tests what a document should hold.

import { readFileSync } from "node:fs";
import ts from "typescript";

/** For a test that compiles. */
export const COMPILING_MS = 60_000;

/** The pieces of code in a document, in their order. */
export function codeIn(document: URL, language: "ts" | "tsx"): string[] {
  const text = readFileSync(document, "utf8");
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, code = ""]) => code);
}

/** What is wrong with these modules, by their paths; they need not exist. `folder`: the package, with a slash at its end. */
export function problemsIn(folder: string, files: ReadonlyMap<string, string>, paths: ts.MapLike<string[]> = {}): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(`${folder}tsconfig.json`, undefined, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined });
  const options: ts.CompilerOptions = { ...config?.options, paths: { ...config?.options.paths, ...paths } };
  const host = ts.createCompilerHost(options);
  const [readFile, fileExists] = [host.readFile, host.fileExists];
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.fileExists = (name) => files.has(name) || fileExists(name);
  const program = ts.createProgram([...files.keys()], options, host);
  const problems = [...files.keys()].flatMap((name) => {
    const source = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  return problems.map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`);
}
