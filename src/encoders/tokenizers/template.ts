import type { Around } from './class-backends.ts';
import type { AddedTokenPart } from './declared-tokens.ts';
import { must, shown, type JsonNode } from './json-node.ts';
import type { Role } from './special-tokens.ts';

interface TemplateParams {
  readonly roles: ReadonlyMap<Role, string>;
  readonly added: readonly AddedTokenPart[];
  readonly id: (token: string) => number | undefined;
}

/**
 * A post-processor that puts the tokens of these roles around a text. A token without an id is replaced by the unknown one. Throws an Error
 * if there is none.
 */
export function template({ before, after, pair }: Around, { roles, added, id }: TemplateParams): JsonNode {
  const idOf = (token: string | undefined): number | undefined =>
    token === undefined ? undefined : (added.find(({ content }) => content === token)?.id ?? id(token));
  const tokens = [...before, ...after].map((role) => {
    const content = roles.get(role);
    const tokenId = idOf(content) ?? idOf(roles.get('unk'));
    must(
      content !== undefined && tokenId !== undefined,
      `it has no ${content === undefined ? `${role}_token` : shown(content)}, which it puts around every text`,
    );
    return [content, tokenId] as const;
  });
  const first = tokens.slice(0, before.length).map(specialPiece);
  const last = tokens.slice(before.length).map(specialPiece);
  return {
    type: 'TemplateProcessing',
    single: [...first, TEXT, ...last],
    pair: pair.split(' ').map((part) => pairPiece(part, roles)),
    special_tokens: Object.fromEntries(tokens.map(([content, tokenId]) => [content, { id: content, ids: [tokenId], tokens: [content] }])),
  };
}

const TEXT = { Sequence: { id: 'A', type_id: 0 } };

function specialPiece([content]: readonly [string, number]): object {
  return { SpecialToken: { id: content, type_id: 0 } };
}

/** A part of a pair: `sep:1`, `B:1`. Its roles are those around a single text, which have a token. */
function pairPiece(part: string, roles: TemplateParams['roles']): object {
  const [name, type] = part.split(':') as [string, string];
  const ofType = (id: string | undefined) => ({ id, type_id: Number(type) });
  return name === 'A' || name === 'B' ? { Sequence: ofType(name) } : { SpecialToken: ofType(roles.get(name as Role)) };
}
