/** Links between the documents lead somewhere. */
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { DOCUMENTS, proseOf, ROOT } from './support/documents.js';

/** Links of a document that stay in the project. Pictures are drawn elsewhere. */
function linksOf(document: string): readonly string[] {
  return [...proseOf(document).matchAll(/\[[^\]]*\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target ?? '')
    .filter((target) => !/^https?:/.test(target));
}

/** The anchors that its headings make. */
function anchorsOf(document: string): readonly string[] {
  return [...proseOf(document).matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

const links = DOCUMENTS.flatMap((document) => linksOf(document).map((target) => [document, target] as const));

test('there are some', () => {
  expect(links.length).toBeGreaterThan(20);
});

test.each(links)('%s: %s', (document, target) => {
  const [path = '', anchor] = target.split('#');
  const leadsTo = path === '' ? document : normalize(join(dirname(document), path));
  expect(existsSync(ROOT + leadsTo), leadsTo).toBe(true);
  if (anchor !== undefined) expect(anchorsOf(leadsTo)).toContain(anchor);
});
