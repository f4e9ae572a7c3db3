import { asFlag, asJsonNode, isJsonNode, type JsonNode } from './json-node.ts';
import { surroundingsOf } from './post-processor.ts';

/** The parts of a tokenizer.json that determine ids, except for the vocabulary, in a canonical form. */
export function canonical(json: JsonNode): string {
  const added = Array.isArray(json['added_tokens']) ? json['added_tokens'].filter(isJsonNode) : [];
  return JSON.stringify([
    canonicalModel(asJsonNode(json['model'], 'model')),
    canonicalSteps(json['normalizer'], 'normalizers'),
    canonicalSteps(json['pre_tokenizer'], 'pretokenizers'),
    surroundingsOf(isJsonNode(json['post_processor']) ? json['post_processor'] : null),
    added
      .map(
        ({ content, id, single_word: word, lstrip, rstrip, normalized, special }) =>
          [
            String(content),
            id,
            asFlag(word, false),
            asFlag(lstrip, false),
            asFlag(rstrip, false),
            asFlag(normalized, special !== true),
          ] as const,
      )
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ]);
}

function canonicalModel(model: JsonNode): unknown {
  switch (modelType(model)) {
    case 'WordPiece':
      return [model['unk_token'] ?? '[UNK]', model['continuing_subword_prefix'] ?? '##', model['max_input_chars_per_word'] ?? 100];
    case 'BPE': {
      const unknown = model['unk_token'] ?? null;
      const flags = ['byte_fallback', 'ignore_merges'].map((key) => asFlag(model[key], false));
      return [
        unknown,
        unknown !== null && asFlag(model['fuse_unk'], false),
        ...flags,
        model['continuing_subword_prefix'] ?? '',
        model['end_of_word_suffix'] ?? '',
        model['dropout'] ?? null,
      ];
    }
    default:
      return [model['unk_id'] ?? null, asFlag(model['byte_fallback'], false)];
  }
}

function canonicalSteps(node: unknown, list: 'normalizers' | 'pretokenizers'): unknown[] {
  if (!isJsonNode(node)) return [];
  const steps = node[list];
  if (node['type'] === 'Sequence' && Array.isArray(steps)) return steps.flatMap((step: unknown) => canonicalSteps(step, list));
  switch (node['type']) {
    case 'BertNormalizer': {
      const lowercase = asFlag(node['lowercase'], true);
      const accents = typeof node['strip_accents'] === 'boolean' ? node['strip_accents'] : lowercase;
      return [['BertNormalizer', asFlag(node['clean_text'], true), asFlag(node['handle_chinese_chars'], true), accents, lowercase]];
    }
    case 'ByteLevel':
      return [['ByteLevel', asFlag(node['add_prefix_space'], false), asFlag(node['use_regex'], true)]];
    case 'Metaspace':
      return [
        [
          'Metaspace',
          node['replacement'] ?? '▁',
          node['prepend_scheme'] ?? (asFlag(node['add_prefix_space'], true) ? 'always' : 'never'),
          asFlag(node['split'], true),
        ],
      ];
    case 'Split':
      return [['Split', node['pattern'], node['behavior'], asFlag(node['invert'], false)]];
    default:
      return [node];
  }
}

/** Kind of a model, which older files do not declare. */
export function modelType({ type, vocab, merges }: JsonNode): unknown {
  return type ?? (Array.isArray(vocab) ? 'Unigram' : merges === undefined ? 'WordPiece' : 'BPE');
}
