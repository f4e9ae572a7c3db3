import path from 'node:path';
import { POOLINGS } from '../src/embed/vectors.ts';
import { HarnessError } from '../src/errors.ts';
import type { Workspace } from '../src/experiment/workspace.ts';
import { METHODS, MOST_TSNE_TEXTS } from '../src/maps/projection.ts';
import { drawMapGrid, type MapGrid } from '../src/report/picture/map-grid.ts';
import { svgOf } from '../src/report/picture/drawing.ts';
import { pngOf } from '../src/report/picture/png.ts';
import { openProgress } from '../src/report/progress.ts';
import type { OutputRow } from '../src/report/output/output.ts';
import type { TABLES } from '../src/report/output/tables.ts';
import { FORMATS } from '../src/report/render.ts';
import { printable } from '../src/report/text.ts';
import { checkWritable, writeWhole } from '../src/results/write.ts';
import { OBJECTIVE_NAMES } from '../src/training/objective.ts';
import { fileName } from '../src/experiment/epoch-vectors.ts';
import { frozenGrids } from './frozen-maps.ts';
import { chosenDatasets, chosenEncoders, openingOf, openWorkspace, readingOf } from './inputs.ts';
import type { MapSettings } from '../src/experiment/settings.ts';
import { DONE_OPTION, printDone } from './listing.ts';
import { noted } from './noted.ts';
import { DATASET_OPTIONS, ENCODER_OPTIONS, isSet, keys, SOURCE_OPTIONS, text, whole, wholes, word, words } from './options.ts';
import { isOwnFolder, OUT_DEFAULT, outFolder, RESULTS } from './out-folder.ts';
import { noteInputs } from './own-inputs.ts';
import { say } from './say.ts';
import { titlesOf } from './titles.ts';
import { trainedGrids } from './trained-maps.ts';
import type { Arguments, Verb } from './verb.ts';

const { limit: _limit, labels: _labels, ...datasetOptions } = DATASET_OPTIONS;

/** A picture to be written. */
export interface NamedGrid {
  /** File name without its ending. */
  readonly name: string;
  readonly grid: MapGrid;
}

