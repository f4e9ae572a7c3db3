#!/usr/bin/env -S node --max-semi-space-size=1
// Embedding leaves much short-lived garbage: let to grow, the place for it holds 60 MB for nothing.
import '../src/graph/telemetry.ts';
import { runCommand } from './command.ts';
import { heedStreams } from './terminal/streams.ts';

const streams = heedStreams();
const status = await runCommand(process.argv.slice(2), { out: process.stdout, err: process.stderr });
process.exitCode = streams.failed ?? status;
