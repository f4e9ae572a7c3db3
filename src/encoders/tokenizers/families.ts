import type { TokenizerFamily } from './build-tokenizer.ts';
import { ROLES } from './special-tokens.ts';
import { readAlbert, readBigBird, readCamembert, readDebertaV2, readXlmRoberta } from './unigram-files.ts';
import { readByteLevel, readWordPiece } from './vocabulary-files.ts';

const WORD_PIECE = [['vocab.txt']];
const BYTE_LEVEL = [['vocab.json', 'merges.txt']];
const SENTENCE_PIECE = [['spm.model'], ['spiece.model'], ['sentencepiece.bpe.model']];

const BERT_TOKENS = { unk: '[UNK]', sep: '[SEP]', pad: '[PAD]', cls: '[CLS]', mask: '[MASK]' };
const ROBERTA_TOKENS = { bos: '<s>', eos: '</s>', unk: '<unk>', sep: '</s>', pad: '<pad>', cls: '<s>', mask: '<mask>' };

/**
 * Tokenizers that can be built from vocabulary files. Classes, types and special tokens as in transformers 4 (tokenization_auto.py, and the
 * `__init__` of each class).
 */
export const TOKENIZER_FAMILIES = {
  bert: {
    classes: ['Bert', 'ConvBert', 'DistilBert', 'Electra', 'LayoutLM', 'Lxmert', 'MobileBert', 'SqueezeBert'],
    modelTypes: [
      'bert',
      'convbert',
      'distilbert',
      'electra',
      'ernie',
      'layoutlm',
      'lxmert',
      'megatron-bert',
      'mobilebert',
      'nezha',
      'nomic_bert',
      'squeezebert',
      'visual_bert',
    ],
    files: WORD_PIECE,
    specials: { tokens: BERT_TOKENS, maskStripsLeft: false },
    read: readWordPiece,
  },
  mpnet: {
    classes: ['MPNet'],
    modelTypes: ['mpnet'],
    files: WORD_PIECE,
    specials: { tokens: { ...ROBERTA_TOKENS, unk: '[UNK]' }, maskStripsLeft: true },
    pairs: 'RobertaProcessing',
    read: readWordPiece,
  },
  roberta: {
    classes: ['Roberta', 'Longformer', 'Bart', 'LED'],
    modelTypes: ['roberta', 'roberta-prelayernorm', 'longformer', 'bart', 'led', 'data2vec-text', 'ibert'],
    files: BYTE_LEVEL,
    specials: { tokens: ROBERTA_TOKENS, maskStripsLeft: true },
    pairs: 'RobertaProcessing',
    read: readByteLevel,
  },
  deberta: {
    classes: ['Deberta'],
    modelTypes: ['deberta'],
    files: BYTE_LEVEL,
    specials: { tokens: { ...BERT_TOKENS, bos: '[CLS]', eos: '[SEP]' }, maskStripsLeft: true },
    read: readByteLevel,
  },
  bigBird: {
    classes: ['BigBird'],
    modelTypes: ['big_bird'],
    files: SENTENCE_PIECE,
    specials: { tokens: { ...ROBERTA_TOKENS, sep: '[SEP]', cls: '[CLS]', mask: '[MASK]' }, maskStripsLeft: true, normalized: ROLES },
    read: readBigBird,
  },
  debertaV2: {
    classes: ['DebertaV2'],
    modelTypes: ['deberta-v2'],
    files: SENTENCE_PIECE,
    specials: { tokens: { ...BERT_TOKENS, bos: '[CLS]', eos: '[SEP]' }, maskStripsLeft: false, normalized: ['unk'] },
    appended: ['mask'],
    read: readDebertaV2,
  },
  xlmRoberta: {
    classes: ['XLMRoberta'],
    modelTypes: ['xlm-roberta', 'xlm-roberta-xl', 'xmod', 'gte', 'jina_embeddings_v3'],
    files: SENTENCE_PIECE,
    specials: { tokens: ROBERTA_TOKENS, maskStripsLeft: true },
    pairs: 'RobertaProcessing',
    read: readXlmRoberta,
  },
  camembert: {
    classes: ['Camembert'],
    modelTypes: ['camembert'],
    files: SENTENCE_PIECE,
    specials: { tokens: ROBERTA_TOKENS, maskStripsLeft: true, additional: ['<s>NOTUSED', '</s>NOTUSED', '<unk>NOTUSED'] },
    pairs: 'RobertaProcessing',
    read: readCamembert,
  },
  albert: {
    classes: ['Albert'],
    modelTypes: ['albert', 'nystromformer', 'yoso'],
    files: SENTENCE_PIECE,
    specials: {
      tokens: { bos: '[CLS]', eos: '[SEP]', unk: '<unk>', sep: '[SEP]', pad: '<pad>', cls: '[CLS]', mask: '[MASK]' },
      maskStripsLeft: true,
    },
    read: readAlbert,
  },
} as const satisfies Record<string, TokenizerFamily>;
