import type { Message, Task } from './child.ts';

/** Replaces the process that reads: hangs at input 3, dies at 5, and reads the rest. */
const task = JSON.parse(process.argv[2]!) as Task;
const send = (message: Message): Promise<void> =>
  new Promise((resolve) => void process.send!(message, undefined, undefined, () => resolve()));

for (let number = task.from; number < task.to; number++) {
  await send({ kind: 'at', number });
  if (number === 3) for (;;);
  if (number === 5) process.abort();
}
await send({
  kind: 'done',
  tally: {
    read: task.to - task.from,
    refused: 0,
    slowest: { ms: 0, number: 0 },
    largest: { bytes: 0, size: 0, number: 0 },
    multiple: 0,
    messages: [],
  },
});
process.disconnect();
