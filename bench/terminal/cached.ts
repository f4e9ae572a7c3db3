/** Message for results from earlier runs: `Cached: all 40 results are from earlier runs; nothing was computed.` */
export function cachedWords(kept: number, all: number, items: 'results' | 'estimates'): string {
  return kept === all
    ? `Cached: all ${all} ${items} are from earlier runs; nothing was computed.`
    : `Cached: ${kept} of ${all} ${items} are from earlier runs; the others were computed.`;
}