/** `bench map`: what the vectors look like. */
export const verb: Verb = {
  summary: 'Draw the vectors in the plane (t-SNE, UMAP): frozen encoders x data sets, or objectives x epochs of a training.',
  options: {
    encoders: {
      type: 'string',
      requiresArg: true,
      describe: 'Registry keys with commas; KEY@N cuts the encoder after layer N. A row of maps each.',
    },
    ...ENCODER_OPTIONS,
    datasets: { type: 'string', requiresArg: true, describe: 'Registry keys with commas. A column of maps each.' },
    ...datasetOptions,
    pooling: { type: 'string', requiresArg: true, default: 'mean', describe: `Where vectors are taken: ${POOLINGS.join(', ')}.` },
    trained: {
      type: 'string',
      requiresArg: true,
      describe:
        'Results folder of `bench finetune --vectors-at …`: draws these, objectives x epochs. --encoders and --datasets choose among them.',
    },
    objective: { type: 'string', requiresArg: true, describe: 'With --trained: these rows, in this order.' },
    epochs: { type: 'string', requiresArg: true, describe: 'With --trained: these columns: 0,1,5,10.' },
    method: {
      type: 'string',
      requiresArg: true,
      default: 'tsne',
      describe: `How vectors are put into the plane, with commas for a picture each: ${METHODS.join(', ')}.`,
    },
    sample: {
      type: 'number',
      requiresArg: true,
      default: 1000,
      describe:
        'Draw a class-stratified sample of so many texts of a data set. t-SNE takes a time with the square of it, and '
        + `${MOST_TSNE_TEXTS} at most.`,
    },
    k: { type: 'number', requiresArg: true, default: 5, describe: 'Neighbours that vote for the score below a map.' },
    ...SOURCE_OPTIONS,
    out: {
      type: 'string',
      requiresArg: true,
      defaultDescription: OUT_DEFAULT,
      describe: 'Results folder: pictures go to its folder maps, as .svg and .png.',
    },
    ...DONE_OPTION,
    quiet: { type: 'boolean', describe: 'No progress.' },
  },
  examples: [
    [
      'bench map --encoders all-MiniLM-L6-v2,all-MiniLM-L6-v2@3 --dtype q4 --datasets sms-spam,cooking',
      'Two frozen encoders on two data sets.',
    ],
    [
      'bench map --dataset mine.csv --text-column text --label-column topic --model ./a --model ./b --method tsne,umap',
      'Your encoders on your data, both ways.',
    ],
    ['bench map --trained results --datasets trec6 --epochs 0,1,5', 'What training does to the vectors.'],
  ],
  async run(argv, terminal) {
    const format = word(argv, 'format', FORMATS) ?? 'table';
    const methods = words(argv, 'method', METHODS);
    const settings = settingsOf(argv);
    const trained = text(argv, 'trained');
    const objectives = words(argv, 'objective', OBJECTIVE_NAMES);
    const epochs = wholes(argv, 'epochs', 0);
    for (const flag of ['objective', 'epochs']) {
      if (trained === undefined && argv[flag] !== undefined)
        throw new HarnessError('OPTION', {
          where: `--${flag}`,
          what: 'It chooses among the vectors of a training.',
          mend: 'Name its results folder with --trained.',
        });
    }
    const own = ['model', 'dataset'].find((flag) => trained !== undefined && argv[flag] !== undefined);
    if (own !== undefined)
      throw new HarnessError('OPTION', {
        where: `--${own}`,
        what: 'The vectors of a training are there already.',
        mend: 'Choose among them with --encoders and --datasets.',
      });
    if (methods.includes('tsne') && settings.sample > MOST_TSNE_TEXTS)
      throw new HarnessError('OPTION', {
        where: '--sample',
        what: `t-SNE takes ${MOST_TSNE_TEXTS} texts at most, got ${settings.sample}.`,
        mend: 'Give a smaller --sample, or --method umap.',
      });
    const progress = openProgress({ stream: terminal.err, quiet: isSet(argv, 'quiet') });
    const said = noted((line) => (isSet(argv, 'quiet') ? say(terminal.err, line) : progress.log(line)));
    const { warn } = said;
    try {
      const workspace = openWorkspace(argv, progress, terminal);
      const titles = titlesOf(workspace);
      const out = path.join(folderOf({ argv, workspace, trained }), 'maps');
      await checkWritable(out);
      await noteInputs(argv);
      const grids =
        trained === undefined
          ? frozenGrids({
              workspace,
              encoders: chosenEncoders(argv, workspace),
              datasets: chosenDatasets(argv, workspace),
              reading: readingOf(argv),
              opening: openingOf(argv),
              methods,
              settings,
              titles,
              progress,
              warn,
            })
          : trainedGrids({
              folder: trained,
              encoders: keys(argv, 'encoders'),
              datasets: keys(argv, 'datasets'),
              objectives,
              epochs,
              methods,
              settings,
              titles,
              progress,
            });
      const files: OutputRow<typeof TABLES.map>[] = [];
      for await (const each of grids) files.push(...(await writeGrid(out, each)));
      progress.close();
      if (format === 'table') terminal.out.write(files.map(({ file }) => `${terminal.out.isTTY ? printable(file) : file}\n`).join(''));
      printDone({ command: 'map', rows: files, notes: [...workspace.notes, ...said.notes] }, format, terminal);
      return 0;
    } finally {
      progress.close();
    }
  },
};

function settingsOf(argv: Arguments): MapSettings {
  return {
    pooling: word(argv, 'pooling', POOLINGS)!,
    sample: whole(argv, 'sample')!,
    seed: whole(argv, 'seed', 0)!,
    k: whole(argv, 'k')!,
    threads: whole(argv, 'threads')!,
    tokenBudget: whole(argv, 'token-budget')!,
  };
}

/** Pictures of own trainings stay beside them. */
function folderOf({
  argv,
  workspace,
  trained,
}: {
  readonly argv: Arguments;
  readonly workspace: Workspace;
  readonly trained: string | undefined;
}): string {
  if (trained === undefined)
    return outFolder({ argv, encoders: chosenEncoders(argv, workspace).list, datasets: chosenDatasets(argv, workspace) });
  return text(argv, 'out') ?? (isOwnFolder(trained) ? trained : RESULTS);
}

async function writeGrid(folder: string, { name, grid }: NamedGrid): Promise<OutputRow<typeof TABLES.map>[]> {
  const { title, subtitle, rows, columns } = grid;
  const svg = await svgOf(drawMapGrid(grid), {
    title,
    description: `${subtitle}. Rows: ${rows.join(', ')}. Columns: ${columns.join(', ')}.`,
  });
  const files: [string, string | Uint8Array][] = [
    ['svg', svg],
    ['png', pngOf(svg)],
  ];
  const written: OutputRow<typeof TABLES.map>[] = [];
  for (const [ending, data] of files) {
    const file = path.join(folder, `${fileName(name)}.${ending}`);
    await writeWhole({ file, text: data });
    written.push({ file, title, bytes: String(typeof data === 'string' ? Buffer.byteLength(data) : data.byteLength) });
  }
  return written;
}
