import assert from 'node:assert/strict';
import type { PlatformFamily } from '../../src/lti/platform.model.ts';
import { isOfPlatform } from '../../src/lti/service-addresses.ts';
import { readServiceHost } from '../../src/lti/service-hosts.ts';

const platform = (host: string, family: PlatformFamily = 'other') => ({
  family,
  issuer: `https://${host}`,
  authorizationEndpoint: `https://${host}/auth`,
  tokenEndpoint: `https://${host}/token`,
  jwksUri: `https://${host}/jwks`,
});

describe("a host of a platform's services", () => {
  const table: [string, string, boolean][] = [
    ['moodle.example.org', 'https://moodle.example.org/mod/lti/services.php', true],
    ['moodle.example.org', 'https://moodle.example.org:8443/services', true],
    ['lms.example.org', 'https://api.example.org/ags', true],
    ['example.org', 'https://lms.example.org/ags', true],
    ['lms.example.org', 'https://example.org/ags', true],
    ['schoology.schoology.com', 'https://lti-service.svc.schoology.com/ags', true],
    ['localhost:8080', 'http://localhost:8080/services', true],
    ['127.0.0.1:3001', 'http://127.0.0.1:4000/ags', true],
    ['[::1]:3001', 'http://[::1]:3001/ags', true],
    ['moodle.example.org', 'https://evil.example/ags', false],
    ['moodle.example.org', 'https://evilexample.org/ags', false],
    ['moodle.example.org', 'https://moodle.example.org.evil.example/ags', false],
    ['example.org', 'https://evil.org/ags', false],
    ['moodle.example.org', 'http://169.254.169.254/latest', false],
    ['moodle.example.org', 'http://localhost/admin', false],
    ['moodle.example.org', 'http://[::ffff:7f00:1]/', false],
    ['10.0.0.1', 'http://10.0.0.2/ags', false],
    ['10.0.0.1', 'http://11.0.0.1/ags', false],
    ['localhost', 'http://evil.localhost.example/ags', false],
  ];
  for (const [host, address, is] of table)
    it(`${host} ${is ? 'may' : 'may not'} have them at ${address}`, () =>
      assert.equal(isOfPlatform(platform(host), new URL(address)), is));

  it('may be any where every school brings its own (Canvas, Blackboard)', () => {
    const url = new URL('https://courses.school.example/api/lti');
    assert.ok(isOfPlatform(platform('canvas.instructure.com', 'canvas'), url));
    assert.ok(isOfPlatform(platform('blackboard.com', 'blackboard'), url));
    assert.ok(!isOfPlatform(platform('moodle.school.org', 'moodle'), url));
  });

  it('may be one that an administrator has named, and no other beside it', () => {
    const known = { ...platform('moodle.example.org'), serviceHosts: ['grades.example.net'] };
    assert.ok(isOfPlatform(known, new URL('https://grades.example.net/ags')));
    for (const address of [
      'https://example.net/',
      'https://x.grades.example.net/',
      'https://members.example.net/',
    ])
      assert.ok(!isOfPlatform(known, new URL(address)), address);
  });

  it('is never a private address, whatever was named', () => {
    const named = [
      '127.0.0.1',
      '169.254.169.254',
      '10.0.0.2',
      '[::1]',
      '[::ffff:7f00:1]',
      'localhost',
      'mongo',
    ];
    const known = { ...platform('moodle.example.org'), serviceHosts: named };
    for (const host of named) assert.ok(!isOfPlatform(known, new URL(`https://${host}/ags`)), host);
  });

  it('is looked for at every address the platform is known by', () => {
    const known = { ...platform('school.example'), tokenEndpoint: 'https://auth.lms-maker.example/token' };
    assert.ok(isOfPlatform(known, new URL('https://api.lms-maker.example/ags')));
    assert.ok(!isOfPlatform(known, new URL('https://api.other-maker.test/ags')));
  });
});

describe("a further host of a platform's services, as somebody types it", () => {
  const table: [typed: string, host: string | undefined][] = [
    ['grades.example.net', 'grades.example.net'],
    ['Grades.Example.NET', 'grades.example.net'],
    ['https://grades.example.net:8443/ags?x=1', 'grades.example.net'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['8.8.8.8', '8.8.8.8'],
    ['[2606:4700::1111]', '[2606:4700::1111]'],
    ['127.0.0.1', undefined],
    ['2130706433', undefined],
    ['http://0x7f.1/', undefined],
    ['169.254.169.254', undefined],
    ['[::1]', undefined],
    ['localhost', undefined],
    ['a.localhost', undefined],
    ['mongo', undefined],
    ['*.example.net', undefined],
    ['user:secret@grades.example.net', undefined],
    ['javascript:alert(1)', undefined],
    [`${'a'.repeat(300)}.example`, undefined],
    ['', undefined],
  ];
  for (const [typed, host] of table)
    it(`${typed.slice(0, 40) || 'nothing'} is ${host ?? 'none'}`, () =>
      assert.equal(readServiceHost(typed), host));
});
