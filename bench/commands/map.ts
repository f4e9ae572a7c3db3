import path from 'node:path';
import { HarnessError } from '../../src/errors.ts';
import { fileName } from '../../src/experiment/epoch-vectors.ts';
import { checkMap, mapExperiment } from '../../src/experiment/map.ts';
import { resolveMap } from '../../src/experiment/resolve/resolve-map.ts';
import type { OutputRow } from '../../src/report/output/output.ts';
import type { TABLES } from '../../src/report/output/tables.ts';
import { svgOf } from '../../src/report/picture/drawing.ts';
import { drawMapGrid } from '../../src/report/picture/map-grid.ts';
import { pngOf } from '../../src/report/picture/png.ts';
import { FORMATS } from '../../src/report/render.ts';
import { printable } from '../../src/report/text.ts';
import { checkWritable, writeWhole } from '../../src/results/write.ts';
import { OBJECTIVE_NAMES, type ObjectiveName } from '../../src/training/objective.ts';
import { onDevice } from '../terminal/device.ts';
import { inMemory, openShell } from '../terminal/experiment.ts';
import { checkDryRun } from '../flags/dry-run.ts';
import { requestFlags, requestFrom } from '../flags/request.ts';
import { frozenGrids, trainedGrid, type NamedGrid } from './map-grids.ts';
import { DONE_OPTION, printDone } from '../terminal/listing.ts';
import { isSet, RESOURCE_OPTIONS, SOURCE_OPTIONS, text, WIDE_OPTION, wholes, word, words } from '../flags/options.ts';
import { isOwnFolder, OUT_DEFAULT, outFolder, RESULTS } from '../flags/out-folder.ts';
import { noteInputs } from '../flags/own-inputs.ts';
import { titlesOf } from '../../src/report/registry-titles.ts';
import { trainedMaps } from '../../src/experiment/trained-maps.ts';
import { compareObjectives } from '../../src/report/words.ts';
import type { Arguments, CommandModule } from '../command-module.ts';

