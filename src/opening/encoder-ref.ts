import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { hasAdapter } from '../encoders/adapters/find-adapter.ts';
import { hasTasks } from '../encoders/adapters/task-folder.ts';
import { transformerFolder } from '../encoders/sentence-modules.ts';
import { staticRules } from '../encoders/static/static-folder.ts';
import { TRAINING_RECORD } from '../encoders/training-record.ts';
import { HarnessError, option } from '../errors.ts';
import { brokenFile, stands } from '../files/broken-file.ts';
import { isLater } from '../files/later.ts';
import { findModel, type Models } from '../registry/models.ts';
import type { ModelEntry } from '../registry/schema.ts';
import { DTYPES, onnxPaths, TOKENIZERS, WEIGHT_NAMES } from '../sources/encoder-files.ts';
import { checkFolder, leftUnfinished, pathsOnDisk } from '../sources/local/encoder-folder.ts';

/**
 * An encoder as the user named it: a registry entry, a hub repository, or a folder. `name` is shown in the tables; `named`: the user gave
 * it.
 */
export type EncoderRef =
  | { readonly kind: 'entry'; readonly name: string; readonly entry: ModelEntry; readonly firstLayers: number | undefined }
  | {
      readonly kind: 'hub';
      readonly name: string;
      readonly named: boolean;
      readonly source: string;
      readonly firstLayers: number | undefined;
    }
  | {
      readonly kind: 'folder';
      readonly name: string;
      readonly named: boolean;
      readonly folder: string;
      /** undefined: a checkpoint. */ readonly onnx: string | undefined;
      /** Notes for the user on the choice among its files, one sentence each. */ readonly notes?: readonly string[];
      readonly firstLayers: number | undefined;
    };

type OwnEncoderRef = Exclude<EncoderRef, { readonly kind: 'entry' }>;

/** The encoder of a registry key, an alias or `KEY@N`. Throws as `findModel` does. */
export function registryEncoder(models: Models, name: string): EncoderRef & { readonly kind: 'entry' } {
  const { entry, firstLayers } = findModel(models, name);
  return { kind: 'entry', name: withCut(entry.key, firstLayers), entry, firstLayers };
}

/** The value that names the encoder again, without the layer cut of the user: KEY@N, hf:org/name, a path, or NAME= before one of these. */
export function encoderValue(ref: EncoderRef): string {
  if (ref.kind === 'entry') return ref.name;
  const value = ref.kind === 'hub' ? ref.source : (ref.onnx ?? ref.folder);
  const cut = ref.firstLayers === undefined ? '' : `@${ref.firstLayers}`;
  return ref.named ? `${ref.name.slice(0, ref.name.length - cut.length)}=${value}` : value;
}

export interface OwnEncoderParams {
  /** `hf:org/name[@revision]`, a folder, or a file in it; `NAME=` before any of them sets the name in the tables. */
  readonly value: string;
  /** Number of layers to keep. */
  readonly firstLayers: number | undefined;
  /** Decides which ONNX file of a folder is used. */
  readonly dtype: string | undefined;
}

const NAME = /^[\w.-]+$/;
/** Maximum files named in a message. */
const MOST_NAMED = 3;

/** An encoder without a registry entry. An existing path is one, whatever it contains. Throws OPTION if there is no such encoder. */
export function ownEncoder(params: OwnEncoderParams): OwnEncoderRef {
  const { value, firstLayers } = params;
  const at = value.indexOf('=');
  const [before, after] = [value.slice(0, at), value.slice(at + 1)];
  // A value with a slash before its "=" is a mistyped path.
  if (at < 0 || existsSync(value) || /[/\\]/.test(before) || before.startsWith('hf:')) return unnamed(params);
  if (!NAME.test(before)) {
    throw new HarnessError('OPTION', {
      where: option('model'),
      what: `Invalid encoder name "${before}".`,
      hint: 'In NAME=PATH, NAME takes letters, digits, ".", "_" and "-".',
    });
  }
  if (after === '') {
    throw new HarnessError('OPTION', {
      where: option('model'),
      what: `"${value}" has a name, but no path.`,
      hint: 'Write NAME=PATH or NAME=hf:org/name.',
    });
  }
  return { ...unnamed({ ...params, value: after }), name: withCut(before, firstLayers), named: true };
}

