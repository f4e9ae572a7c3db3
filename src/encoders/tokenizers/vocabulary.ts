import { asJsonNode, isId, must, shown, type JsonNode } from './json-node.ts';

/** `model.vocab` of a tokenizer.json if it is an object: token to id. Throws an Error with a sentence. */
export function vocabularyOf(model: JsonNode): Map<string, number> {
  const vocab = asJsonNode(model['vocab'], 'model.vocab');
  const vocabulary = new Map<string, number>();
  // Not Object.entries, which takes twice as long for a large vocabulary.
  for (const token of Object.keys(vocab)) {
    const id = vocab[token];
    if (!isId(id)) must(false, `model.vocab[${shown(token)}] is not a token id`);
    vocabulary.set(token, id);
  }
  return vocabulary;
}
