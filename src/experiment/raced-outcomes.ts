import type { RaceOutcomes } from '../choosing/score-of.ts';
import type { TokenDataset } from '../datasets/dataset.ts';
import type { Outcomes } from '../statistics/outcomes.ts';
import { schemeOf } from '../tags/given-tags.ts';
import { mainTagScore, tagCounts, type TagScore } from '../tags/tag-outcomes.ts';

/** What a race compares: for tagged words the counts per sentence that the score of their tags is computed from. */
export function racedOutcomes(outcomes: Outcomes): RaceOutcomes {
  return outcomes.kind === 'tags' ? tagCounts(outcomes, mainTagScore(outcomes)) : outcomes;
}

/** Score that compares predicted tags on a dataset. */
export function tagScoreOf(dataset: TokenDataset): TagScore {
  return mainTagScore({ scheme: schemeOf(dataset), tags: dataset.classes });
}
