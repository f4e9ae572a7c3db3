import path from 'node:path';
import { makeFolder } from '../src/files/make-folder.ts';
import { packageRoot } from '../src/home.ts';
import { writeWhole } from '../src/results/write.ts';
import { encodersSvg } from './pictures/encoders.ts';

/** `npm run pictures`: the pictures of the README and the docs, drawn from committed results only. */
const file = path.join('docs', 'images', 'three-encoders.svg');
await makeFolder(path.join(packageRoot(), path.dirname(file)));
await writeWhole({ file: path.join(packageRoot(), file), text: await encodersSvg(path.join(packageRoot(), 'results', 'three-encoders')) });
process.stdout.write(`${file}\n`);
