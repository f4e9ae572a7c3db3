import path from 'node:path';
import { writeAtomically } from '../../src/files/atomic.ts';
import { makeFolder } from '../../src/files/make-folder.ts';
import { defaultPooling } from '../../src/embed/default-pooling.ts';
import { loadVectors, tooFewNumbers } from '../../src/embed/cut.ts';
import { embed, type Embedded } from '../../src/embed/embed.ts';
import { writeNpy } from '../../src/tensors/npy.ts';
import { writeSafetensors } from '../../src/tensors/write-safetensors.ts';
import { VectorStore } from '../../src/embed/store.ts';
import { checkPoolings, poolingsLeftOut } from '../../src/embed/static-poolings.ts';
import { ALL_POOLINGS, POOLINGS, pooledVectors } from '../../src/embed/vectors.ts';
import { promptColumn } from '../../src/encoders/prompts.ts';
import { HarnessError, reason } from '../../src/errors.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import { readTexts } from '../../src/datasets/texts.ts';
import { FORMATS } from '../../src/report/render.ts';
import { DTYPES } from '../../src/sources/encoder-files.ts';
import { checkWritable } from '../../src/results/write.ts';
import { chosenEncoders, DATASET_FLAGS, DEVICE_FLAGS, ONE_ENCODER_FLAGS, tablesOf, openingOf, openWorkspace } from '../flags/inputs.ts';
import { flagsOnDevice } from '../terminal/device.ts';
import { DONE_OPTION, printDone } from '../terminal/listing.ts';
import { noted } from '../terminal/noted.ts';
import { isSet, RESOURCE_OPTIONS, SOURCE_OPTIONS, text, whole, word, words } from '../flags/options.ts';
import { interruption } from '../terminal/interrupt.ts';
import { openProgress } from '../terminal/progress.ts';
import { say } from '../terminal/say.ts';
import { sayTokenBudget } from '../../src/experiment/say-token-budget.ts';
import { sayUnused } from '../../src/experiment/unused-weights.ts';
import type { CommandModule } from '../command-module.ts';

const { delimiter, encoding } = DATASET_FLAGS;

