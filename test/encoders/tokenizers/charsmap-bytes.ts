const BLOCK = 256;

interface Node {
  readonly children: Map<number, Node>;
  value: number | undefined;
}

/** A precompiled_charsmap that replaces these strings. Each node of its trie has its own block of 256 units, so that nothing collides. */
export function charsmapBytes(replacements: Readonly<Record<string, string>>): Uint8Array {
  const root: Node = { children: new Map(), value: undefined };
  let texts = '';
  for (const [key, replacement] of Object.entries(replacements)) {
    let node = root;
    for (const byte of Buffer.from(key)) {
      if (!node.children.has(byte)) node.children.set(byte, { children: new Map(), value: undefined });
      node = node.children.get(byte)!;
    }
    node.value = Buffer.byteLength(texts);
    texts += `${replacement}\0`;
  }
  const units: number[] = [];
  let blocks = 0;
  const place = (node: Node, at: number, label: number): void => {
    const base = BLOCK * ++blocks;
    // A string without longer continuations has its value at the base; every other child is at the base plus its byte.
    units[at] = (((at ^ base) << 10) | (node.value === undefined ? 0 : 1 << 8) | label) >>> 0;
    if (node.value !== undefined) units[base] = (node.value | 0x8000_0000) >>> 0;
    for (const [byte, child] of node.children) place(child, base ^ byte, byte);
  };
  place(root, 0, 0);
  const trie = Buffer.alloc(4 * BLOCK * (blocks + 1));
  units.forEach((unit, i) => trie.writeUInt32LE(unit, 4 * i));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(trie.length);
  return Buffer.concat([size, trie, Buffer.from(texts)]);
}