function unnamed({ value, firstLayers, dtype }: OwnEncoderParams): OwnEncoderRef {
  if (value.startsWith('hf:')) {
    const [, name] = /^hf:[\w.-]+\/([\w.-]+)(?:@[\w./-]+)?$/.exec(value) ?? [];
    if (name === undefined)
      throw new HarnessError('OPTION', {
        where: option('model'),
        what: `"${value}" is not a hub repository.`,
        hint: 'Write hf:org/name or hf:org/name@revision.',
      });
    return { kind: 'hub', named: false, name: withCut(value.slice('hf:'.length), firstLayers), source: value, firstLayers };
  }
  if (!existsSync(value)) {
    const broken = brokenFile(value);
    if (broken !== undefined) throw new HarnessError('SOURCE', { where: value, what: broken, hint: 'Give a folder, or the file itself.' });
    // As in a flag: where a path is expected it need not begin with "./".
    const plain = value.replace(/^\.[/\\]/, '');
    const hub = /^\w[\w.-]*\/[\w.-]+$/.test(plain) ? ` For a hub repository write hf:${plain}.` : '';
    throw new HarnessError('OPTION', {
      where: option('model'),
      what: `Folder not found: ${plain}.${hub}`,
      hint: `It takes a folder or hf:org/name; registry keys go with ${option('encoders')}.`,
    });
  }
  const isFolder = statSync(value).isDirectory();
  const folder = isFolder ? path.resolve(value) : path.dirname(path.resolve(value));
  const named = (of: string) => withCut(path.basename(of), firstLayers);
  if (!isFolder && !value.endsWith('.onnx')) {
    return checked({ kind: 'folder', named: false, name: named(folder), folder, onnx: undefined, firstLayers });
  }
  const candidates = onnxPaths(DTYPES.find((each) => each === dtype)).map((file) => path.join(folder, file));
  const alone = isFolder && (dtype === undefined || dtype === 'fp32') && isCheckpoint(folder) && needsCheckpoint(transformerFolder(folder));
  const onnx = isFolder ? (alone ? undefined : candidates.find(stands)) : path.resolve(value);
  if (onnx === undefined) {
    if (dtype !== undefined && dtype !== 'fp32' && !isCheckpoint(folder))
      throw new HarnessError('OPTION', {
        where: option('model'),
        what: `${value} has no ONNX file of ${dtype} under the usual names (${path.basename(candidates[0]!)}).`,
        hint: `Give the .onnx file itself, or omit ${option('dtype')}.`,
      });
    if (isCheckpoint(folder)) return checked({ kind: 'folder', named: false, name: named(folder), folder, onnx, firstLayers });
    const strange = pathsOnDisk(folder, undefined).filter((file) => file.endsWith('.onnx'));
    const hint =
      strange.length === 0
        ? 'Give the folder that has them, or the .onnx file itself.'
        : `It has ${strange.slice(0, MOST_NAMED).join(', ')}${strange.length > MOST_NAMED ? ', …' : ''}: give the .onnx file itself.`;
    throw new HarnessError('OPTION', {
      where: option('model'),
      what:
        `${value} has neither model.onnx (also searched in onnx/) nor checkpoint weights ` +
        `(${WEIGHT_NAMES.join(', ')})${leftUnfinished(folder)}.`,
      hint,
    });
  }
  // A file in a folder onnx/ has its tokenizer one folder up, as in hub repositories.
  const home = hasTokenizer(folder) ? folder : path.dirname(folder);
  const notes = isFolder ? otherWeights(folder, onnx) : [];
  return checked({
    kind: 'folder',
    named: false,
    name: named(path.basename(folder) === 'onnx' ? home : folder),
    folder: hasTokenizer(home) ? home : folder,
    onnx,
    ...(notes.length > 0 && { notes }),
    firstLayers,
  });
}

/**
 * Whether ONNX files next to a checkpoint cannot replace it: model2vec's take token offsets, and those of encoders with one adapter per
 * task the number of the task.
 */
function needsCheckpoint(folder: string): boolean {
  return staticRules(folder) !== undefined || hasTasks(folder);
}

/**
 * Other weights of the same dtype in a folder, if the user did not choose one: after a training in the folder they may belong to another
 * encoder.
 */
function otherWeights(folder: string, onnx: string): string[] {
  const read = path.relative(folder, onnx).split(path.sep).join('/');
  const alike = DTYPES.map((each) => onnxPaths(each)).find((files) => files.includes(read)) ?? [];
  const inner = path.relative(folder, transformerFolder(folder));
  const [other] = [...alike, ...WEIGHT_NAMES.map((name) => path.posix.join(inner, name))].filter(
    (file) => file !== read && stands(path.join(folder, file)),
  );
  if (other === undefined || (isSavedTraining(folder) && !isLater(path.join(folder, other), onnx))) return [];
  return [`It has two sets of weights: ${read} is used, ${other} is not. Give one of the files to choose.`];
}

/** `finetune --save` writes the same weights in both forms, until one of them is overwritten. */
function isSavedTraining(folder: string): boolean {
  return stands(path.join(folder, TRAINING_RECORD));
}

/** Throws SOURCE if one of its files is not valid. */
function checked(choice: OwnEncoderRef & { readonly kind: 'folder' }): OwnEncoderRef {
  const { folder, onnx } = choice;
  checkFolder(folder, onnx === undefined ? undefined : path.relative(folder, onnx).split(path.sep).join('/'));
  return choice;
}

/** Whether a folder has weights to build a graph from, its own or those that its adapter belongs to. */
export function isCheckpoint(folder: string): boolean {
  const inner = transformerFolder(folder);
  return hasAdapter(inner) || WEIGHT_NAMES.some((file) => stands(path.join(inner, file)));
}

function hasTokenizer(folder: string): boolean {
  return TOKENIZERS.some((files) => files.every((file) => stands(path.join(folder, file))));
}

/** The name of a truncated encoder in the tables. */
export function withCut(name: string, firstLayers: number | undefined): string {
  return firstLayers === undefined ? name : `${name}@${firstLayers}`;
}
