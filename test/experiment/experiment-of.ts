import type { Request } from '../../src/experiment/request.ts';
import { resolveChoose } from '../../src/experiment/resolve/resolve-choose.ts';
import { resolveFinetune } from '../../src/experiment/resolve/resolve-finetune.ts';
import { resolveMap } from '../../src/experiment/resolve/resolve-map.ts';
import { resolveRank } from '../../src/experiment/resolve/resolve-rank.ts';
import { resolveRun } from '../../src/experiment/resolve/resolve-run.ts';
import type { Experiment } from '../../src/experiment/resolve/experiment.ts';
import type { Workspace } from '../../src/experiment/workspace.ts';

/** The experiment of a request of any kind. */
export function experimentOf(
  request: Request,
  registries: Workspace,
  resources: { readonly threads: number; readonly tokenBudget: number },
): Experiment {
  switch (request.command) {
    case 'run':
      return resolveRun(request, registries, resources);
    case 'rank':
      return resolveRank(request, registries, resources);
    case 'finetune':
      return resolveFinetune(request, registries, resources);
    case 'choose':
      return resolveChoose(request, registries, resources);
    case 'map':
      return resolveMap(request, registries, resources);
    default:
      return request satisfies never;
  }
}