/** `bench embed`: writes the vectors of texts to a file for other programs. */
export const command: CommandModule = {
  summary: 'Write the vectors of texts to a file: one encoder, one or more poolings.',
  options: {
    ...ONE_ENCODER_FLAGS,
    ...DEVICE_FLAGS,
    ...RESOURCE_OPTIONS,
    encoders: { type: 'string', requiresArg: true, describe: 'Registry key (`bench models` lists them), instead of --model.' },
    pooling: {
      type: 'string',
      requiresArg: true,
      describe:
        `One or more, with commas: ${POOLINGS.join(', ')}; all (${ALL_POOLINGS.join(', ')}). Default: as-published if the encoder has a ` +
        'modules.json, else mean.',
    },
    dim: {
      type: 'string',
      requiresArg: true,
      describe: 'Keep this many leading dimensions of each vector (Matryoshka).',
      defaultDescription: 'all',
    },
    input: {
      type: 'string',
      demandOption: true,
      requiresArg: true,
      describe: 'FILE.txt (one text per line), .csv, .tsv, .jsonl, .json or .parquet; text formats also as .gz.',
    },
    'text-column': { type: 'string', requiresArg: true, describe: 'Column of the texts.', default: 'text' },
    delimiter,
    encoding,
    out: {
      type: 'string',
      demandOption: true,
      requiresArg: true,
      describe: 'FILE.safetensors (one tensor per pooling) or FILE.npy (one pooling).',
    },
    ...DONE_OPTION,
    quiet: { type: 'boolean', describe: 'Hide progress.' },
    ...SOURCE_OPTIONS,
  },
  examples: [
    ['bench embed --encoders all-MiniLM-L6-v2 --dtype q4 --input texts.txt --out vectors.npy', 'Row i is the vector of line i.'],
    [
      'bench embed --model ./my-encoder --pooling cls,mean --input data.csv --text-column question --out vectors.safetensors',
      'Tensors `cls` and `mean`.',
    ],
  ],
  async run(given, terminal) {
    const { err } = terminal;
    const printed = word(given, 'format', FORMATS) ?? 'table';
    const said = noted((line) => say(err, line));
    const { warn } = said;
    const named = [
      ...new Set(words(given, 'pooling', [...POOLINGS, 'all'] as const).flatMap((name) => (name === 'all' ? ALL_POOLINGS : [name]))),
    ];
    const out = text(given, 'out')!;
    word(given, 'dtype', DTYPES);
    const dim = whole(given, 'dim');
    const format = path.extname(out);
    if (format !== '.npy' && format !== '.safetensors') {
      throw new HarnessError('OPTION', {
        where: '--out',
        what: `"${out}" is neither .npy nor .safetensors.`,
      });
    }
    if (format === '.npy' && named.length > 1) {
      throw new HarnessError('OPTION', {
        where: '--out',
        what: `An .npy file holds one matrix, got ${named.length} poolings.`,
        hint: 'Write a .safetensors file, or one pooling.',
      });
    }
    await checkWritable(path.dirname(path.resolve(out)));
    const progress = openProgress({ stream: err, quiet: isSet(given, 'quiet') });
    try {
      const argv = await flagsOnDevice(given, progress.log);
      const workspace = openWorkspace(argv, progress, { err });
      const { list } = chosenEncoders(argv, workspace);
      if (list.length !== 1) {
        throw new HarnessError('OPTION', {
          where: '--model',
          what: `One encoder is needed, got ${list.length}.`,
          hint: 'Give one --model, or one key with --encoders.',
        });
      }
      const tables = tablesOf(argv);
      const texts = await readTexts({
        file: text(argv, 'input')!,
        column: text(argv, 'text-column')!,
        delimiter: tables.delimiter,
        encoding: tables.encoding,
        note: warn,
      });
      const encoder = await workspace.openEncoder(list[0]!, openingOf(argv));
      if (isSet(argv, 'verbose')) {
        sayUnused(encoder, warn);
        sayTokenBudget(encoder, { tokenBudget: whole(argv, 'token-budget'), say: warn });
      }
      const { published, depth } = encoder;
      const poolings = named.length > 0 ? named : [defaultPooling(encoder)];
      if (poolings.includes('as-published') && 'reason' in published) {
        throw new HarnessError('OPTION', { where: '--pooling', what: published.reason });
      }
      checkPoolings(poolings, encoder);
      const leftOut = poolingsLeftOut(poolings, encoder);
      if (leftOut !== undefined) warn(`${encoder.name}: ${leftOut}`);
      const vectors = pooledVectors({
        poolings,
        layers: 'last',
        layerMeans: ['0..L'],
        depth,
        published: 'steps' in published ? published : undefined,
        encoder: encoder.name,
      });
      const short = vectors.map((vector) => tooFewNumbers(encoder)({ ...vector, dim })).find((error) => error !== undefined);
      if (short !== undefined) throw short;
      const task = progress.task(`Embedding with ${encoder.name}`, texts.length, 'texts');
      const interrupted = interruption(warn);
      let embedded: Embedded;
      try {
        embedded = await embed({
          encoder,
          texts,
          specs: vectors.map(({ spec }) => spec),
          store: new VectorStore(workspace.vectorFolder, warn),
          threads: whole(argv, 'threads')!,
          tokenBudget: whole(argv, 'token-budget'),
          signal: interrupted.signal,
          onProgress: ({ done }) => task.update(done),
        });
      } catch (error) {
        if (!interrupted.signal.aborted) throw error;
        return interrupted.status;
      } finally {
        interrupted.end();
        task.end();
      }
      const matrices: [string, Matrix][] = [];
      for (const vector of vectors) {
        matrices.push([vector.pooling, await loadVectors(embedded, { ...vector, dim, encoder: encoder.name })]);
      }
      const written = format === '.npy' ? writeNpy(matrices[0]![1]) : safetensorsOf(matrices);
      await save(out, written);
      say(
        err,
        `${texts.length} texts x ${matrices.map(([name, m]) => `${name} ${m.cols}`).join(', ')} in ` +
          `${out}${embedded.cut > 0 ? `; ${embedded.cut} truncated ${embedded.cut === 1 ? 'text' : 'texts'}` : ''}`,
      );
      printDone(
        {
          command: 'embed',
          notes: [...workspace.notes, ...said.notes],
          rows: matrices.map(([name, { rows, cols }]) => ({
            file: out,
            encoder: encoder.name,
            pooling: name,
            prompt: promptColumn(encoder.prompt),
            texts: String(rows),
            dimensions: String(cols),
            texts_cut: String(embedded.cut),
            bytes: String(written.byteLength),
          })),
        },
        printed,
        terminal,
      );
      return 0;
    } finally {
      progress.close();
    }
  },
};

function safetensorsOf(matrices: readonly [string, Matrix][]): Uint8Array {
  return writeSafetensors(matrices.map(([name, { rows, cols, data }]) => ({ name, dtype: 'F32' as const, shape: [rows, cols], data })));
}

async function save(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await makeFolder(path.dirname(path.resolve(file)));
    await writeAtomically(file, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (error) {
    throw new HarnessError('OUTPUT', { where: file, what: `It cannot be written (${reason(error)}).` }, { cause: error });
  }
}
