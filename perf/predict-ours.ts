import { readFileSync } from 'node:fs';
import { load } from '../src/index.ts';

/** `load` and `predict` on a list of texts: texts per second, and the predictions. */
const [folder, file, threads] = process.argv.slice(2) as [string, string, string];
const texts = JSON.parse(readFileSync(file, 'utf8')) as string[];
const model = await load(folder, { threads: Number(threads) });
const [started, used] = [performance.now(), process.cpuUsage()];
const labels: string[] = [];
for await (const { label } of model.predict(texts)) labels.push(label);
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(used);
await model.close();
console.log(JSON.stringify({ rate: texts.length / seconds, cpu: (user + system) / 1000 / texts.length, labels }));
