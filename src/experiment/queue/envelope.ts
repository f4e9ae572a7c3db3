import { stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { HarnessError, option, shown } from '../../errors.ts';
import { encoderPaths } from '../../sources/encoder-files.ts';
import { pathsOnDisk } from '../../sources/local/encoder-folder.ts';
import { decisive, type Job } from '../job.ts';
import type { DatasetRef, EncoderRef } from '../refs.ts';
import { contentHash } from './address.ts';
import { jobSchema } from './job-schema.ts';
import { filesBelow, manifestOf, type Manifest } from './sent-files.ts';

/** A job as stored in a queue: without any path of the machine that planned it, and named by its content. */
export interface Envelope {
  /** The same job has the same id, wherever its files are. */
  readonly id: string;
  readonly job: Job;
  /** Files sent along with it. */
  readonly folders: readonly SentFolder[];
}

export interface SentFolder {
  readonly root: string;
  readonly manifest: Manifest;
}

/** Puts jobs into envelopes, and collects which files to send. */
export class Packing {
  readonly #most: number;
  readonly #folders = new Map<string, Promise<SentFolder>>();

  /** `most`: maximum bytes of the files of one encoder or dataset. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Throws OPTION for inputs that a worker can never get. */
  async pack(job: Job): Promise<Envelope> {
    const folders: SentFolder[] = [];
    const encoders: EncoderRef[] = [];
    for (const ref of job.encoders) encoders.push(await this.#encoder(ref, job, folders));
    const dataset = await this.#dataset(job.dataset, folders);
    const packed: Job = { ...job, encoders, dataset };
    return { id: envelopeId(packed), job: packed, folders };
  }

  async #encoder(ref: EncoderRef, { opening }: Job, folders: SentFolder[]): Promise<EncoderRef> {
    if (ref.kind === 'entry') checkSources(ref.name, ref.entry);
    if (ref.kind !== 'folder') return ref;
    const { folder, onnx } = ref;
    const inside = onnx === undefined ? undefined : path.relative(folder, onnx).split(path.sep).join('/');
    const task = opening.options.task === 'none' ? undefined : opening.options.task;
    const paths = encoderPaths({ paths: pathsOnDisk(folder, inside), onnx: inside, folder: '', task });
    const sent = await this.#send(ref.name, folder, paths);
    folders.push(sent);
    return { ...ref, folder: `sent:${sent.manifest.digest}`, onnx: inside };
  }

  async #dataset(ref: DatasetRef, folders: SentFolder[]): Promise<DatasetRef> {
    if (ref.kind === 'entry') checkSources(ref.name, ref.entry);
    if (ref.kind !== 'file') return ref;
    const isFolder = (await stat(ref.file)).isDirectory();
    const [root, paths] = isFolder ? [ref.file, await filesBelow(ref.file)] : [path.dirname(ref.file), [path.basename(ref.file)]];
    const sent = await this.#send(ref.name, root, paths);
    folders.push(sent);
    return { ...ref, file: `sent:${sent.manifest.digest}${isFolder ? '' : `/${paths[0]}`}` };
  }

  #send(what: string, root: string, paths: readonly string[]): Promise<SentFolder> {
    const key = JSON.stringify([root, paths]);
    const known = this.#folders.get(key) ?? manifestOf({ what, root, paths, most: this.#most }).then((manifest) => ({ root, manifest }));
    this.#folders.set(key, known);
    return known;
  }
}

/** Id of a packed job: a hash of all that determines its result. */
export function envelopeId(job: Job): string {
  const { id: _own, ...rest } = decisive(job) as Job;
  return contentHash(rest);
}

/** What a worker reads from a queue. */
const found = z.strictObject({ job: jobSchema });

/** @throws HarnessError FORMAT if it is not a job, or contains a path or source that no job may have */
export function openEnvelope(data: unknown): Job {
  const { success, data: value, error } = found.safeParse(data);
  if (success) return value.job as Job;
  const [issue] = error.issues;
  throw new HarnessError('FORMAT', {
    where: 'a job of the queue',
    what: `Invalid job: ${shown(`${issue!.path.join('.')}: ${issue!.message}`)}.`,
  });
}

/** The job with its sent files at the paths that `fetch` returns. */
export async function unpacked(job: Job, fetch: (digest: string) => Promise<string>): Promise<Job> {
  const place = async (sent: string): Promise<string> => {
    const [, digest, inside] = /^sent:([0-9a-f]{64})(?:\/(.+))?$/.exec(sent)!;
    const folder = await fetch(digest!);
    if (inside === undefined) return folder;
    const file = path.resolve(folder, inside);
    if (path.relative(folder, file).startsWith('..')) {
      throw new HarnessError('FORMAT', { where: 'a job of the queue', what: `${shown(sent)} points outside the files sent.` });
    }
    return file;
  };
  const encoders: EncoderRef[] = [];
  for (const ref of job.encoders) {
    if (ref.kind !== 'folder') encoders.push(ref);
    else {
      const folder = await place(ref.folder);
      encoders.push({ ...ref, folder, onnx: ref.onnx === undefined ? undefined : path.join(folder, ref.onnx) });
    }
  }
  const dataset = job.dataset.kind === 'file' ? { ...job.dataset, file: await place(job.dataset.file) } : job.dataset;
  return { ...job, encoders, dataset };
}

/** Throws OPTION for an entry whose files are on this machine's disk. */
function checkSources(name: string, entry: object): void {
  if (!JSON.stringify(entry).includes('"file:')) return;
  throw new HarnessError('OPTION', {
    where: name,
    what: 'Its registry entry has a local file as source, which workers cannot access.',
    hint: `Give the folder with ${option('model')}, or the file with ${option('dataset')}: these are sent to the workers.`,
  });
}
