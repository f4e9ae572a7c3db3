import { asId, asJsonNode, asJsonNodes, isJsonNode, must, shown, type JsonNode } from './json-node.ts';
import { own } from '../../own.ts';

/** Ids that stand around a single text. */
export interface Surroundings {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const NONE: Surroundings = { before: [], after: [] };

/** What the `post_processor` of a tokenizer.json sets around a single text. Throws an Error with a sentence where it does anything else. */
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
      throw new Error(`post_processor ${shown(node['type'])} is not known`);
  }
}

/** `["[CLS]", 101]` */
function idOfPair(node: JsonNode, name: 'cls' | 'sep'): number {
  const pair = node[name];
  must(Array.isArray(pair), `post_processor.${name} is no token with its id`);
  return asId(pair[1], `post_processor.${name}`);
}

function templateOf(node: JsonNode): Surroundings {
  const single = asJsonNodes(node['single'], 'post_processor.single');
  const text = single.findIndex((item) => 'Sequence' in item);
  must(text !== -1 && single.every((item, i) => (i === text) === 'Sequence' in item), 'post_processor.single does not hold one text');
  const idsOf = (item: JsonNode): number[] => {
    const token = asJsonNode(item['SpecialToken'], 'post_processor.single').id;
    const { ids } = asJsonNode(
      own(asJsonNode(node['special_tokens'], 'post_processor.special_tokens'), String(token)),
      `post_processor.special_tokens[${shown(token)}]`,
    );
    must(Array.isArray(ids), `post_processor.special_tokens[${shown(token)}] has no ids`);
    return ids.map((id) => asId(id, `post_processor.special_tokens[${shown(token)}]`));
  };
  return { before: single.slice(0, text).flatMap(idsOf), after: single.slice(text + 1).flatMap(idsOf) };
}

/** Whether a `post_processor` gives tokens of a single text another type than 0. */
export function hasTokenTypes(node: unknown): boolean {
  if (!isJsonNode(node)) return false;
  const { type, processors, single } = node;
  if (type === 'Sequence') return Array.isArray(processors) && processors.some(hasTokenTypes);
  if (type !== 'TemplateProcessing' || !Array.isArray(single)) return false;
  return single.some((item) => isJsonNode(item) && Object.values(item).some((piece) => isJsonNode(piece) && (piece['type_id'] ?? 0) !== 0));
}
