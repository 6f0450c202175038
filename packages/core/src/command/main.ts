#!/usr/bin/env node
// The `muster` command.
import { MusterError } from '@muster/codec/errors';
import { CommanderError } from 'commander';
import { WorkerStartError } from '../errors.js';
import { makeOutputReliable } from '../process/reliable-output.js';
import { CommandFailure, exits, isUsageError } from './line/failure.js';
import { createProgram } from './program.js';

// Whoever reads us may stop to: `muster list | head -1`.
makeOutputReliable({ timeoutMs: 0, ownStderr: false });

try {
  await createProgram().parseAsync();
} catch (error) {
  // Not process.exit(): what was written to a pipe may still be on its way.
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
    // A server that ends before it is ready ends the command as it would have ended itself.
    if (error instanceof WorkerStartError) return error.exitCode || exits.failed;
    return isUsageError(error.code) ? exits.usage : exits.failed;
  }
  console.error('muster:', error);
  return exits.failed;
}
