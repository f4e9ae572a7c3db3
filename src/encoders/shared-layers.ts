import { HarnessError, option } from '../errors.ts';

type Values = Readonly<Record<string, unknown>>;

/** Number of consecutive ALBERT layers that form one of `num_hidden_layers`; each has a hidden state. 1 for all other encoders. */
export function innerLayers(config: Values): number {
  return config['model_type'] === 'albert' ? count(config['inner_group_num']) : 1;
}

/**
 * Settings in config.json for an encoder truncated after hidden state `layers`: the number under `key`, and for ALBERT the assignment of
 * shared weights to layers, so that building it from config.json gives the same. Throws OPTION if config.json cannot express the
 * truncation.
 */
export function cutCounts(config: Values, { key, layers }: { key: string; layers: number }): Values {
  const inner = innerLayers(config);
  const groups = config['model_type'] === 'albert' ? count(config['num_hidden_groups']) : 1;
  if (inner === 1 && groups === 1) return { [key]: layers };
  const all = count(config[key]);
  const groupsLeft = (after: number): number | undefined => {
    const whole = after / inner;
    const fits = (left: number) =>
      Array.from({ length: whole }, (_, i) => groupOf(i, all / groups) === groupOf(i, whole / left)).every(Boolean);
    return Number.isInteger(whole) ? Array.from({ length: groups }, (_, i) => i + 1).find(fits) : undefined;
  };
  const left = groupsLeft(layers);
  if (left !== undefined) return { [key]: layers / inner, num_hidden_groups: left };
  const possible = Array.from({ length: all * inner }, (_, i) => i + 1).filter((each) => groupsLeft(each) !== undefined);
  throw new HarnessError('OPTION', {
    where: option('firstLayers'),
    what: `Its ${all} blocks of ${inner} layers share weights in ${groups} groups: config.json cannot express a cut after ${layers}.`,
    hint: `Cut it after ${possible.join(', ')}.`,
  });
}

/** Index of the group whose weights a layer has: the reference's own arithmetic, whose rounding matters if groups differ in size. */
export function groupOf(layer: number, inGroup: number): number {
  return Math.trunc(layer / inGroup);
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : 1;
}
