import assert from 'node:assert/strict';
import { makeState, readState, type StateContent } from '../../src/lti/state.ts';

describe('a state', () => {
  const at = new Date('2026-11-27T12:00:00Z');
  const ctx = { secret: Buffer.alloc(32, 1), now: () => at };
  const content = (more: Partial<StateContent> = {}): StateContent => ({
    platform: 'plt_1',
    deployment: undefined,
    storageTarget: undefined,
    again: {
      login_hint: '42',
      target_link_uri: 'https://tool.example/lti/launch',
      lti_message_hint: undefined,
    },
    expiresAt: new Date('2026-11-27T12:10:00Z'),
    ...more,
  });

  it('says what it was given, with the same nonce and secret', () => {
    for (const given of [
      content(),
      content({ deployment: '', storageTarget: '_parent' }),
      content({
        deployment: '1',
        again: { ...(content().again as object), lti_message_hint: '{"ü":"💥"}' } as never,
      }),
      content({ again: 'kept-elsewhere' }),
    ]) {
      const made = makeState(ctx, given);
      assert.deepEqual(readState(ctx, made.state), { ...given, ...made });
    }
  });

  it('is another each time, and so are its nonce and secret', () => {
    const made = Array.from({ length: 20 }, () => makeState(ctx, content()));
    const parts = made.flatMap(({ state, nonce, secret }) => [state, nonce, secret]);
    assert.equal(new Set(parts).size, 60);
    for (const { state, nonce, secret } of made) {
      assert.match(nonce, /^[\w-]{32}$/);
      assert.match(secret, /^[\w-]{32}$/);
      const [text, tag] = state.split('.');
      const shown = [text!, tag!, Buffer.from(text!, 'base64url').toString()];
      for (const part of shown)
        assert.ok(!part.includes(secret.slice(0, 8)) && !part.includes(nonce.slice(0, 8)));
    }
  });

  it('is none of ours with any character changed, added or taken', () => {
    const { state } = makeState(ctx, content());
    for (let i = 0; i < state.length; i += 1) {
      for (const other of ['A', 'B', '.', '=', 'é', '💥'])
        if (state[i] !== other)
          assert.equal(readState(ctx, state.slice(0, i) + other + state.slice(i + 1)), undefined);
      assert.equal(readState(ctx, state.slice(0, i) + state.slice(i + 1)), undefined);
    }
    for (const rubbish of [
      '',
      '.',
      'x',
      `${state}A`,
      `${state}.`,
      `${state}.A`,
      ` ${state}`,
      'x'.repeat(10_000),
    ])
      assert.equal(readState(ctx, rubbish), undefined);
  });

  it('ends when its login does', () => {
    const { state } = makeState(ctx, content());
    const after = (seconds: number) => ({ ...ctx, now: () => new Date(at.getTime() + seconds * 1000) });
    assert.ok(readState(after(599), state));
    assert.equal(readState(after(600), state), undefined);
  });

  it('means nothing to a server with another secret', () => {
    const { state } = makeState(ctx, content());
    assert.equal(readState({ ...ctx, secret: Buffer.alloc(32, 2) }, state), undefined);
  });
});
