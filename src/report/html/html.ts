import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { packageRoot } from '../../home.ts';
import type { PageData } from '../page/data.ts';
import { joinModules } from './join-modules.ts';

/** The page of `bench report`: one self-contained file that makes no requests. */

/** Libraries that are global in the page, later ones depending on earlier ones. They run when the first chart is drawn. */
const LIBRARIES = ['vega/build/vega.min.js', 'vega-interpreter/build/vega-interpreter.min.js', 'vega-lite/build/vega-lite.min.js'] as const;

/** Required by the licence of what is copied into every page. */
const NOTICE =
  '// Vega, Vega-Lite, vega-interpreter: Copyright (c) 2015-2025, University of Washington Interactive Data Lab. BSD-3-Clause, https://github.com/vega/vega/blob/main/LICENSE';

/** The page as text. A content security policy allows only its own scripts and style: nothing in the data can run. */
export function htmlOf(data: PageData): string {
  const libraries = [NOTICE, ...LIBRARIES.map(libraryText)].map(scriptText);
  const own = scriptText(joinModules({ folder: path.join(import.meta.dirname, '..', 'page'), entry: 'main' }));
  const style = readFileSync(path.join(packageRoot(), 'src', 'report', 'page', 'style.css'), 'utf8');
  const policy = [
    "default-src 'none'",
    `script-src ${[...libraries, own].map(hashSource).join(' ')}`,
    `style-src ${hashSource(style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>embedding-bench</title>
<style>${style}</style>
${libraries.map((text) => `<script type="text/plain" class="library">${text}</script>`).join('\n')}
</head>
<body>
<noscript>The report is drawn by the script in this file: let it run.</noscript>
<script type="application/json" id="data">${scriptJson(data)}</script>
<script>${own}</script>
</body>
</html>
`;
}

/** JSON that cannot end a script or start a comment. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function libraryText(file: string): string {
  const [name = '', ...rest] = file.split('/');
  // The packages do not export the path of their built files, but these are next to their main file.
  const root = path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  return readFileSync(path.join(root, ...rest), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
}

/** Escapes a script so that it cannot end early: "</script" and "<!--" mean the same in its strings when they are escaped. */
function scriptText(source: string): string {
  return source.replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
}

function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
