/** The product's sources as TypeScript sees them, for checks that Biome has no rule for. */
import ts from 'typescript';

const PROJECTS = ['tsconfig.json', 'apps/web/tsconfig.json', 'libs/client/tsconfig.json'];
const THE_PRODUCT = /^(apps|libs)\//;
const NOT_THE_PRODUCT = /spec\.tsx?$|\/__generated__\/|\/testing\/|\/node_modules\//;

export interface Source {
  /** Relative to the root of the repository. */
  path: string;
  file: ts.SourceFile;
  checker: ts.TypeChecker;
}

export function productSources(): Source[] {
  const configs = PROJECTS.map((project) => {
    const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
    const config = ts.getParsedCommandLineOfConfigFile(project, {}, host);
    if (!config) throw new Error(`${project} cannot be read`);
    return config;
  });
  // One program for all, which reads each file once. Type errors are left to other checks; the page's options include the
  // DOM.
  const files = new Set(configs.flatMap(({ fileNames }) => fileNames));
  const isProduct = (path: string) => THE_PRODUCT.test(path) && !NOT_THE_PRODUCT.test(path);
  const roots = [...files].filter((name) => isProduct(pathOf(name)));
  return sourcesOf(roots, configs[1]?.options ?? {}).filter(({ path }) => isProduct(path));
}

export function sourcesOf(fileNames: readonly string[], options: ts.CompilerOptions): Source[] {
  const program = ts.createProgram(fileNames, { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  return program
    .getSourceFiles()
    .filter((file) => !file.isDeclarationFile)
    .map((file) => ({ path: pathOf(file.fileName), file, checker }));
}

const pathOf = (fileName: string) => fileName.replace(`${process.cwd()}/`, '');

/** `path:line`, the form that editors open. */
export function placeOf({ path, file }: Source, node: ts.Node): string {
  return `${path}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`;
}

export function everyNode(root: ts.Node, visit: (node: ts.Node) => void): void {
  visit(root);
  ts.forEachChild(root, (child) => everyNode(child, visit));
}
