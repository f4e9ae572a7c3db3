import { splitOf, textFile, type Reader } from '../reader.ts';
import { badRow } from '../faults.ts';
import { lines } from '../lines.ts';
import { trimAscii } from '../trim.ts';

/** WordNet's lexicographer files by number (lexnames(5WN)): the supersenses. */
const SUPERSENSES = [
  'adj.all',
  'adj.pert',
  'adv.all',
  'noun.Tops',
  'noun.act',
  'noun.animal',
  'noun.artifact',
  'noun.attribute',
  'noun.body',
  'noun.cognition',
  'noun.communication',
  'noun.event',
  'noun.feeling',
  'noun.food',
  'noun.group',
  'noun.location',
  'noun.motive',
  'noun.object',
  'noun.person',
  'noun.phenomenon',
  'noun.plant',
  'noun.possession',
  'noun.process',
  'noun.quantity',
  'noun.relation',
  'noun.shape',
  'noun.state',
  'noun.substance',
  'noun.time',
  'verb.body',
  'verb.change',
  'verb.cognition',
  'verb.communication',
  'verb.competition',
  'verb.consumption',
  'verb.contact',
  'verb.creation',
  'verb.emotion',
  'verb.motion',
  'verb.perception',
  'verb.possession',
  'verb.social',
  'verb.stative',
  'verb.weather',
  'adj.ppl',
] as const;

/**
 * WordNet's data files (wndb(5WN)): offset, lexicographer file number, words, pointers, then "| " and the gloss. The licence lines begin
 * with two blanks.
 */
export const wordnet: Reader = function* ({ files, encoding }) {
  for (const file of files) {
    for (const { text, number } of lines(textFile(file, encoding))) {
      if (text.startsWith('  ')) continue;
      const label = SUPERSENSES[Number(/^\d{8} (\d\d) /.exec(text)?.[1] ?? -1)];
      const bar = text.indexOf('| ');
      if (label === undefined || bar < 0) throw badRow(file, number, 'This is not a synset with a lexicographer file number and a gloss.');
      yield { text: trimAscii(text.slice(bar + 2)), labels: [label], split: splitOf(file) };
    }
  }
};
