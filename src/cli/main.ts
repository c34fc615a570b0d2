#!/usr/bin/env node
/** Entry of `auth0-rotation`: binds the command line to this process. */
import type { WriteStream } from 'node:tty';
import { systemClock } from '../base/clock.js';
import { SERVICES } from './assemble.js';
import type { Host, OutputStream } from './host.js';
import { listenForEnd } from './interruption.js';
import { runCommandLine } from './program.js';

const stdout = outputOf(process.stdout);
const stderr = outputOf(process.stderr);
const host: Host = {
  environment: process.env,
  workingDirectory: process.cwd(),
  stdout,
  stderr,
  stdinIsTerminal: process.stdin.isTTY === true,
  clock: systemClock,
  every(milliseconds, action) {
    const timer = setInterval(action, milliseconds);
    timer.unref();
    return () => clearInterval(timer);
  },
  interruption: listenForEnd(process, () =>
    stderr.write('\nEnding. Nothing is lost: run the same command again and it goes on where it stopped.\n'),
  ),
  services: SERVICES,
};

const code = await runCommandLine(process.argv.slice(2), host);
await Promise.all([drained(process.stdout), drained(process.stderr)]);
process.exit(code); // Connections that are kept alive must not keep the process.

/** A stream whose reader may go away: `auth0-rotation … | head` must not end a rotation half-way. */
function outputOf(stream: WriteStream): OutputStream {
  stream.on('error', () => {});
  return {
    write: (text) => void stream.write(text),
    isTerminal: stream.isTTY === true,
    get columns() {
      return stream.columns || 80; // Zero in some containers.
    },
  };
}

/** Waits until everything written has left, or cannot leave any more. */
function drained(stream: WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => resolve());
  });
}
