import assert from 'node:assert/strict';
import type { PlatformFamily } from '../../src/lti/platform.model.ts';
import { isOfPlatform } from '../../src/lti/service-addresses.ts';

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

  it('is looked for at every address the platform is known by', () => {
    const known = { ...platform('school.example'), tokenEndpoint: 'https://auth.lms-maker.example/token' };
    assert.ok(isOfPlatform(known, new URL('https://api.lms-maker.example/ags')));
    assert.ok(!isOfPlatform(known, new URL('https://api.other-maker.test/ags')));
  });
});
