import { endOfCharacter, graphemeClusters, startOfCharacter } from './grapheme-clusters.ts';
import { WordCache } from './word-cache.ts';

/** Clusters of at least this many bytes are split into characters. */
const WHOLE_BYTES = 6;

/** Bits of a unit of the trie (darts-clone): the byte that leads to it, whether a key ends here, and how its offset is stored. */
const LABEL = 0x8000_00ff;
const ENDS_KEY = 1 << 8;
const FAR = 1 << 9;
/** Those of the unit after the end of a key: the start of its replacement. */
const VALUE = 0x7fff_ffff;

/** Characters of which two adjacent ones are always two clusters. Most texts have no others, and need no segmenter. */
const SIMPLE =
  ' -~\\t\\n[\\p{L}&&[\\p{Script=Latin}\\p{Script=Greek}\\p{Script=Cyrillic}\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}]]';
const COMPLEX = new RegExp(`[^${SIMPLE}]`, 'gv');
const SIMPLE_PAIR = new RegExp(`[${SIMPLE}](?=[${SIMPLE}])`, 'gv');
const PRINTABLE_ASCII = String.fromCharCode(...Array.from({ length: 0x7f - 0x20 }, (_, i) => 0x20 + i));
const OTHER_THAN_ASCII = /[^ -~]/gu;
const ANY = /./gsu;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The character map of a SentencePiece model (`precompiled_charsmap`, from NFKC and similar), applied like `Precompiled` of the
 * `tokenizers` library, which differs from SentencePiece: a grapheme cluster of less than 6 bytes is replaced as a whole by the replacement
 * of its SHORTEST prefix in the map (o + circumflex + dot below becomes ô); in a longer one, or one without such a prefix, each character
 * separately. Layout: uint32 size of the trie in bytes; the trie, a double array of uint32; replacements in UTF-8, each terminated by a
 * zero byte. Little-endian.
 */
export class PrecompiledCharsmap {
  readonly #units: Uint32Array;
  readonly #replacements: Uint8Array;
  readonly #clusters = new WordCache((cluster: string) => this.#mapCluster(cluster));
  /** Whether printable ASCII is unchanged, as in all maps except those that fold case. */
  readonly #keepsAscii: boolean;

  /** Throws an Error with a sentence if the sizes are inconsistent. */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = bytes.length < 4 ? 0 : view.getUint32(0, true);
    if (size === 0 || size % 4 !== 0 || 4 + size > bytes.length)
      throw new Error(`its character map of ${bytes.length} bytes declares a trie of ${size} bytes`);
    this.#units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.#replacements = bytes.subarray(4 + size);
    this.#keepsAscii = Array.from(PRINTABLE_ASCII).every((character) => (this.#lookUp(character) ?? character) === character);
  }

  normalize(text: string): string {
    let out = '';
    for (let at = 0; at < text.length;) {
      const complex = indexFrom(COMPLEX, text, at);
      // The preceding simple character may be the base of the cluster, so it is left to the segmenter.
      const base = complex === text.length ? complex : Math.max(at, startOfCharacter(text, complex - 1));
      out += this.#mapSimple(text.slice(at, base));
      if (base === text.length) break;
      at = endOfCharacter(text, indexFrom(SIMPLE_PAIR, text, complex));
      for (const cluster of graphemeClusters(text.slice(base, at))) out += this.#clusters.get(cluster);
    }
    return out;
  }

  #mapSimple(text: string): string {
    return text.replace(this.#keepsAscii ? OTHER_THAN_ASCII : ANY, (character) => this.#clusters.get(character));
  }

  #mapCluster(cluster: string): string {
    const whole = Buffer.byteLength(cluster) < WHOLE_BYTES ? this.#lookUp(cluster) : undefined;
    return whole ?? Array.from(cluster, (character) => this.#lookUp(character) ?? character).join('');
  }

  /** The replacement of the shortest prefix in the map. References of a broken map outside of itself yield nothing. */
  #lookUp(text: string): string | undefined {
    const units = this.#units;
    let at = 0;
    let unit = units[0]!;
    at ^= offset(unit);
    for (const byte of ENCODER.encode(text)) {
      if (byte === 0) return undefined;
      at ^= byte;
      if (at >= units.length) return undefined;
      unit = units[at]!;
      if ((unit & LABEL) >>> 0 !== byte) return undefined;
      at ^= offset(unit);
      if ((unit & ENDS_KEY) !== 0) return at < units.length ? this.#replacement(units[at]! & VALUE) : undefined;
    }
    return undefined;
  }

  #replacement(start: number): string | undefined {
    const end = this.#replacements.indexOf(0, start);
    return start > this.#replacements.length ? undefined : DECODER.decode(this.#replacements.subarray(start, end === -1 ? undefined : end));
  }
}

/** Index of the next match of a global pattern; the text's length if there is none. */
function indexFrom(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}

function offset(unit: number): number {
  return ((unit >>> 10) << ((unit & FAR) >>> 6)) >>> 0;
}
