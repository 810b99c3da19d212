import assert from 'node:assert/strict';
import { Refusal } from '../../src/player/client/door.ts';
import { makeLog, type Line } from '../../src/player/client/log.ts';

type Sent = { batch: number; sent: number; lines: Line[]; keepalive: boolean };

/** A log with a clock and a server that do what the test says. */
function bench({
  isOn = true,
  answer = async () => {},
}: { isOn?: boolean; answer?: () => Promise<void> } = {}) {
  let time = 0;
  const timers: { at: number; work: () => void }[] = [];
  const sent: Sent[] = [];
  const server = { answer };
  const log = makeLog({
    ask: async (_path, body, keepalive = false) => {
      sent.push({ ...(JSON.parse(body!) as Sent), keepalive });
      await server.answer();
    },
    launch: 'lch_1',
    number: 0,
    isOn,
    activity: () => 'item_1',
    now: () => time,
    later: (work, ms) => void timers.push({ at: time + ms, work }),
  });
  const pass = async (ms: number) => {
    const until = time + ms;
    for (;;) {
      timers.sort((a, b) => a.at - b.at);
      if (!timers[0] || timers[0].at > until) break;
      const { at, work } = timers.shift()!;
      time = at;
      work();
      for (let i = 0; i < 20; i++) await Promise.resolve();
    }
    time = until;
  };
  const get = (element: string) => log.called('LMSGetValue', element, undefined, 'value', '0');
  return {
    log,
    sent,
    server,
    pass,
    get,
    names: () => sent.flatMap(({ lines }) => lines.map((line) => line.element)),
  };
}
const refuse = (status: number) => async () => {
  throw new Refusal(status, {});
};

describe('the player’s log', () => {
  it('does nothing at all while it is off', async () => {
    const { log, sent, get, pass } = bench({ isOn: false });
    get('cmi.core.entry');
    log.happened('shown', 'x');
    log.flush();
    await pass(60_000);
    assert.equal(log.isOn, false);
    assert.deepEqual(sent, []);
  });

  it('tells calls with their answers and errors, and what happens, two seconds after', async () => {
    const { log, sent, pass } = bench();
    log.happened('shown', 'a.html');
    await pass(500);
    log.called('LMSInitialize', '', undefined, 'true', '0');
    log.called('LMSGetValue', 'cmi.core.entry', undefined, 'ab-initio', '0');
    log.called('LMSGetLastError', undefined, undefined, '0', '0');
    log.called('SetValue', 'cmi.score.raw', 40, 'false', '406');
    log.called('SetValue', 'cmi.location', { toString: () => 'later' }, 'true', '0');
    assert.equal(sent.length, 0);
    await pass(2_000);
    const activity = 'item_1';
    assert.deepEqual(sent, [
      {
        launch: 'lch_1',
        batch: 1,
        sent: 2_000,
        keepalive: false,
        lines: [
          { ms: 0, activity, kind: 'event', name: 'shown', value: 'a.html' },
          { ms: 500, activity, kind: 'call', name: 'LMSInitialize', value: '', result: 'true' },
          {
            ms: 500,
            activity,
            kind: 'call',
            name: 'LMSGetValue',
            element: 'cmi.core.entry',
            result: 'ab-initio',
          },
          {
            ms: 500,
            activity,
            kind: 'call',
            name: 'SetValue',
            element: 'cmi.score.raw',
            value: '40',
            result: 'false',
            error: '406',
          },
          {
            ms: 500,
            activity,
            kind: 'call',
            name: 'SetValue',
            element: 'cmi.location',
            value: '[object]',
            result: 'true',
          },
        ],
      },
    ]);
  });

  it('shortens what is long and says how long it was', async () => {
    const { log, sent, pass } = bench();
    log.called('LMSSetValue', 'cmi.suspend_data', 'x'.repeat(64_000), 'true', '0');
    await pass(2_000);
    const [line] = sent[0]!.lines;
    assert.deepEqual([line!.value!.length, line!.length], [8_000, 64_000]);
  });

  it('sends in batches, one after the other, and none twice', async () => {
    const { sent, get, pass, names } = bench();
    for (let i = 0; i < 450; i++) get(`e${i}`);
    await pass(10_000);
    assert.deepEqual(
      sent.map(({ batch, lines }) => [batch, lines.length]),
      [
        [1, 200],
        [2, 200],
        [3, 50],
      ],
    );
    assert.deepEqual(
      names(),
      Array.from({ length: 450 }, (_, i) => `e${i}`),
    );
  });

  it('sends a batch again as it was, under its number, until it is through', async () => {
    const { sent, get, pass, server } = bench({ answer: refuse(503) });
    get('one');
    await pass(2_000);
    get('two');
    await pass(10_000);
    server.answer = async () => {
      throw new TypeError('no network');
    };
    await pass(10_000);
    server.answer = async () => {};
    await pass(20_000);
    const told = sent.map(({ batch, lines }) => [batch, ...lines.map(({ element }) => element)]);
    assert.deepEqual(told, [
      [1, 'one'],
      [1, 'one'],
      [1, 'one'],
      [1, 'one'],
      [2, 'two'],
    ]);
  });

  it('gives up a batch that nobody takes, and goes on', async () => {
    const { log, sent, get, pass, server } = bench({ answer: refuse(400) });
    get('one');
    await pass(2_000);
    server.answer = async () => {};
    get('two');
    await pass(20_000);
    assert.equal(log.isOn, true);
    assert.deepEqual(
      sent.map(({ batch }) => batch),
      [1, 2],
    );
  });

  it('stops when it is not wanted any more, and begins when it is', async () => {
    const { log, sent, get, pass, server } = bench({ answer: refuse(409) });
    get('one');
    await pass(2_000);
    assert.equal(log.isOn, false);
    get('two');
    server.answer = async () => {};
    log.turn(true);
    log.turn(true);
    get('three');
    await pass(20_000);
    assert.deepEqual(
      sent.slice(1).map(({ batch, lines }) => [batch, ...lines.map(({ name, element }) => element ?? name)]),
      [[2, 'joined', 'three']],
    );
  });

  it('keeps the newest where a course calls faster than anybody can write, and says what is missing', async () => {
    const { sent, get, pass } = bench();
    for (let i = 0; i < 2_100; i++) get(`e${i}`);
    await pass(2_000);
    const [missed, first] = sent[0]!.lines;
    assert.deepEqual([missed!.name, missed!.value, first!.element], ['missed', '100', 'e100']);
  });

  it('sends the last lines of a page that goes with keepalive, few enough to leave room for its saves', async () => {
    const { log, sent, get, pass, names } = bench();
    for (let i = 0; i < 100; i++) get(`e${i}`);
    log.flush();
    await pass(0);
    const [last] = sent.filter(({ keepalive }) => keepalive);
    assert.equal(last!.lines.at(-1)!.element, 'e99');
    assert.ok(JSON.stringify(last!.lines).length <= 4_000);
    await pass(10_000);
    assert.equal(new Set(names()).size, 100);
    assert.equal(names().length, 100);
  });
});
