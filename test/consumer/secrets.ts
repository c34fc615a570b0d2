/** Invented secrets, new in each run, and a way to look for them in anything that could be printed. */
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';

export const inventSecret = (): string => randomBytes(48).toString('base64url');

/** Everything a logger could make of a value. */
export function everythingShown(value: unknown): string {
  const shown = [inspect(value, { depth: 12, showHidden: true, getters: true }), String(value)];
  try {
    shown.push(JSON.stringify(value) ?? '');
  } catch {
    // A circular value cannot be serialised, and so cannot leak that way.
  }
  if (value instanceof Error) shown.push(value.message, value.stack ?? '', inspect(value.cause, { depth: 12 }));
  return shown.join('\n');
}

/** A promise and its handles; Node 20 has no `Promise.withResolvers`. */
export function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
