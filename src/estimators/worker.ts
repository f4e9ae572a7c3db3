import { serve } from '../threads/serve.ts';
import { estimate, type EstimateParams } from './estimators.ts';
import { EstimatorRuntime } from './runtime.ts';

/** A thread of the estimators: the runtime blocks the thread that calls it. */

const runtime = new EstimatorRuntime(1);

const calls = serve({ estimate: (params: EstimateParams) => estimate(params, runtime) });
export type EstimatorCalls = typeof calls;
