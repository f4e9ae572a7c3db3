import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageRoot } from '../../../src/home.ts';
import { loadDatasets } from '../../../src/registry/datasets.ts';
import { loadModels } from '../../../src/registry/models.ts';
import { sourcesOf } from '../../../src/registry/variant-sources.ts';
import { loadSuites } from '../../../src/registry/suites.ts';
import { hubSettings } from '../../../src/sources/hub/settings.ts';
import { npmSettings } from '../../../src/sources/npm/settings.ts';
import { parseSource } from '../../../src/sources/source.ts';
import { json, lines } from '../changes.ts';
import { seedsOf, type FuzzReader } from '../reader.ts';

/** A registry file of the project, its entries starting at `from`: some of each kind, and small. */
function registry(file: string, under: string, { from, count }: { from: number; count: number }): string {
  const value = JSON.parse(readFileSync(path.join(packageRoot(), file), 'utf8')) as Record<string, object>;
  return JSON.stringify({ ...value, [under]: Object.fromEntries(Object.entries(value[under]!).slice(from, from + count)) }, undefined, 2);
}

const NPMRC =
  '; a comment\nregistry = "https://packages.example.org/"\n@org:registry=https://npm.example.org\n//npm.example.org/:_authToken=${TOKEN}\nstrict-ssl=false\ncafile=ca.pem\n';
const CERTIFICATES = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'.repeat(3);

/** Files that name encoders, datasets, suites and registries. */
export const registries: Readonly<Record<string, FuzzReader>> = {
  'models-json': {
    seeds: () =>
      seedsOf(
        'models.json',
        [0, 2].map((from) => registry('models.json', 'models', { from, count: 2 })),
      ),
    changes: json,
    read: ({ file }) => {
      for (const { variants } of loadModels(file).values()) for (const { from } of variants.flatMap(sourcesOf)) parseSource(from);
    },
    share: 3,
  },
  'datasets-json': {
    seeds: () =>
      seedsOf(
        'datasets.json',
        [0, 4, 8].map((from) => registry('datasets.json', 'datasets', { from, count: 3 })),
      ),
    changes: json,
    read: ({ file }) => loadDatasets(file),
    share: 3,
  },
  'suites-json': {
    seeds: () => seedsOf('suites.json', [registry('suites.json', 'suites', { from: 0, count: 3 })]),
    changes: json,
    read: ({ file }) => loadSuites(file),
    share: 2,
  },
  npmrc: {
    seeds: () => [
      ...seedsOf('.npmrc', [NPMRC], { beside: { 'ca.pem': CERTIFICATES } }),
      ...seedsOf('ca.pem', [CERTIFICATES], { beside: { '.npmrc': NPMRC } }),
    ],
    changes: lines,
    read: ({ folder }) => npmSettings({ HOME: folder, TOKEN: 'x', npm_config_cafile: path.join(folder, 'ca.pem') }, folder),
  },
  'hub-token': { seeds: () => seedsOf('token', ['hf_abc\n']), changes: lines, read: ({ folder }) => hubSettings({ HF_HOME: folder }) },
};
