// The pages of access for a time: whoever is on one has a way on.
import { expect, test } from 'vitest';
import { renderNotAsked } from '../../src/pages/access-pages.ts';
import { askedPages } from './asked-pages.ts';
import { contextOf, erin } from './page-fixtures.ts';

test('who asked when too many requests were open can ask again, for where they were going', () => {
  const page = renderNotAsked('full', contextOf({ identity: erin }), '/report?x=1');
  expect(page).toContain('href="/.bouncer/access?to=%2Freport%3Fx%3D1"');
});

test('who decides reads how long ago somebody asked, and finds the page among what is theirs', () => {
  const page = askedPages(contextOf).get('approvals');
  expect(page).toContain('<small>1 hour ago</small>');
  expect(page).toContain('href="/.bouncer/approvals" aria-current="page"');
});
