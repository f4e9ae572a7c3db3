import { buildEncoder, type CheckpointDtype } from '../../../src/encoders/families/build.ts';

/** Prints the peak growth of this process's memory, in bytes, while it builds the encoder of a folder in a dtype. */
const [folder, dtype] = process.argv.slice(2) as [string, CheckpointDtype];
const before = process.memoryUsage().rss;
await buildEncoder({ folder, dtype });
console.log(process.resourceUsage().maxRSS * 1024 - before);