/** `bench map`: plots embeddings in 2D. */
export const command: CommandModule = {
  summary: 'Plot embeddings in 2D (t-SNE, UMAP): frozen encoders x datasets, or objectives x epochs of a training run.',
  options: {
    ...requestFlags('map'),
    ...RESOURCE_OPTIONS,
    trained: {
      type: 'string',
      requiresArg: true,
      describe: 'Results folder of `bench finetune --vectors-at …`: plots objectives x epochs; --encoders and --datasets select.',
    },
    objective: { type: 'string', requiresArg: true, describe: 'With --trained: objectives, one per row.' },
    epochs: { type: 'string', requiresArg: true, describe: 'With --trained: epochs, one per column: 0,1,5,10.' },
    ...SOURCE_OPTIONS,
    out: {
      type: 'string',
      requiresArg: true,
      defaultDescription: OUT_DEFAULT,
      describe: 'Results folder: pictures go to its subfolder maps, as .svg and .png.',
    },
    ...DONE_OPTION,
    ...WIDE_OPTION,
    'dry-run': {
      type: 'boolean',
      describe: 'Print the plan without running it: maps, texts, cached files, download size, estimated time.',
    },
    quiet: { type: 'boolean', describe: 'Hide progress.' },
  },
  examples: [
    [
      'bench map --encoders all-MiniLM-L6-v2,all-MiniLM-L6-v2@3 --dtype q4 --datasets sms-spam,cooking',
      'Two frozen encoders on two datasets.',
    ],
    [
      'bench map --dataset mine.csv --text-column text --label-column topic --model ./a --model ./b --method tsne,umap',
      'Your encoders on your data, both methods.',
    ],
    ['bench map --trained results --datasets trec6 --epochs 0,1,5', 'How fine-tuning changes the embeddings.'],
  ],
  async run(argv, terminal) {
    const format = word(argv, 'format', FORMATS) ?? 'table';
    checkDryRun(argv);
    const trained = trainedOf(argv);
    const asked = await requestFrom(argv, 'map');
    const shell = openShell(argv, asked, terminal);
    const { workspace, progress, notes } = shell;
    try {
      const request = await onDevice(asked, progress.log);
      const titles = titlesOf(workspace);
      const files: OutputRow<typeof TABLES.map>[] = [];
      if (trained === undefined) {
        const experiment = resolveMap(request, workspace, shell.resources);
        if (experiment.encoders.length === 0 && !experiment.concat) {
          throw new HarnessError('OPTION', {
            where: '--encoders',
            what: 'No encoder is named.',
            hint: 'Name encoders with --encoders or --model, or a training with --trained.',
          });
        }
        checkMap(experiment);
        if (isSet(argv, 'dry-run')) {
          const { planText } = await import('../terminal/plan-text.ts');
          terminal.out.write(await planText({ experiment, workspace, shard: undefined, terminal, wide: isSet(argv, 'wide') }));
          return 0;
        }
        const out = path.join(outFolder({ out: text(argv, 'out'), request, ...experiment }), 'maps');
        await checkWritable(out);
        await noteInputs(request, text(argv, 'cache')!);
        const { result, status } = await inMemory(shell, experiment.datasets, (host) => mapExperiment(experiment, host));
        if (status !== undefined || result === undefined) return status ?? 1;
        for (const each of frozenGrids(experiment, result, titles)) files.push(...(await writeGrid(out, each)));
      } else {
        if (isSet(argv, 'dry-run')) {
          throw new HarnessError('OPTION', {
            where: '--dry-run',
            what: 'The vectors of --trained already exist: nothing is run.',
            hint: 'Omit it.',
          });
        }
        const out = path.join(text(argv, 'out') ?? (isOwnFolder(trained.folder) ? trained.folder : RESULTS), 'maps');
        await checkWritable(out);
        const { methods, settings } = resolveMap({ ...request, encoders: [], datasets: [] }, workspace, shell.resources);
        const { encoders = [], datasets = [] } = request;
        const maps = trainedMaps({ ...trained, encoders, datasets, compareObjectives, methods, settings, progress });
        for await (const each of maps) files.push(...(await writeGrid(out, trainedGrid(each, titles, settings.k))));
      }
      progress.close();
      if (format === 'table') terminal.out.write(files.map(({ file }) => `${terminal.out.isTTY ? printable(file) : file}\n`).join(''));
      printDone({ command: 'map', rows: files, notes: notes() }, format, terminal);
      return 0;
    } finally {
      progress.close();
    }
  },
};

interface Trained {
  /** Results folder. */
  readonly folder: string;
  readonly objectives: readonly ObjectiveName[];
  readonly epochs: readonly number[];
}

/** The runs that --trained selects; undefined without it. Throws OPTION for flags that exclude or require it. */
function trainedOf(argv: Arguments): Trained | undefined {
  const folder = text(argv, 'trained');
  const objectives = words(argv, 'objective', OBJECTIVE_NAMES);
  const epochs = wholes(argv, 'epochs', 0);
  const stray = ['objective', 'epochs'].find((flag) => folder === undefined && argv[flag] !== undefined);
  if (stray !== undefined) {
    throw new HarnessError('OPTION', {
      where: `--${stray}`,
      what: 'It selects vectors of a training run.',
      hint: 'Name its results folder with --trained.',
    });
  }
  const own = ['model', 'dataset', 'request'].find((flag) => folder !== undefined && argv[flag] !== undefined);
  if (own !== undefined) {
    throw new HarnessError('OPTION', {
      where: `--${own}`,
      what: 'The vectors of a training run already exist.',
      hint: 'Choose among them with --encoders and --datasets.',
    });
  }
  const cut = ['prompt', 'dim'].find((flag) => folder !== undefined && argv[flag] !== undefined);
  if (cut !== undefined) {
    throw new HarnessError('OPTION', {
      where: `--${cut}`,
      what: 'The vectors of a training run are plotted as they were saved.',
      hint: 'Omit it.',
    });
  }
  return folder === undefined ? undefined : { folder, objectives, epochs };
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
