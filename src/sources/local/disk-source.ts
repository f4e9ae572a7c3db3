import { stat } from 'node:fs/promises';
import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import type { PlacedVariant } from '../../registry/variant-sources.ts';
import { faultOf } from '../download.ts';
import { encoderPaths, lackOf } from '../encoder-files.ts';
import type { FileRequest, FileSource, ModelFiles, Pins, ProbeRequest } from '../file-source.ts';
import type { SourceContext } from '../source-context.ts';
import type { DiskSource } from '../source.ts';
import type { Availability, LocalFile } from '../types.ts';
import { checkPins, inFolder, linkedModel, onnxOrWeights, prefixOf } from '../variant.ts';
import { checkFolder, pathsOnDisk } from './encoder-folder.ts';

/** The user's own file or folder, used in place. */
export class DiskFiles implements FileSource {
  readonly pinned = undefined;
  readonly #context: SourceContext;
  readonly #source: DiskSource;

  constructor(context: SourceContext, source: DiskSource) {
    this.#context = context;
    this.#source = source;
  }

  async fileState(request: FileRequest): Promise<Availability['state']> {
    return (await exists(this.#place(request))) ? 'local' : 'missing';
  }

  async fetchFile(request: FileRequest): Promise<LocalFile> {
    const place = this.#place(request);
    const found = await stat(place).catch(() => undefined);
    if (found === undefined) throw new HarnessError('SOURCE', { where: place, what: 'File not found.' });
    // A folder has no hash: the hashes of its files are verified when they are read.
    if (found.isDirectory()) return { path: place, sha256: '', bytes: 0 };
    const sums = await this.#context.notes.of(place);
    const fault = faultOf(sums, request);
    if (fault !== undefined)
      throw new HarnessError('CHECKSUM', { where: place, what: `${fault}.`, hint: 'Replace it with the right file.' });
    return { path: place, sha256: sums.sha256, bytes: sums.bytes };
  }

  async modelAvailability(variant: PlacedVariant): Promise<Availability> {
    for (const file of onnxOrWeights(variant)) if (await exists(path.join(this.#source.path, file))) return { state: 'local', bytes: 0 };
    return { state: 'missing', bytes: undefined };
  }

  async fetchModel(variant: PlacedVariant): Promise<ModelFiles> {
    const folder = path.join(this.#source.path, prefixOf(variant));
    const files = new Map<string, LocalFile>();
    const paths = pathsOnDisk(folder, variant.onnx);
    checkFolder(folder, variant.onnx);
    const lack = lackOf({ paths, onnx: variant.onnx, folder: '' });
    if (lack !== undefined) {
      const exported = variant.onnx === undefined ? paths.find((file) => file.endsWith('.onnx')) : undefined;
      const hint = exported === undefined ? undefined : `Its ONNX file is used only if the entry says so: add "onnx": "${exported}".`;
      throw new HarnessError('SOURCE', {
        where: variant.from,
        what: `There is no ${variant.onnx === undefined ? `${lack} in ${folder}` : path.join(folder, lack)}.`,
        hint,
      });
    }
    const beside = variant.exact ? [] : encoderPaths({ paths, onnx: variant.onnx, folder: '' });
    for (const file of new Set([...beside, ...Object.keys(variant.files)])) {
      const place = path.join(folder, file);
      if ((await stat(place).catch(() => undefined)) === undefined) {
        throw new HarnessError('SOURCE', { where: variant.from, what: `There is no ${place}.` });
      }
      const { sha256, bytes } = await this.#context.notes.of(place);
      files.set(file, { path: place, sha256, bytes });
    }
    checkPins(variant, files, variant.from);
    if (variant.exact) return linkedModel(this.#context, variant, files, '');
    return { folder, onnx: inFolder(folder, variant), files, revision: '' };
  }

  async pin({ from }: PlacedVariant): Promise<Omit<Pins, 'files'>> {
    return { from };
  }

  async probe({ paths }: ProbeRequest): Promise<void> {
    for (const inside of paths) {
      const place = path.resolve(this.#source.path, inside);
      if (!(await exists(place))) throw new HarnessError('SOURCE', { where: place, what: 'File not found.' });
    }
  }

  #place(request: FileRequest): string {
    return path.resolve(this.#source.path, request.path ?? '');
  }
}

async function exists(place: string): Promise<boolean> {
  return (await stat(place).catch(() => undefined)) !== undefined;
}
