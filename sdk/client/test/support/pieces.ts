// The code on a page of documentation, checked as the modules it is meant to be. Leaves to the guides' tests which pages there are.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** Compiling takes longer than a test usually may. */
export const COMPILING_MS = 60_000;

/** The pieces of code in a page, in their order. */
export function codeIn(page: URL, language: "ts" | "tsx"): string[] {
  return [...readFileSync(page, "utf8").matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, code = ""]) => code);
}

/** The same, each under the name of a module in the package's tests. */
export function piecesOf(page: URL, language: "ts" | "tsx", folder: URL): [string, string][] {
  const name = page.pathname.split("/").slice(-2).join("-").replaceAll(/\W/g, "-");
  return codeIn(page, language).map((code, index) => [fileURLToPath(new URL(`test/${name}-${index + 1}.${language}`, folder)), code]);
}

/** What is wrong with modules that are not on the disk, by the settings of the package in this folder. */
export function problemsIn(files: ReadonlyMap<string, string>, folder: URL): string[] {
  const settings = fileURLToPath(new URL("tsconfig.json", folder));
  const config = ts.getParsedCommandLineOfConfigFile(settings, undefined, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined });
  const options: ts.CompilerOptions = { ...config?.options };
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
