import { asId, asJsonNode, asJsonNodes, isId, isJsonNode, must, shown, type JsonNode } from './json-node.ts';
import { own } from '../../own.ts';

/** Ids around a single text. */
export interface Surroundings {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const NONE: Surroundings = { before: [], after: [] };

/** A special token and its type. */
export interface TypedToken {
  readonly id: number;
  readonly type: number;
}

/** What surrounds the two texts of a pair. */
export interface PairSurroundings {
  readonly before: readonly TypedToken[];
  readonly between: readonly TypedToken[];
  readonly after: readonly TypedToken[];
  /** Types of the texts' own tokens. */
  readonly types: readonly [first: number, second: number];
}

const BARE_PAIR: PairSurroundings = { before: [], between: [], after: [], types: [0, 1] };

/** What the `post_processor` of a tokenizer.json puts around a single text. Throws an Error with a sentence if it does anything else. */
export function surroundingsOf(node: JsonNode | null): Surroundings {
  if (node === null) return NONE;
  switch (node['type']) {
    case 'ByteLevel':
      return NONE;
    case 'BertProcessing':
    case 'RobertaProcessing':
      return { before: [idOfPair(node, 'cls')], after: [idOfPair(node, 'sep')] };
    case 'Sequence':
      return asJsonNodes(node['processors'], 'processors')
        .map(surroundingsOf)
        .reduce((inner, outer) => ({ before: [...outer.before, ...inner.before], after: [...inner.after, ...outer.after] }), NONE);
    case 'TemplateProcessing':
      return templateOf(node);
    default:
      throw new Error(`post_processor ${shown(node['type'])} is not supported`);
  }
}

/** `["[CLS]", 101]` */
function idOfPair(node: JsonNode, name: 'cls' | 'sep'): number {
  const pair = node[name];
  must(Array.isArray(pair), `post_processor.${name} is not a token with its id`);
  return asId(pair[1], `post_processor.${name}`);
}

function templateOf(node: JsonNode): Surroundings {
  const single = asJsonNodes(node['single'], 'post_processor.single');
  const text = single.findIndex((item) => 'Sequence' in item);
  must(text !== -1 && single.every((item, i) => (i === text) === 'Sequence' in item), 'post_processor.single does not hold one text');
  const idsOf = (item: JsonNode): number[] => specialIds(node, asJsonNode(item['SpecialToken'], 'post_processor.single'));
  return { before: single.slice(0, text).flatMap(idsOf), after: single.slice(text + 1).flatMap(idsOf) };
}

/** Ids of a special token of a template. */
function specialIds(node: JsonNode, { id: token }: JsonNode): number[] {
  const { ids } = asJsonNode(
    own(asJsonNode(node['special_tokens'], 'post_processor.special_tokens'), String(token)),
    `post_processor.special_tokens[${shown(token)}]`,
  );
  must(Array.isArray(ids), `post_processor.special_tokens[${shown(token)}] has no ids`);
  return ids.map((id) => asId(id, `post_processor.special_tokens[${shown(token)}]`));
}

/**
 * What the `post_processor` of a tokenizer.json puts around a pair, and its types, as in the tokenizers library: without one the texts are
 * concatenated, with types 0 and 1. Throws an Error with a sentence if it has no template for pairs, or one that is not the first text
 * followed by the second.
 */
export function pairSurroundingsOf(node: JsonNode | null): PairSurroundings {
  if (node === null) return BARE_PAIR;
  switch (node['type']) {
    case 'ByteLevel':
      return BARE_PAIR;
    case 'BertProcessing': {
      const [cls, sep] = [idOfPair(node, 'cls'), idOfPair(node, 'sep')];
      return { before: [{ id: cls, type: 0 }], between: [{ id: sep, type: 0 }], after: [{ id: sep, type: 1 }], types: [0, 1] };
    }
    case 'RobertaProcessing': {
      const [cls, sep] = (['cls', 'sep'] as const).map((name) => ({ id: idOfPair(node, name), type: 0 })) as [TypedToken, TypedToken];
      return { before: [cls], between: [sep, sep], after: [sep], types: [0, 0] };
    }
    case 'Sequence': {
      // A second post-processor would treat the first one's tokens as texts: no encoder was trained with that.
      const setting = asJsonNodes(node['processors'], 'processors').filter(({ type }) => type !== 'ByteLevel');
      must(setting.length <= 1, 'post_processor sets tokens around a pair more than once');
      return pairSurroundingsOf(setting[0] ?? null);
    }
    case 'TemplateProcessing':
      return pairTemplateOf(node);
    default:
      throw new Error(`post_processor ${shown(node['type'])} is not supported`);
  }
}

function pairTemplateOf(node: JsonNode): PairSurroundings {
  const name = 'post_processor.pair';
  const pieces = asJsonNodes(node['pair'], name);
  const texts = [...pieces.keys()].filter((i) => 'Sequence' in pieces[i]!);
  const [first = -1, second = -1] = texts;
  const textOf = (i: number) => asJsonNode(pieces[i]?.['Sequence'], name);
  must(
    texts.length === 2 && textOf(first)['id'] === 'A' && textOf(second)['id'] === 'B',
    `${name} does not hold the first text and then the second, each once`,
  );
  const typeOf = ({ type_id: type = 0 }: JsonNode): number => {
    must(isId(type), `${name} has the type ${shown(type)}`);
    return type;
  };
  const tokens = (from: number, to: number): TypedToken[] =>
    pieces.slice(from, to).flatMap((item) => {
      const piece = asJsonNode(item['SpecialToken'], name);
      return specialIds(node, piece).map((id) => ({ id, type: typeOf(piece) }));
    });
  return {
    before: tokens(0, first),
    between: tokens(first + 1, second),
    after: tokens(second + 1, pieces.length),
    types: [typeOf(textOf(first)), typeOf(textOf(second))],
  };
}

/** Whether a `post_processor` gives tokens of a single text another type than 0. */
export function hasTokenTypes(node: unknown): boolean {
  if (!isJsonNode(node)) return false;
  const { type, processors, single } = node;
  if (type === 'Sequence') return Array.isArray(processors) && processors.some(hasTokenTypes);
  if (type !== 'TemplateProcessing' || !Array.isArray(single)) return false;
  return single.some((item) => isJsonNode(item) && Object.values(item).some((piece) => isJsonNode(piece) && (piece['type_id'] ?? 0) !== 0));
}
