import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Environment } from '../environment.ts';

/** Default endpoint. */
const HUB_URL = 'https://huggingface.co';

export interface HubSettings {
  /** URL of the hub, without a trailing slash. */
  readonly endpoint: string;
  /** The cache folder, shared with Python's huggingface_hub. */
  readonly cache: string;
  readonly offline: boolean;
  readonly token: string | undefined;
}

/**
 * The hub's settings in the environment, by the rules of huggingface_hub (its constants.py): HF_ENDPOINT, HF_HUB_CACHE, HF_HOME,
 * HF_HUB_OFFLINE, HF_TOKEN or the token file. The JavaScript library only reads the cache folder.
 */
export function hubSettings(env: Environment): HubSettings {
  const home =
    expand(given(env, 'HF_HOME')) ?? path.join(expand(given(env, 'XDG_CACHE_HOME')) ?? path.join(homedir(), '.cache'), 'huggingface');
  return {
    endpoint: (given(env, 'HF_ENDPOINT') ?? HUB_URL).replace(/\/+$/, ''),
    cache: expand(given(env, 'HF_HUB_CACHE') ?? given(env, 'HUGGINGFACE_HUB_CACHE')) ?? path.join(home, 'hub'),
    offline: yes(env, 'HF_HUB_OFFLINE') || yes(env, 'TRANSFORMERS_OFFLINE') || yes(env, 'HF_DATASETS_OFFLINE'),
    token:
      given(env, 'HF_TOKEN') ??
      given(env, 'HUGGING_FACE_HUB_TOKEN') ??
      (yes(env, 'HF_HUB_DISABLE_IMPLICIT_TOKEN') ? undefined : tokenFile(expand(given(env, 'HF_TOKEN_PATH')) ?? path.join(home, 'token'))),
  };
}

function given(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

function yes(env: Environment, name: string): boolean {
  return ['1', 'on', 'yes', 'true'].includes(given(env, name)?.toLowerCase() ?? '');
}

function expand(folder: string | undefined): string | undefined {
  return folder?.replace(/^~(?=$|\/)/, homedir());
}

function tokenFile(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}
