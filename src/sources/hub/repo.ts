/**
 * A repository is designated as @huggingface/hub does it, and as its pages have it: `org/name` is a model, `datasets/org/name`
 * a dataset. Datasets of the early hub have no organisation: `datasets/name`.
 */
export type RepoKind = 'model' | 'dataset';

const DATASETS = 'datasets/';

export function datasetRepo(name: string): string {
  return `${DATASETS}${name}`;
}

export function kindOf(repo: string): RepoKind {
  return repo.startsWith(DATASETS) ? 'dataset' : 'model';
}

/** Its name without the kind: what `hf:` stands before. */
export function repoName(repo: string): string {
  return repo.startsWith(DATASETS) ? repo.slice(DATASETS.length) : repo;
}

/** Folder of the shared cache, as huggingface_hub calls it: `models--org--name`, `datasets--org--name`. */
export function cacheName(repo: string): string {
  return `${kindOf(repo)}s--${repoName(repo).replaceAll('/', '--')}`;
}

/** The repository of the same name and of the other kind; undefined where no model can have that name. */
export function otherKind(repo: string): string | undefined {
  if (kindOf(repo) === 'model') return datasetRepo(repo);
  return repo.split('/').length === 3 ? repoName(repo) : undefined;
}
