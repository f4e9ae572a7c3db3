import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Environment } from '../environment.ts';
import { own } from '../../own.ts';

/** npm options for connecting to a registry; names as used by pacote. */
const NAMES: Readonly<Record<string, string>> = {
  registry: 'registry',
  proxy: 'proxy',
  'https-proxy': 'httpsProxy',
  noproxy: 'noProxy',
  ca: 'ca',
  cert: 'cert',
  key: 'key',
  'strict-ssl': 'strictSSL',
  'local-address': 'localAddress',
  'replace-registry-host': 'replaceRegistryHost',
  'user-agent': 'userAgent',
};

/**
 * The user's npm settings: the .npmrc of the project, the user and the machine, with npm_config_… taking precedence, as npm reads them.
 * Keys of scopes (`@scope:registry`) and of hosts (`//host/:_authToken`) are kept.
 */
export function npmSettings(env: Environment, folder = process.cwd()): Record<string, unknown> {
  const fromEnv = new Map<string, string>();
  for (const [name, value] of Object.entries(env)) {
    const key = /^npm_config_(.+)$/i.exec(name)?.[1];
    if (key !== undefined && value !== undefined && value !== '') {
      fromEnv.set(key.startsWith('//') || key.startsWith('@') ? key : key.toLowerCase().replace(/(?!^)_/g, '-'), value);
    }
  }
  const project = readRc(path.join(folder, '.npmrc'), env);
  const user = readRc(fromEnv.get('userconfig') ?? path.join(env['HOME'] ?? env['USERPROFILE'] ?? homedir(), '.npmrc'), env);
  const prefix = fromEnv.get('prefix') ?? user.get('prefix') ?? path.resolve(process.execPath, '..', '..');
  const machine = readRc(fromEnv.get('globalconfig') ?? path.join(prefix, 'etc', 'npmrc'), env);
  const settings: Record<string, unknown> = {};
  for (const [key, value] of [...machine, ...user, ...project, ...fromEnv]) {
    if (key === 'cafile') settings['ca'] = certificates(value) ?? settings['ca'];
    else if (key.startsWith('//') || /^@[^:]+:registry$/.test(key)) settings[key] = value;
    else if (own(NAMES, key) !== undefined) settings[own(NAMES, key)!] = value === 'true' ? true : value === 'false' ? false : value;
  }
  return settings;
}

/** `key = value` lines; `${NAME}` is replaced by an environment variable. A missing file is empty. */
function readRc(file: string, env: Environment): Map<string, string> {
  const found = new Map<string, string>();
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return found;
  }
  for (const line of text.split(/\r?\n/)) {
    // Not a regular expression, which would take quadratic time on runs of blanks.
    const equals = line.indexOf('=');
    const key = line.slice(0, Math.max(0, equals)).trim();
    if (key === '' || /^[#;]/.test(key)) continue;
    const plain = line
      .slice(equals + 1)
      .trim()
      .replace(/^(["'])(.*)\1$/, '$2');
    found.set(
      key,
      plain.replace(/\$\{([^${}?]+)(\?)?\}/g, (whole, name: string, soft?: string) => own(env, name) ?? (soft === undefined ? whole : '')),
    );
  }
  return found;
}

function certificates(file: string): string[] | undefined {
  try {
    return readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? undefined;
  } catch {
    return undefined;
  }
}
