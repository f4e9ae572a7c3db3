import { parentPort, workerData } from 'node:worker_threads';
import { complaintOf } from '../errors.ts';
import { exactSearch } from './exact-search.ts';
import { hnswSearch } from './hnsw-search.ts';
import { Products } from './products.ts';
import { holdVectors, SearchSpace, type Found, type HeldVectors } from './search-space.ts';
import type { Answer, Question, SearchData, SearchQuestion } from './search-thread.ts';
import type { Neighbours } from './types.ts';

/** The thread that searches: matrix products and HNSW block their thread, and progress must keep moving. */

/** Milliseconds between two reports of progress. */
const REPORT_EVERY = 50;

const held = new Map<number, HeldVectors>();
/** Of the number of threads asked for last. */
let products: { readonly threads: number; readonly value: Products } | undefined;
/** Questions are answered one after the other. */
let last: Promise<void> = Promise.resolve();

parentPort!.on('message', (question: Question) => {
  last = last.then(() => reply(question));
});

function send(message: Answer, transfer: readonly ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, transfer);
}

async function reply(question: Question): Promise<void> {
  const { id } = question;
  try {
    const neighbours = await answer(question);
    const transfer = neighbours === undefined ? [] : [neighbours.indices.buffer as ArrayBuffer, neighbours.distances.buffer as ArrayBuffer];
    send({ kind: 'done', id, neighbours }, transfer);
  } catch (error) {
    send({ kind: 'failed', id, complaint: complaintOf(error) });
  }
}

async function answer(question: Question): Promise<Neighbours | undefined> {
  switch (question.kind) {
    case 'hold':
      held.set(question.holder, holdVectors(question));
      return undefined;
    case 'drop':
      held.delete(question.holder);
      return undefined;
    case 'end':
      await products?.value.close();
      parentPort!.close();
      return undefined;
    case 'search':
      return search(question, held.get(question.holder)!);
    default:
      return question satisfies never;
  }
}

async function search(question: SearchQuestion, vectors: HeldVectors): Promise<Neighbours> {
  const space = new SearchSpace({ ...question, vectors });
  const onProgress = reporter(question);
  if (question.hnsw === undefined) return space.expand(await exactSearch({ space, products: await open(question.threads), onProgress }));
  const { found, short } = await hnswSearch({ space, options: question.hnsw, onProgress });
  if (short.length > 0) await complete(space, found, short, question);
  return space.expand(found);
}

/** Searches the groups exactly whose lists are too short. */
async function complete(space: SearchSpace, found: Found, short: readonly number[], question: SearchQuestion): Promise<void> {
  const queryRows = Int32Array.from(short, (group) => space.queryRow(group));
  const part = new SearchSpace({ ...question, vectors: space.vectors, queryRows, k: space.k, excludeSelf: false });
  const exact = await exactSearch({ space: part, products: await open(question.threads) });
  for (const [i, group] of short.entries()) {
    found.rows.set(exact.rows.subarray(i * space.k, (i + 1) * space.k), group * space.k);
    found.distances.set(exact.distances.subarray(i * space.k, (i + 1) * space.k), group * space.k);
  }
}

async function open(threads: number): Promise<Products> {
  if (products?.threads !== threads) {
    await products?.value.close();
    products = { threads, value: await Products.open({ graph: (workerData as SearchData).graph, threads }) };
  }
  return products.value;
}

function reporter({ id, queryRows }: SearchQuestion): (share: number) => void {
  let reported = performance.now();
  return (share) => {
    const now = performance.now();
    if (now - reported < REPORT_EVERY) return;
    reported = now;
    send({ kind: 'progress', id, done: Math.floor(share * queryRows.length) });
  };
}
