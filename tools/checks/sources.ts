/** The sources of the product as TypeScript sees them, for checks that Biome has no rule for. */
import ts from 'typescript';

/** Each file of the product is looked at once, by the project that compiles it. */
const PROJECTS: readonly (readonly [project: string, files: RegExp])[] = [
  ['tsconfig.json', /^(apps\/(api|worker)|libs\/(?!client\/))/],
  ['apps/web/tsconfig.json', /^apps\/web\//],
  ['libs/client/tsconfig.json', /^libs\/client\//],
];
const NOT_THE_PRODUCT = /spec\.tsx?$|\/__generated__\/|\/testing\/|\/node_modules\//;

export interface Source {
  /** From the root of the repository. */
  path: string;
  file: ts.SourceFile;
  checker: ts.TypeChecker;
}

export function productSources(): Source[] {
  return PROJECTS.flatMap(([project, files]) => {
    const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => undefined };
    const config = ts.getParsedCommandLineOfConfigFile(project, {}, host);
    if (!config) throw new Error(`${project} cannot be read`);
    return sourcesOf(config.fileNames, config.options).filter(
      ({ path }) => files.test(path) && !NOT_THE_PRODUCT.test(path),
    );
  });
}

export function sourcesOf(fileNames: readonly string[], options: ts.CompilerOptions): Source[] {
  const program = ts.createProgram(fileNames, { ...options, noEmit: true });
  const checker = program.getTypeChecker();
  return program
    .getSourceFiles()
    .filter((file) => !file.isDeclarationFile)
    .map((file) => ({ path: file.fileName.replace(`${process.cwd()}/`, ''), file, checker }));
}

/** `path:line`, as editors open it. */
export function placeOf({ path, file }: Source, node: ts.Node): string {
  return `${path}:${file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1}`;
}

export function everyNode(root: ts.Node, visit: (node: ts.Node) => void): void {
  visit(root);
  ts.forEachChild(root, (child) => everyNode(child, visit));
}
