import { readFileSync } from 'node:fs';
import path from 'node:path';
import { HarnessError } from '../../errors.ts';

/**
 * A page opened from disk cannot import modules: they are joined into one script, each as a function, after the modules that it imports.
 */

const IMPORT = /^import \{([^}]*)\} from '\.\/([\w-]+)\.js';$/gm;
const EXPORT = /^export (?=(?:async )?(?:function|const|let|class) (\w+))/gm;

/** Joins modules as tsc writes them. `entry` is run last. Throws INTERNAL for syntax that would need a bundler. */
export function joinModules({ folder, entry }: { readonly folder: string; readonly entry: string }): string {
  const joined: string[] = [];
  const seen = new Set<string>();
  const add = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const source = readFileSync(path.join(folder, `${name}.js`), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
    for (const [, , other] of source.matchAll(IMPORT)) add(other!);
    joined.push(moduleText(name, source));
  };
  add(entry);
  return `'use strict';\nconst modules = {};\n${joined.join('')}`;
}

function moduleText(name: string, source: string): string {
  const exported = [...source.matchAll(EXPORT)].map(([, word]) => word!);
  const body = source
    .replace(IMPORT, (_, words: string, from: string) => `const {${words.replaceAll(' as ', ': ')}} = modules[${JSON.stringify(from)}];`)
    .replace(EXPORT, '')
    .replace(/^export \{\};$/m, '');
  const left = /^(import|export)\b.*/m.exec(body);
  if (left !== null) throw new HarnessError('INTERNAL', { where: `${name}.js`, what: `A line that cannot be joined: ${left[0]}` });
  return `modules[${JSON.stringify(name)}] = (() => {\n${body}\nreturn { ${exported.join(', ')} };\n})();\n`;
}
