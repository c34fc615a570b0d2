/** The heavy modules are loaded when they are first needed, so that importing the package stays cheap. */
import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { APPLICATION, applicationAnswer, freeCall, startTenant } from './support/tenant.js';

const loaded = vi.hoisted(() => [] as string[]);

vi.mock('auth0', async (original) => {
  loaded.push('auth0');
  return await original();
});
vi.mock('auth0/clients', async (original) => {
  loaded.push('auth0/clients');
  return await original();
});
vi.mock('jose', async (original) => {
  loaded.push('jose');
  return await original();
});
vi.mock('undici', async (original) => {
  loaded.push('undici');
  return await original();
});

const ROOM = new URL('../../src/auth0/', import.meta.url);

afterEach(() => {
  loaded.length = 0;
});

describe('loading', () => {
  it('of every module of the room loads nothing heavy; the first request does', async () => {
    const files = readdirSync(ROOM).filter((file) => file.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(10);
    for (const file of files) await import(new URL(file, ROOM).pathname);
    const auth0 = await startTenant({ api: applicationAnswer });
    await auth0.access.scopes(freeCall());
    expect(loaded).toEqual([]);
    await auth0.access.application(APPLICATION, freeCall());
    expect(loaded).toEqual(['auth0/clients']);
  });
});
