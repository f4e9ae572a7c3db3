import { encoderGradients, type Gradients } from './gradients.ts';
import type { StepGraphs } from './step-graphs.ts';
import { fusedName, fusedStep } from './step-model.ts';
import { tensorsOf } from './tensors.ts';
import type { StepRequest, StepResult } from './trainer-params.ts';

/** What a pass runs, and where it leaves its gradients. */
export interface PassParts {
  readonly graphs: StepGraphs;
  readonly gradients: Gradients;
}

export type BatchRequest = Pick<StepRequest, 'texts' | 'feeds' | 'step'>;
export type BatchResult = Pick<StepResult, 'loss' | 'vectors'>;

/** All texts at once: encoder, loss and both backward passes in one run. */
export async function fusedPass({ graphs, gradients }: PassParts, { texts, feeds, step }: BatchRequest): Promise<BatchResult> {
  const own = graphs.short;
  const loss = fusedName(graphs.loss, graphs.loss.loss);
  const parameterGradients = [...graphs.loss.parameterGradients].map(([name, value]) => [name, fusedName(graphs.loss, value)] as const);
  const { dense, rows } = encoderGradients(own);
  const target = gradients.target({ dense: [...dense, ...parameterGradients], rows });
  const session = await graphs.open('fused', () => fusedStep(own, graphs.loss), target.resident);
  const outputs = await graphs.sessions.run(session, {
    feeds: { ...graphs.textFeeds(texts, { own, step, chunk: 0 }), ...tensorsOf(feeds) },
    fetches: { [loss]: null, [own.vectors]: null, ...target.fetches },
  });
  await target.take(outputs);
  return { loss: (outputs[loss]!.data as Float32Array)[0]!, vectors: outputs[own.vectors]!.data as Float32Array };
}
