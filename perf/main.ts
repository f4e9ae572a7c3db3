import '../src/graph/telemetry.ts'; // processes started here inherit the variable

/** `npm run perf [-- NAME …]`: timings and those of peers on this machine, in one run. Not part of the tests. */
const BENCHES: Readonly<Record<string, { about: string; load: () => Promise<{ bench: (words: readonly string[]) => Promise<void> }> }>> = {
  trec6: {
    about: 'The TREC-6 job as whole processes, beside bare loop, transformers.js and Python peers',
    load: () => import('./trec6.ts'),
  },
  batches: { about: 'Token budgets and threads', load: () => import('./token-budget.ts') },
  tokens: {
    about: 'Words with tags ranked by three estimators, beside transformer-ranker: seconds, memory',
    load: () => import('./tokens.ts'),
  },
  'tag-tasks': {
    about: 'Tags of WNUT-17 learnt, three seeds, beside transformers in torch: span F1',
    load: () => import('./tag-tasks.ts'),
  },
  finetune: { about: 'Fine-tuning on TREC-6, three seeds, beside the same in torch', load: () => import('./finetune.ts') },
  'task-parity': {
    about: 'Words, pairs and numbers by real encoders beside scores of NumPy, scikit-learn and transformer-ranker',
    load: () => import('./task-parity.ts'),
  },
  'task-training': {
    about: 'Short trainings on pairs and on numbers, several seeds, beside the same in torch',
    load: () => import('./task-training.ts'),
  },
  queue: { about: 'What the queue costs: jobs a second without work, a grid by 1, 2 and 4 workers', load: () => import('./queue.ts') },
  scale: {
    about: 'What limits a queue: measured costs, simulated to 1,000 workers and 10^9 texts',
    load: () => import('./scale-model.ts'),
  },
  memory: { about: 'Peak memory from 6,000 to 60,000 texts', load: () => import('./memory.ts') },
  checkpoints: {
    about: 'Built checkpoints of published shapes beside torch: seconds, memory, parity',
    load: () => import('./checkpoints.ts'),
  },
  static: { about: 'Static encoders beside model2vec and sentence-transformers: texts per second', load: () => import('./static.ts') },
  fusions: { about: 'Operators of a BERT-base written and fused in several ways, and their seconds', load: () => import('./fusions.ts') },
  predict: { about: 'Texts per second of a classifier beside transformers.js on the same folder', load: () => import('./predict.ts') },
  training: {
    about: 'Training steps and an epoch of TREC-6 beside torch: seconds, memory, parity of losses',
    load: () => import('./training.ts'),
  },
  published: {
    about: 'all-mpnet-base-v2 end to end beside sentence-transformers: vectors, scores, a short training',
    load: () => import('./published.ts'),
  },
  card: {
    about: 'A graphics card: embedding, training, fused attention, beside the CPU and torch on the same card',
    load: () => import('./card/bench.ts'),
  },
  'token-memory': {
    about: 'Memory per token of embedding and training, beside the estimates by which batches suit a card',
    load: () => import('./token-memory/bench.ts'),
  },
  million: { about: 'A million texts: embedded, scored, looked at, reported; seconds and memory', load: () => import('./million.ts') },
  knn: { about: 'Exact search and HNSW: where they cross', load: () => import('./knn.bench.ts') },
  'choose-claims': { about: 'How often the claims of choices are right, in simulated worlds', load: () => import('./choose-claims.ts') },
  report: { about: 'The page of 100 cells of 50,000 texts: seconds, memory, bytes', load: () => import('./report.bench.ts') },
  estimators: { about: 'Estimators on vectors like those of TREC: processor time', load: () => import('./estimators.bench.ts') },
  maps: { about: 't-SNE and UMAP: seconds of a map', load: () => import('./maps.bench.ts') },
  statistics: { about: 'Bootstrap intervals and paired tests: processor time', load: () => import('./statistics.bench.ts') },
};

const [name = 'trec6', ...words] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(
    `There is no timing "${name}". There are:\n${Object.entries(BENCHES)
      .map(([key, { about }]) => `  ${key}: ${about}`)
      .join('\n')}`,
  );
  process.exitCode = 2;
} else {
  console.log(bench.about);
  await (await bench.load()).bench(words);
}
