import { HarnessError, option } from '../errors.ts';

/** Of several cards, one for this process: CUDA shows it only those that this variable lists, by the numbers that nvidia-smi prints. */
const VISIBLE = 'CUDA_VISIBLE_DEVICES';
const ORDER = 'CUDA_DEVICE_ORDER';

/** What was chosen, by environment: a process has one card. */
const chosen = new WeakMap<NodeJS.ProcessEnv, number>();

/**
 * Chooses the card of this process: number N of those that `CUDA_VISIBLE_DEVICES` lists, or of all. Before the runtime is loaded; threads
 * and child processes see the same one. It is no part of a result, as the number of a card on a machine says nothing about its numbers.
 * Throws OPTION if the list is shorter, or if another card was chosen before.
 */
export function chooseCard(card: number, env: NodeJS.ProcessEnv = process.env): void {
  const before = chosen.get(env);
  if (before === card) return;
  if (before !== undefined) {
    throw new HarnessError('OPTION', {
      where: option('device'),
      what: `This process has card ${before}, and CUDA shows it no other.`,
      hint: `Use another process for card ${card}.`,
    });
  }
  const listed = env[VISIBLE]?.split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
  if (listed !== undefined && card >= listed.length) {
    throw new HarnessError('OPTION', {
      where: option('device'),
      what: `No card ${card}: ${VISIBLE} lists ${listed.length} (${listed.join(', ') || 'none'}).`,
      hint: 'Cards are counted from 0.',
    });
  }
  env[VISIBLE] = listed?.[card] ?? String(card);
  env[ORDER] ??= 'PCI_BUS_ID';
  chosen.set(env, card);
}

/**
 * Products of float32 as such: CUDA's provider in onnxruntime would round their factors to TF32, 10 bits after the point, where the card
 * can. NVIDIA's libraries read the variable when they are loaded; a user's own setting stays.
 */
export function withoutTf32(env: NodeJS.ProcessEnv = process.env): void {
  env['NVIDIA_TF32_OVERRIDE'] ??= '0';
}
