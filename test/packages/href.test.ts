import assert from 'node:assert/strict';
import { encodePath, indexFiles, resolveHref, withParameters } from '../../src/packages/manifest/href.ts';

const files = indexFiles([
  'index.html',
  'pages/a.html',
  'pages/deep/b.html',
  'my page.html',
  '100%.html',
  'C#.html',
  'what?.html',
  'caf\u00e9.html',
  'a%20b.html',
  'Big.HTML',
]);

describe('an href of the manifest', () => {
  const found: [href: string, bases: string[], path: string, tail?: string][] = [
    ['index.html', [], 'index.html'],
    ['./index.html', [], 'index.html'],
    ['sub/../index.html', [], 'index.html'],
    ['/index.html', [], 'index.html'],
    [' index.html ', [], 'index.html'],
    ['pages\\a.html', [], 'pages/a.html'],
    ['pages//a.html', [], 'pages/a.html'],
    ['my%20page.html', [], 'my page.html'],
    ['my page.html', [], 'my page.html'],
    ['100%.html', [], '100%.html'],
    ['100%25.html', [], '100%.html'],
    ['caf%C3%A9.html', [], 'caf\u00e9.html'],
    ['cafe\u0301.html', [], 'caf\u00e9.html'],
    ['a%20b.html', [], 'a%20b.html'],
    ['C#.html', [], 'C#.html'],
    ['C%23.html', [], 'C#.html'],
    ['what?.html', [], 'what?.html'],
    ['pages%5Ca.html', [], 'pages/a.html'],
    ['index.html?a=1#top', [], 'index.html', '?a=1#top'],
    ['index.html#top?x', [], 'index.html', '#top?x'],
    ['index.html?next=a/../b', [], 'index.html', '?next=a/../b'],
    ['a.html', ['pages/'], 'pages/a.html'],
    ['a.html', ['pages'], 'pages/a.html'],
    ['b.html', ['pages/', 'deep/'], 'pages/deep/b.html'],
    ['b.html', ['pages', 'deep'], 'pages/deep/b.html'],
    ['../a.html', ['pages/', 'deep/'], 'pages/a.html'],
    ['/index.html', ['pages/'], 'index.html'],
    ['deep/b.html', ['pages/other.html'], 'pages/deep/b.html'],
    ['index.html', ['wrong/'], 'index.html'],
    ['a.html', ['pages\\'], 'pages/a.html'],
  ];
  for (const [href, bases, path, tail = ''] of found) {
    it(`${JSON.stringify(href)}${bases.length ? ` under ${bases.join(' + ')}` : ''} is ${path}`, () => {
      assert.deepEqual(resolveHref(href, bases, '', files), {
        kind: 'file',
        path,
        tail,
        exact: !href.includes('\u0301'),
      });
    });
  }

  it('is found in the wrong case, and said to be', () => {
    assert.deepEqual(resolveHref('INDEX.htm', [], '', files), {
      kind: 'missing',
      path: 'INDEX.htm',
      tail: '',
    });
    assert.deepEqual(resolveHref('big.html?x', [], '', files), {
      kind: 'file',
      path: 'Big.HTML',
      tail: '?x',
      exact: false,
    });
  });

  it('starts in the folder of the manifest', () => {
    assert.deepEqual(resolveHref('a.html', [], 'pages/', files), {
      kind: 'file',
      path: 'pages/a.html',
      tail: '',
      exact: true,
    });
    assert.deepEqual(resolveHref('../index.html', [], 'pages/', files), {
      kind: 'file',
      path: 'index.html',
      tail: '',
      exact: true,
    });
  });

  const refused: [string, string[], 'outside' | 'scheme'][] = [
    ['../../../etc/passwd', [], 'outside'],
    ['..\\index.html', [], 'outside'],
    ['%2e%2e/%2e%2e/etc/passwd', [], 'outside'],
    ['C:\\course\\index.html', [], 'outside'],
    ['javascript:alert(1)', [], 'scheme'],
    [' JavaScript:alert(1)', [], 'scheme'],
    ['data:text/html,<script>', [], 'scheme'],
    ['file:///etc/passwd', [], 'scheme'],
    ['vbscript:x', ['pages/'], 'scheme'],
    ['index.html', ['javascript:alert(1)//'], 'scheme'],
    ['javascript:alert(1)', ['https://example.com/'], 'scheme'],
    ['http://', [], 'scheme'],
    ['https://[', [], 'scheme'],
  ];
  for (const [href, bases, why] of refused) {
    it(`${JSON.stringify(href)}${bases.length ? ` under ${bases.join()}` : ''} is refused`, () => {
      assert.deepEqual(resolveHref(href, bases, '', files), { kind: 'refused', why });
    });
  }

  const remote: [string, string[], string][] = [
    ['https://example.com/a.html?x=1#y', [], 'https://example.com/a.html?x=1#y'],
    ['//example.com/x.html', [], 'https://example.com/x.html'],
    ['a b.html', ['https://example.com/course/'], 'https://example.com/course/a%20b.html'],
    ['x.html', ['https://example.com/', 'sub/'], 'https://example.com/sub/x.html'],
    ['https://other.example/x', ['https://example.com/'], 'https://other.example/x'],
  ];
  for (const [href, bases, url] of remote) {
    it(`${href}${bases.length ? ` under ${bases.join(' + ')}` : ''} is on another server`, () => {
      assert.deepEqual(resolveHref(href, bases, '', files), { kind: 'remote', url });
    });
  }
});

describe('parameters of an item', () => {
  const merged: [address: string, parameters: string | undefined, expected: string][] = [
    ['a.html', undefined, 'a.html'],
    ['a.html', '', 'a.html'],
    ['a.html', '?', 'a.html'],
    ['a.html', 'x=1', 'a.html?x=1'],
    ['a.html', '?x=1', 'a.html?x=1'],
    ['a.html', '&x=1', 'a.html?x=1'],
    ['a.html', '?&?x=1', 'a.html?x=1'],
    ['a.html?y=2', '?x=1', 'a.html?y=2&x=1'],
    ['a.html?y=2', '&x=1', 'a.html?y=2&x=1'],
    ['a.html?', 'x=1', 'a.html?x=1'],
    ['a.html?y=2&', 'x=1', 'a.html?y=2&x=1'],
    ['a.html', '#top', 'a.html#top'],
    ['a.html#here', '#top', 'a.html#here'],
    ['a.html#here', '?x=1', 'a.html?x=1#here'],
    ['a.html?y=2#here', 'x=1#top', 'a.html?y=2&x=1#here'],
    ['a.html', 'x=1#top', 'a.html?x=1#top'],
    ['a.html', '?t=Größe & <b>"', 'a.html?t=Gr%C3%B6%C3%9Fe%20&%20%3Cb%3E%22'],
    ['a.html', '?t=50%25&u=50%', 'a.html?t=50%25&u=50%25'],
    ['a.html', '?f=x\ud800', 'a.html?f=x%EF%BF%BD'],
  ];
  for (const [address, parameters, expected] of merged) {
    it(`${JSON.stringify(parameters)} on ${address} give ${expected}`, () => {
      assert.equal(withParameters(address, parameters), expected);
    });
  }

  it('leave the path as it was encoded', () => {
    assert.equal(
      withParameters(encodePath('ü b/100%/C#?.html'), 'x=1'),
      '%C3%BC%20b/100%25/C%23%3F.html?x=1',
    );
  });
});
