/** Buffers that a model stores with its weights, or that a family's code computes itself. */
const BUFFERS = /(?:^|\.)(?:position_ids|token_type_ids|inv_freq|masked_bias)$/;
/** Longformer's projections of global attention, which is optional; the table that DeBERTa uses for masked language modelling. */
const CHOSEN = /_global\.(?:weight|bias)$|^embeddings\.position_embeddings\.weight$/;
const MOST_NAMED = 3;

export interface UnusedWeightsParams {
  /** Names without the prefix. */
  readonly used: ReadonlySet<string>;
  readonly unused: readonly string[];
}

/**
 * Weights inside the encoder that config.json does not refer to, as a sentence: layers beyond the last, unknown parts. undefined if there
 * are none; heads and poolers outside the encoder do not count. A part counts as inside if others with the same first name part are used:
 * `encoder.`, `embeddings.`
 */
export function unusedWeightsNote({ used, unused }: UnusedWeightsParams): string | undefined {
  const rooms = new Set([...used].map((name) => name.split('.')[0]));
  const inside = unused.filter((name) => rooms.has(name.split('.')[0]) && !BUFFERS.test(name) && !CHOSEN.test(name));
  if (inside.length === 0) return undefined;
  const patterns = new Set([...used].map(numberless));
  const layerOf = (name: string): string | undefined => (patterns.has(numberless(name)) ? unusedRoom(name, used) : undefined);
  const layers = new Set(inside.map(layerOf).filter((layer) => layer !== undefined));
  const others = inside.filter((name) => layerOf(name) === undefined);
  const parts: string[] = [];
  if (layers.size > 0) {
    parts.push(`${layers.size} layer${layers.size === 1 ? '' : 's'} beyond those in config.json (${some([...layers])})`);
  }
  if (others.length > 0) {
    parts.push(
      `${others.length} weight${others.length === 1 ? '' : 's'} inside the encoder not described by config.json (${some(others)})`,
    );
  }
  return `Its weights have ${parts.join(', and ')}: ignored.`;
}

/** The first part of a name that ends with a number and contains nothing that is used: `encoder.layer.12`. */
function unusedRoom(name: string, used: ReadonlySet<string>): string | undefined {
  const rooms = [...name.matchAll(/\.\d+(?=\.)/g)].map(({ index, 0: number }) => name.slice(0, index + number.length));
  return rooms.find((room) => ![...used].some((each) => each.startsWith(`${room}.`)));
}

function numberless(name: string): string {
  return name.replace(/\.\d+(?=\.)/g, '.#');
}

function some(names: readonly string[]): string {
  return `${names.slice(0, MOST_NAMED).join(', ')}${names.length > MOST_NAMED ? ', …' : ''}`;
}
