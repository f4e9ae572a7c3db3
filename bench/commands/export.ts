import { statSync } from 'node:fs';
import path from 'node:path';
import { exportedClassifier } from '../../src/classifiers/exported.ts';
import { HarnessError } from '../../src/errors.ts';
import { EXPORT_DTYPES, exportEncoder } from '../../src/encoders/export.ts';
import { checkFolder } from '../../src/encoders/export-folder.ts';
import { FORMATS } from '../../src/report/render.ts';
import { chosenEncoders, ENCODER_FLAGS, openingOf, openWorkspace } from '../flags/inputs.ts';
import { DONE_OPTION, printDone } from '../terminal/listing.ts';
import { noted } from '../terminal/noted.ts';
import { isSet, SOURCE_OPTIONS, text, word } from '../flags/options.ts';
import { openProgress } from '../terminal/progress.ts';
import { say } from '../terminal/say.ts';
import { sayUnused } from '../../src/experiment/unused-weights.ts';
import type { CommandModule } from '../command-module.ts';

const {
  model,
  'first-layers': firstLayers,
  'global-attention': globalAttention,
  'random-blocks': randomBlocks,
  'adapter-task': adapterTask,
} = ENCODER_FLAGS;
const { mirror, offline, cache, 'models-file': modelsFile } = SOURCE_OPTIONS;

/** `bench export`: writes a checkpoint as an ONNX folder for other programs. */
export const command: CommandModule = {
  summary: 'Export a checkpoint as a standard ONNX folder, for onnxruntime and transformers.js.',
  options: {
    encoders: { type: 'string', requiresArg: true, describe: 'Registry key; KEY@N truncates the encoder after layer N.' },
    model,
    'first-layers': firstLayers,
    'global-attention': globalAttention,
    'random-blocks': randomBlocks,
    'adapter-task': adapterTask,
    dtype: {
      type: 'string',
      requiresArg: true,
      default: 'fp32',
      describe: 'Weight precision: fp32; fp16 (stored in 16 bits, computed in 32); q8 (8-bit matrix products, onnxruntime only).',
    },
    out: { type: 'string', requiresArg: true, demandOption: true, describe: 'Folder to write.' },
    overwrite: { type: 'boolean', describe: 'Replace an export in the folder.' },
    mirror,
    offline,
    cache,
    'models-file': modelsFile,
    ...DONE_OPTION,
    quiet: { type: 'boolean', describe: 'Hide progress.' },
  },
  examples: [
    ['bench export --model hf:google/electra-small-discriminator --out electra-small', 'onnx/model.onnx, config.json, tokenizer.json.'],
    ['bench export --encoders longformer-base-4096@6 --dtype fp16 --out half-longformer', 'The first six layers, half the bytes.'],
  ],
  async run(argv, terminal) {
    const { err } = terminal;
    const format = word(argv, 'format', FORMATS) ?? 'table';
    const said = noted((line) => say(err, line));
    const dtype = word(argv, 'dtype', EXPORT_DTYPES) ?? 'fp32';
    const progress = openProgress({ stream: err, quiet: isSet(argv, 'quiet') });
    try {
      const asked = { ...argv, dtype: undefined };
      const workspace = openWorkspace(asked, progress, { err });
      const { list } = chosenEncoders(asked, workspace);
      const [choice] = list;
      if (choice === undefined || list.length > 1)
        throw new HarnessError('OPTION', {
          where: '--model',
          what: `One encoder is needed, got ${list.length}.`,
          hint: 'Give one --model, or one key with --encoders.',
        });
      const out = text(argv, 'out')!;
      const overwrite = isSet(argv, 'overwrite');
      await checkFolder({ out, overwrite });
      const { options } = openingOf(asked);
      const { folder, onnx, notes: joined = [] } = await workspace.checkpointFiles(choice, options?.task);
      if (onnx !== undefined)
        throw new HarnessError('OPTION', {
          where: choice.name,
          what: `It is an ONNX file already (${onnx}).`,
          hint: 'Checkpoints are exported: config.json and weights.',
        });
      const { firstLayers: layers } = choice;
      const classifier = await exportedClassifier({ name: choice.name, folder, dtype, firstLayers: layers, options });
      const { files, unused, notes } = await exportEncoder({
        name: choice.name,
        folder,
        out,
        dtype,
        firstLayers: layers,
        options,
        overwrite,
        additions: classifier?.additions,
        pairs: classifier?.pairs,
      });
      for (const note of [...joined, ...notes, ...(classifier?.notes ?? [])]) said.warn(`${choice.name}: ${note}`);
      if (isSet(argv, 'verbose')) sayUnused({ name: choice.name, unused }, said.warn);
      say(err, `Written to ${out}: ${files.join(', ')}`);
      printDone(
        {
          command: 'export',
          notes: [...workspace.notes, ...said.notes],
          rows: files
            .map((name) => path.join(out, name))
            .map((file) => ({ file, encoder: choice.name, dtype, bytes: String(statSync(file).size) })),
        },
        format,
        terminal,
      );
      return 0;
    } finally {
      progress.close();
    }
  },
};
