#!/usr/bin/env node
// The `muster` command.
import { MusterError } from '@muster/codec/errors';
import { CommanderError } from 'commander';
import { WorkerStartError } from '../errors.js';
import { makeOutputReliable } from '../process/reliable-output.js';
import { CommandFailure, exits, isUsageError } from './line/failure.js';
import { createProgram } from './program.js';

// The reader may stop reading: `muster list | head -1`.
makeOutputReliable({ timeoutMs: 0, ownStderr: false });

try {
  await createProgram().parseAsync();
} catch (error) {
  // Not process.exit(), because output to a pipe may still be on its way.
  process.exitCode = explain(error);
}

/** @returns the exit code */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exits.done : exits.usage;
  if (error instanceof CommandFailure) {
    console.error(`muster: ${error.message}`);
    return error.exitCode;
  }
  if (error instanceof MusterError) {
    console.error(`muster: ${error.message} (${error.code})`);
    // If a server exits before it is ready, the command exits with the same code.
    if (error instanceof WorkerStartError) return error.exitCode || exits.failed;
    return isUsageError(error.code) ? exits.usage : exits.failed;
  }
  console.error('muster:', error);
  return exits.failed;
}
