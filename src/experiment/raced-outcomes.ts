import type { RaceOutcomes } from '../choosing/score-of.ts';
import type { TokenDataset } from '../datasets/dataset.ts';
import type { Outcomes } from '../statistics/outcomes.ts';
import { schemeOf } from '../tags/given-tags.ts';
import { mainTagScore, tagCounts, type TagScore } from '../tags/tag-outcomes.ts';

/** What a race compares: of tagged words the counts of sentences that the score of their tags is made of. */
export function racedOutcomes(outcomes: Outcomes): RaceOutcomes {
  return outcomes.kind === 'tags' ? tagCounts(outcomes, mainTagScore(outcomes)) : outcomes;
}

/** The score by which the tags of a dataset are compared. */
export function tagScoreOf(dataset: TokenDataset): TagScore {
  return mainTagScore({ scheme: schemeOf(dataset), tags: dataset.classes });
}
