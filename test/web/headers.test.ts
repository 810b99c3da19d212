import assert from 'node:assert/strict';
import { startApp, type TestApp } from '../support/app.ts';

describe('the headers of our pages', () => {
  let at: TestApp;
  before(async () => {
    at = await startApp();
  });
  after(() => at.stop());

  const policyOf = (headers: Record<string, string>) => headers['content-security-policy']!;
  const nonceOf = (headers: Record<string, string>) => /'nonce-([^']+)'/.exec(policyOf(headers))?.[1];

  for (const [path, frames, referrer] of [
    ['/sign-in', "frame-ancestors 'none'", 'same-origin'],
    ['/lti/login', 'frame-ancestors https: http:', 'no-referrer'],
  ] as const) {
    it(`allow ${path} scripts by a nonce of each page, and ${frames}`, async () => {
      const pages = await Promise.all([1, 2, 3].map(() => at.app.get(path).set('accept', 'text/html')));
      const nonces = pages.map(({ headers }) => nonceOf(headers));
      assert.equal(new Set(nonces).size, 3);
      for (const { headers } of pages) {
        const policy = policyOf(headers);
        assert.match(nonceOf(headers)!, /^[\da-f-]{72}$/);
        assert.equal(policy.split(nonceOf(headers)!).length, 3, 'in script-src and style-src');
        assert.ok(
          policy.includes(`script-src 'self' 'nonce-`) && policy.includes(`style-src 'self' 'nonce-`),
        );
        assert.ok(policy.includes(frames) && policy.includes("object-src 'none'"));
        assert.equal(headers['x-content-type-options'], 'nosniff');
        assert.equal(headers['referrer-policy'], referrer);
        assert.equal(headers['x-powered-by'], undefined);
      }
    });
  }
});
