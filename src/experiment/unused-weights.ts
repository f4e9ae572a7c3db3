/** Reports, for --verbose, how many weights of a checkpoint its encoder does not use: heads, poolers. Silent if there are none. */
export function sayUnused(
  { name, unused }: { readonly name: string; readonly unused: readonly string[] },
  say: (line: string) => void,
): void {
  if (unused.length === 0) return;
  const some = unused.slice(0, 3).join(', ');
  say(
    `${name}: ${unused.length} weights of the checkpoint are not part of the encoder and are ignored (${some}${unused.length > 3 ? ', …' : ''}).`,
  );
}
