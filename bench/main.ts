#!/usr/bin/env -S node --max-semi-space-size=1
// Embedding produces much short-lived garbage: without this option V8's young generation grows by 60 MB without benefit.
import '../src/graph/telemetry.ts';
import { runCommand } from './command.ts';
import { heedStreams } from './terminal/streams.ts';

const streams = heedStreams();
const status = await runCommand(process.argv.slice(2), { out: process.stdout, err: process.stderr });
process.exitCode = streams.failed ?? status;
