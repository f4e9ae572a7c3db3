import { buildEncoder, type CheckpointDtype } from '../../../src/encoders/families/build.ts';

/** Prints by how many bytes this process grew at most while it built the encoder of a folder in a number type. */
const [folder, dtype] = process.argv.slice(2) as [string, CheckpointDtype];
const before = process.memoryUsage().rss;
await buildEncoder({ folder, dtype });
console.log(process.resourceUsage().maxRSS * 1024 - before);
