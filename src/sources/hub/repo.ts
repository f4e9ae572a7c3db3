/**
 * Repository ids in the form of @huggingface/hub and of its pages: `org/name` is a model, `datasets/org/name` a dataset. Early datasets
 * have no organisation: `datasets/name`.
 */
export type RepoKind = 'model' | 'dataset';

const DATASETS = 'datasets/';

export function datasetRepo(name: string): string {
  return `${DATASETS}${name}`;
}

export function kindOf(repo: string): RepoKind {
  return repo.startsWith(DATASETS) ? 'dataset' : 'model';
}

/** Its name without the kind, as written after `hf:`. */
export function repoName(repo: string): string {
  return repo.startsWith(DATASETS) ? repo.slice(DATASETS.length) : repo;
}

/** Its folder in the shared cache, as named by huggingface_hub: `models--org--name`, `datasets--org--name`. */
export function cacheName(repo: string): string {
  return `${kindOf(repo)}s--${repoName(repo).replaceAll('/', '--')}`;
}

/** The repository of the same name and the other kind; undefined if no model can have that name. */
export function otherKind(repo: string): string | undefined {
  if (kindOf(repo) === 'model') return datasetRepo(repo);
  return repo.split('/').length === 3 ? repoName(repo) : undefined;
}
