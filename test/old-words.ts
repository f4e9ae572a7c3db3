/** A word of an earlier vocabulary, and what users of embedding libraries expect to read. */
export interface OldWord {
  readonly old: RegExp;
  readonly instead: string;
}

/** Words that no message, description, page or comment may contain. Chosen so that no legitimate sentence contains them. */
export const OLD_WORDS: readonly OldWord[] = [
  { old: /\b(?:not )?told (?:from|apart)\b|\btell(?:s)? (?:them )?apart\b/i, instead: 'not significantly different, tied' },
  { old: /\b(?:more than|beyond) chance\b/i, instead: 'statistically significant' },
  { old: /\bshare the first place\b/i, instead: 'tied for first' },
  { old: /\bnumber types?\b/i, instead: 'weight precision' },
  { old: /\bof its cells\b|\bcells are computed\b|\b\d+ cells\b|\bevery cell\b/i, instead: 'results, configurations' },
  { old: /\b\d+ %/, instead: 'a number with its % sign, without a space' },
  {
    old: /\bms a text\b|\ba (?:text|row|line|word|class|token|file|batch) an? (?:text|row|line|word|class|token|file|batch|epoch|seed)\b/i,
    instead: 'ms/text, one text per line',
  },
  {
    old: /\bwhere (?:(?:it|they) (?:is|are) )?left out\b|\bwhere (?:none|nothing) is (?:given|named)\b/i,
    instead: 'default: …, if omitted',
  },
  { old: /\bdata sets?\b/i, instead: 'dataset' },
  { old: /\bside by side\b/i, instead: 'concatenated, in parallel' },
  { old: /\bbeside\b/i, instead: 'next to, with, compared with' },
  { old: /\bso many\b/i, instead: 'N, this many' },
  { old: /\bof your own\b/i, instead: 'your' },
  { old: /\bas(?:ked)? asked for\b|\bwhat (?:is|was) asked for\b|\bwhere (?:that|it) is asked for\b/i, instead: 'as requested' },
  { old: /\blets? (?:go of|\w+ go)\b/i, instead: 'deleted, released, eliminated' },
  { old: /\bgo(?:es|ne|ing)? on (?:with|where|from|after|without)\b/i, instead: 'resuming, continue, skips' },
  { old: /\banew\b/i, instead: 'again, start over, recomputed' },
  { old: /\bnobody (?:knows|reads|asked|looks)\b/i, instead: 'unknown, ambiguous, not requested' },
  {
    old: /\b(?<!there )(?:is|are) no (?:JSON|file|folder|list|object|string|number|pair|path|table|tag|class|encoder|dataset)\b/,
    instead: 'is not a …',
  },
  { old: /\bis none of its values\b/i, instead: 'is not a valid value' },
  { old: /\bno such option\b/i, instead: 'unknown option' },
  { old: /\bout of reach\b/i, instead: 'unavailable' },
  { old: /, where [^.]{1,80} (?:is|are) wanted\b/, instead: 'expected …, got …' },
  { old: /\bmakers\b/i, instead: 'authors' },
  { old: /\bstands? (?:behind|before|for none|twice)\b/i, instead: 'after, before, means none, duplicate' },
  { old: /\bfree the place\b/i, instead: 'free disk space' },
  { old: /\bpointer of Git LFS\b/i, instead: 'Git LFS pointer' },
  { old: /\bthe (?:document|published table)\b/i, instead: 'the CEA tables' },
  { old: /\bc(?:omes?|ame) to the same\b/i, instead: 'is equivalent' },
  { old: /\bone behind the other\b/i, instead: 'one after the other, consecutive' },
  { old: /\bstands? (?:alone|there|in place|apart)\b/i, instead: 'exists, is' },
  { old: /\b(?:told by|tells? (?:which|the best))\b/i, instead: 'recognised by, predicts' },
  { old: /\bfor a person\b|\ba person should\b/i, instead: 'human-readable, for the user' },
  { old: /\bdearer\b|\bsought\b|\bfor ever\b/i, instead: 'more expensive, wanted, forever' },
];
