import assert from 'node:assert/strict';
import { ConfigError, readConfig } from '../src/config.ts';

describe('where pages and courses are served', () => {
  const cases: [env: Record<string, string>, content: string | undefined][] = [
    [{}, 'http://127.0.0.1:3000'],
    [{ PORT: '4000' }, 'http://127.0.0.1:4000'],
    [{ PUBLIC_URL: 'http://127.0.0.1:3100' }, 'http://localhost:3100'],
    [{ PUBLIC_URL: 'http://localhost' }, 'http://127.0.0.1'],
    [
      { PUBLIC_URL: 'http://127.0.0.1:3100', CONTENT_URL: 'http://c.localhost:3100' },
      'http://c.localhost:3100',
    ],
    [{ PUBLIC_URL: 'https://lms.example' }, undefined],
    [{ PUBLIC_URL: 'https://lms.example', CONTENT_URL: 'https://lms.example' }, undefined],
    [
      { PUBLIC_URL: 'https://lms.example', CONTENT_URL: 'https://*.content.example' },
      'https://*.content.example',
    ],
    [{ CONTENT_URL: 'http://localhost:3000' }, undefined],
  ];
  for (const [env, content] of cases) {
    it(`${JSON.stringify(env)} plays courses at ${content ?? 'no other host, and is refused'}`, () => {
      if (content) assert.equal(readConfig(env).contentUrl, content);
      else
        assert.throws(
          () => readConfig(env),
          (error) => error instanceof ConfigError && /another origin/.test(error.message),
        );
    });
  }
});
