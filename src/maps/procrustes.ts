import type { Layout } from './layout.ts';

/**
 * A centred layout, rotated or reflected so that its points are as close as possible to those of `onto` (orthogonal Procrustes): the
 * meaning of a layout does not change.
 */
export function procrustes(layout: Layout, onto: Layout): Layout {
  const [from, to] = [centred(layout), centred(onto)];
  let [along, across] = [0, 0];
  for (let i = 0; i < from.length; i += 2) {
    along += from[i]! * to[i]! + from[i + 1]! * to[i + 1]!;
    across += from[i]! * to[i + 1]! - from[i + 1]! * to[i]!;
  }
  const angle = Math.atan2(across, along);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return from.map((value, i) => (i % 2 === 0 ? cos * value - sin * from[i + 1]! : sin * from[i - 1]! + cos * value));
}

function centred(layout: Layout): Layout {
  const mean = [0, 0];
  for (const [i, value] of layout.entries()) mean[i % 2]! += (2 * value) / layout.length;
  return layout.map((value, i) => value - mean[i % 2]!);
}
