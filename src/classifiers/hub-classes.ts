/**
 * Sequence-classification classes by `model_type` of config.json, as known to the text-classification pipeline of transformers.js (4.3,
 * src/models/registry.js). It opens no encoder of another type.
 */
export const CLASSIFIER_CLASSES: Readonly<Record<string, string>> = {
  albert: 'AlbertForSequenceClassification',
  bert: 'BertForSequenceClassification',
  camembert: 'CamembertForSequenceClassification',
  convbert: 'ConvBertForSequenceClassification',
  deberta: 'DebertaForSequenceClassification',
  'deberta-v2': 'DebertaV2ForSequenceClassification',
  distilbert: 'DistilBertForSequenceClassification',
  electra: 'ElectraForSequenceClassification',
  esm: 'EsmForSequenceClassification',
  eurobert: 'EuroBertForSequenceClassification',
  mobilebert: 'MobileBertForSequenceClassification',
  modernbert: 'ModernBertForSequenceClassification',
  mpnet: 'MPNetForSequenceClassification',
  neobert: 'NeoBertForSequenceClassification',
  roberta: 'RobertaForSequenceClassification',
  roformer: 'RoFormerForSequenceClassification',
  squeezebert: 'SqueezeBertForSequenceClassification',
  xlm: 'XLMForSequenceClassification',
  'xlm-roberta': 'XLMRobertaForSequenceClassification',
};

/** The same for token-classification classes, of the token-classification pipeline. */
export const TAGGER_CLASSES: Readonly<Record<string, string>> = {
  bert: 'BertForTokenClassification',
  camembert: 'CamembertForTokenClassification',
  convbert: 'ConvBertForTokenClassification',
  deberta: 'DebertaForTokenClassification',
  'deberta-v2': 'DebertaV2ForTokenClassification',
  distilbert: 'DistilBertForTokenClassification',
  electra: 'ElectraForTokenClassification',
  esm: 'EsmForTokenClassification',
  eurobert: 'EuroBertForTokenClassification',
  modernbert: 'ModernBertForTokenClassification',
  mpnet: 'MPNetForTokenClassification',
  neobert: 'NeoBertForTokenClassification',
  roberta: 'RobertaForTokenClassification',
  roformer: 'RoFormerForTokenClassification',
  xlm: 'XLMForTokenClassification',
  'xlm-roberta': 'XLMRobertaForTokenClassification',
};
