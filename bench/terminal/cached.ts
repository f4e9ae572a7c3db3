/** That results were computed by an earlier run: `Cached: all 40 results are from an earlier run into results; nothing was computed.` */
export function cachedWords(kept: number, all: number, items: 'results' | 'estimates', folder: string): string {
  return kept === all
    ? `Cached: all ${all} ${items} are from an earlier run into ${folder}; nothing was computed.`
    : `Cached: ${kept} of ${all} ${items} are from an earlier run into ${folder}; the others were computed.`;
}
