import assert from 'node:assert/strict';
import type { Act } from '../../src/scorm/engine.ts';
import { makeBeat } from '../../src/player/client/beat.ts';
import { secondsTo } from '../../src/player/client/door.ts';
import { cut, weigh, type Commit } from '../../src/player/client/patches.ts';
import { makeSaver, type Answer, type Saver, type SaveState } from '../../src/player/client/saver.ts';

const set = (value: string): Act => ({ do: 'set', activity: 'a', element: 'cmi.suspend_data', value });
const values = (commits: Commit[]) =>
  commits.flatMap(({ patch }) => patch.map((act) => (act.do === 'set' ? act.value : act.do)));

/** A saver with a clock, a network and a shelf that do what the test says. */
function bench(seq = 0) {
  let time = 0;
  let acts: Act[] = [];
  const timers: { at: number; work: () => void }[] = [];
  const states: SaveState[] = [];
  const sent: {
    at: number;
    commits: Commit[];
    keepalive: boolean;
    answer: (answer: Answer | Error) => Promise<void>;
  }[] = [];
  const kept: { at: number; commits: Commit[]; told: boolean }[] = [];
  const shelf = { isBroken: false, isSlow: false, written: () => {} };
  const saver = makeSaver({
    seq,
    async keep(commits, told) {
      if (shelf.isBroken) throw new Error('full');
      if (shelf.isSlow) await new Promise<void>((resolve) => (shelf.written = resolve));
      const before = kept.at(-1)?.commits ?? [];
      kept.push({ at: time, commits, told });
      return weigh(commits.filter((one) => !before.includes(one)).flatMap(({ patch }) => patch));
    },
    take: () => acts.splice(0),
    send: (commits, keepalive) =>
      new Promise((resolve, reject) => {
        const answer = async (what: Answer | Error) => {
          if (what instanceof Error) reject(what);
          else resolve(what);
          await settle();
        };
        sent.push({ at: time, commits, keepalive, answer });
      }),
    changed: (state) => states.push(state),
    now: () => time,
    later(work, ms) {
      const timer = { at: time + ms, work };
      timers.push(timer);
      return () => void (timers.includes(timer) && timers.splice(timers.indexOf(timer), 1));
    },
  });
  const settle = async () => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  return {
    saver,
    sent,
    states,
    kept,
    shelf,
    settle,
    /** The course did this. */
    async did(act: Act, urgent = false) {
      acts.push(act);
      saver.notice(urgent);
      await settle();
    },
    async pass(ms: number) {
      const until = time + ms;
      for (;;) {
        timers.sort((a, b) => a.at - b.at);
        const next = timers[0];
        if (!next || next.at > until) break;
        timers.shift();
        time = Math.max(time, next.at);
        next.work();
        await settle();
      }
      time = until;
    },
    ok: (request: { commits: Commit[]; answer: (answer: Answer) => Promise<void> }) =>
      request.answer({ seq: request.commits.at(-1)!.seq }),
  };
}

describe('the saver', () => {
  it('sends a change within two seconds, numbered after what the server has', async () => {
    const { saver, sent, did, pass, ok } = bench(7);
    await did(set('1'));
    await did(set('2'));
    assert.equal(sent.length, 0);
    assert.equal(saver.state(), 'saving');
    await pass(2_000);
    assert.deepEqual(
      sent.map(({ commits }) => commits),
      [[{ seq: 8, patch: [set('1'), set('2')] }]],
    );
    await ok(sent[0]!);
    assert.equal(saver.state(), 'saved');
  });

  it('sends what is urgent at once, with what was waiting', async () => {
    const { sent, did } = bench();
    await did(set('1'));
    await did({ do: 'commit', activity: 'a' }, true);
    assert.deepEqual(values(sent[0]!.commits), ['1', 'commit']);
    assert.equal(sent[0]!.at, 0);
  });

  it('has one request on its way, and sends the rest when it is answered', async () => {
    const { sent, did, ok, pass } = bench();
    await did(set('1'), true);
    await did(set('2'), true);
    await pass(500);
    assert.equal(sent.length, 1);
    await ok(sent[0]!);
    assert.deepEqual(
      sent.map(({ commits }) => commits.map(({ seq }) => seq)),
      [[1], [2]],
    );
  });

  it('does not send a request for each of a hundred commits a second', async () => {
    const { sent, did, pass } = bench();
    for (let i = 0; i < 100; i++) {
      await did(set(String(i)), true);
      const last = sent.at(-1)!;
      await last.answer({ seq: last.commits.at(-1)!.seq });
      await pass(10);
    }
    assert.ok(sent.length <= 7, `${sent.length} requests in a second`);
  });

  it('says that it is not saved while nobody answers, tries again for an hour, and loses nothing', async () => {
    const { saver, sent, states, did, pass, ok } = bench();
    await did(set('1'), true);
    await sent[0]!.answer(new TypeError('Failed to fetch'));
    assert.equal(saver.state(), 'unsaved');
    await did(set('2'), true);
    for (let minute = 0; minute < 60; minute++) {
      const before = sent.length;
      await pass(60_000);
      assert.ok(sent.length > before, `nothing was tried in minute ${minute}`);
      await sent.at(-1)!.answer(new TypeError('Failed to fetch'));
    }
    await pass(10_000);
    await ok(sent.at(-1)!);
    assert.deepEqual(values(sent.at(-1)!.commits), ['1', '2']);
    assert.deepEqual(states, ['saving', 'unsaved', 'saved']);
  });

  it('sends the same number with the same content again', async () => {
    const { sent, did, pass } = bench();
    await did(set('1'), true);
    await sent[0]!.answer(new TypeError('Failed to fetch'));
    await did(set('2'), true);
    await pass(1_000);
    assert.deepEqual(sent[1]!.commits[0], sent[0]!.commits[0]);
    assert.deepEqual(
      sent[1]!.commits.map(({ seq }) => seq),
      [1, 2],
    );
  });

  it('tries at once when the network is back', async () => {
    const { saver, sent, did, pass } = bench();
    await did(set('1'), true);
    for (let i = 0; i < 6; i++) {
      await sent.at(-1)!.answer(new TypeError('Failed to fetch'));
      await pass(i < 5 ? 10_000 : 0);
    }
    const before = sent.length;
    saver.retry();
    await pass(0);
    assert.equal(sent.length, before + 1);
  });

  it('waits as long as the server asks for', async () => {
    const { sent, did, pass } = bench();
    await did(set('1'), true);
    await sent[0]!.answer({ wait: 30 });
    await pass(29_000);
    assert.equal(sent.length, 1);
    await pass(1_000);
    assert.equal(sent.length, 2);
  });

  it('says everything again in one request when the page may be going', async () => {
    const { saver, sent, did } = bench();
    await did(set('1'), true);
    await did(set('2'));
    saver.flush();
    assert.equal(sent[1]!.keepalive, true);
    assert.deepEqual(values(sent[1]!.commits), ['1', '2']);
  });

  it('sends what is too heavy for keepalive also without', async () => {
    const { saver, sent, did } = bench();
    await did(set('small'));
    await did(set('x'.repeat(90_000)));
    await did({ do: 'terminate', activity: 'a' });
    assert.equal(saver.isHeavy(), true);
    saver.flush();
    const keepalives = sent.filter(({ keepalive }) => keepalive);
    for (const { commits } of keepalives) assert.ok(JSON.stringify(commits).length < 65_536);
    assert.ok(sent.some(({ commits }) => values(commits).includes('terminate')));
  });

  it('never has more than 64 KiB of keepalive on their way', async () => {
    const { saver, sent, did } = bench();
    await did(set('x'.repeat(40_000)), true);
    await did(set('y'.repeat(40_000)));
    saver.flush();
    const flying = sent
      .filter(({ keepalive }) => keepalive)
      .reduce((sum, { commits }) => sum + JSON.stringify(commits).length, 0);
    assert.ok(flying < 65_536, `${flying} bytes`);
    assert.ok(sent.length > 1);
  });

  it('stops for good when the attempt is open elsewhere, or the launch has expired', async () => {
    for (const ended of ['elsewhere', 'expired', 'removed'] as const) {
      const { saver, sent, did, pass } = bench();
      await did(set('1'), true);
      await sent[0]!.answer({ ended });
      assert.equal(saver.state(), ended);
      await did(set('2'), true);
      await pass(60_000);
      assert.equal(sent.length, 1);
      await saver.settled();
    }
  });

  it('goes on from where the server stands', async () => {
    const { sent, did, pass, ok, saver } = bench(10);
    await did(set('1'), true);
    await sent[0]!.answer({ expected: 5 });
    await pass(1_000);
    assert.deepEqual(
      sent[1]!.commits.map(({ seq }) => seq),
      [5],
    );
    await ok(sent[1]!);
    await did(set('2'), true);
    await pass(200);
    assert.deepEqual(
      sent[2]!.commits.map(({ seq }) => seq),
      [6],
    );
    assert.equal(saver.state(), 'saving');
  });

  it('does not send again what the server has already', async () => {
    const { sent, did, pass, ok, saver } = bench();
    await did(set('1'), true);
    await sent[0]!.answer({ expected: 2 });
    assert.equal(saver.state(), 'saved');
    await did(set('2'), true);
    await pass(1_000);
    assert.deepEqual(
      sent[1]!.commits.map(({ seq }) => seq),
      [2],
    );
    await ok(sent[1]!);
    assert.equal(saver.state(), 'saved');
  });

  it('is settled when all is stored, and not before', async () => {
    const { saver, sent, did, ok, pass } = bench();
    let settled = false;
    await did(set('1'));
    void saver.settled().then(() => (settled = true));
    await pass(0);
    assert.equal(sent.length, 1);
    assert.equal(settled, false);
    await ok(sent[0]!);
    assert.equal(settled, true);
  });
});

describe('what the saver keeps in the browser', () => {
  const Commit: Act = { do: 'commit', activity: 'a' };
  const offline = new TypeError('Failed to fetch');

  it('is nothing while the server answers', async () => {
    const { sent, kept, did, pass, ok } = bench();
    for (let i = 0; i < 100; i++) {
      await did(set(String(i)), i % 3 > 0);
      for (let tenth = 0; tenth < 15; tenth++) {
        await pass(100);
        const last = sent.at(-1);
        if (last) await ok(last);
      }
    }
    assert.ok(sent.length >= 100);
    assert.deepEqual(kept, []);
  });

  it('is what nobody has acknowledged for half a second, until somebody does', async () => {
    const { sent, kept, did, pass, ok } = bench();
    await did(set('1'), true);
    await did(set('2'));
    await pass(500);
    assert.deepEqual(
      kept.map(({ at, commits }) => [at, ...values(commits)]),
      [[500, '1', '2']],
    );
    await ok(sent[0]!);
    await pass(300);
    assert.deepEqual(values(kept.at(-1)!.commits), ['2']);
    await ok(sent[1]!);
    await pass(300);
    assert.deepEqual(kept.at(-1)!.commits, []);
  });

  it('is at once all there is when there is no network', async () => {
    const { sent, kept, did, pass } = bench();
    await did(set('1'), true);
    await sent[0]!.answer(offline);
    await pass(0);
    assert.deepEqual(values(kept.at(-1)!.commits), ['1']);
    for (let i = 2; i < 30; i++) {
      await did(set(String(i)));
      await pass(200);
      assert.equal(values(kept.at(-1)!.commits).at(-1), String(i));
    }
  });

  it('stays small in an hour without a network, in which a course saves every second; then all of it arrives', async () => {
    const { saver, sent, kept, did, pass, ok } = bench();
    for (let second = 0; second < 3_600; second++) {
      await did(set(`at ${second}`));
      await did(Commit, true);
      const last = sent.at(-1)!;
      if (second < 3_599) await last.answer(offline);
      await pass(1_000);
    }
    const last = kept.at(-1)!.commits;
    assert.ok(last.length < 12 && weigh(last.flatMap(({ patch }) => patch)) < 4_000, `${last.length}`);
    assert.equal(values(last).at(-2), 'at 3599');
    while (saver.state() !== 'saved') {
      await ok(sent.at(-1)!);
      await pass(1_000);
    }
    assert.equal(values(sent.at(-1)!.commits).at(-2), 'at 3599');
    assert.deepEqual(kept.at(-1)!.commits, []);
    const seqs = sent.flatMap(({ commits }) => commits.map(({ seq }) => seq));
    assert.equal(Math.max(...seqs), new Set(seqs).size);
  });

  it('is written when the page may be going', async () => {
    const { saver, kept, did, settle } = bench();
    await did(set('1'));
    saver.flush();
    await settle();
    assert.deepEqual(
      kept.map(({ at, commits }) => [at, ...values(commits)]),
      [[0, '1']],
    );
  });

  it('does not write a large value that changes all the time more than a disk likes', async () => {
    const { sent, kept, did, pass } = bench();
    await did(set('x'), true);
    await sent[0]!.answer(offline);
    for (let i = 0; i < 100; i++) {
      await did(set(String(i % 10).repeat(800_000)), true);
      await pass(100);
    }
    assert.ok(kept.length >= 3 && kept.length <= 7, `${kept.length} writings in ten seconds`);
  });

  it('is sent only once it is written: else the server could have another part of it than the browser', async () => {
    const { sent, kept, shelf, did, pass, settle } = bench();
    await did(set('1'), true);
    await sent[0]!.answer(offline);
    await pass(0);
    shelf.isSlow = true;
    await did(set('2'), true);
    await pass(1_000);
    assert.equal(sent.length, 1);
    shelf.isSlow = false;
    shelf.written();
    await settle();
    await pass(0);
    assert.deepEqual(values(kept.at(-1)!.commits), ['1', '2']);
    assert.deepEqual(values(sent[1]!.commits), ['1', '2']);
  });

  it('does not stop saving where the browser keeps nothing, and is tried again now and then', async () => {
    const { saver, sent, kept, shelf, did, pass, ok } = bench();
    shelf.isBroken = true;
    await did(set('1'), true);
    await sent[0]!.answer(offline);
    await pass(1_000);
    assert.equal(await saver.kept(), false);
    shelf.isBroken = false;
    await did(set('2'), true);
    await pass(10_000);
    assert.deepEqual(values(kept.at(-1)!.commits), ['1', '2']);
    await ok(sent.at(-1)!);
    await pass(0);
    await ok(sent.at(-1)!);
    assert.equal(saver.state(), 'saved');
  });

  it('does not wait for a disk that does not answer', async () => {
    const { sent, shelf, did, pass, ok, saver } = bench();
    await did(set('1'), true);
    await sent[0]!.answer(offline);
    await pass(0);
    shelf.isSlow = true;
    await did(set('2'), true);
    await pass(3_000);
    assert.deepEqual(values(sent[1]!.commits), ['1', '2']);
    await ok(sent[1]!);
    assert.equal(saver.state(), 'saved');
  });

  for (const [ended, told] of [
    ['elsewhere', true],
    ['expired', false],
  ] as const) {
    it(`stays when the launch has ended (${ended}), with the course's last words`, async () => {
      const { saver, sent, kept, did, pass } = bench();
      await did(set('1'), true);
      await sent[0]!.answer({ ended });
      await did(set('last'));
      await pass(1_000);
      assert.deepEqual([values(kept.at(-1)!.commits), kept.at(-1)!.told], [['1', 'last'], told]);
      assert.equal(await saver.kept(), true);
    });
  }
});

describe('a server that asks for time', () => {
  for (const [name, hasten, sends] of [
    ['nothing', () => {}, 0],
    ['the network', (saver: Saver) => saver.retry(false), 0],
    ['a failed goodbye', (saver: Saver) => saver.flush(), 1],
    ['a person', (saver: Saver) => saver.retry(), 1],
  ] as const) {
    it(`is not hastened by ${name}${sends ? ' more than once' : ''}`, async () => {
      const { saver, sent, did, pass } = bench();
      await did(set('1'), true);
      await sent[0]!.answer({ wait: 30 });
      await did(set('2'), true);
      await pass(5_000);
      hasten(saver);
      await pass(0);
      assert.equal(sent.length, 1 + sends);
      if (sends) await sent[1]!.answer(new TypeError('Failed to fetch'));
      await pass(24_900);
      assert.equal(sent.length, 1 + sends);
      await pass(100);
      assert.equal(sent.length, 2 + sends);
    });
  }

  it('says for how long in seconds or as a time', () => {
    const now = Date.parse('2026-11-27T10:00:00Z');
    const table: [header: string | null, seconds: number | undefined][] = [
      ['30', 30],
      ['0', undefined],
      [null, undefined],
      ['', undefined],
      ['soon', undefined],
      ['-5', undefined],
      ['Fri, 27 Nov 2026 10:02:00 GMT', 120],
      ['Fri, 27 Nov 2026 09:00:00 GMT', undefined],
    ];
    for (const [header, seconds] of table) assert.equal(secondsTo(header, now), seconds, `${header}`);
  });
});

describe('a sign of life', () => {
  it('is given every so often, while somebody sees the page, and at once when they come back to it', () => {
    let [time, isThere] = [0, true];
    const said: number[] = [];
    const beat = makeBeat({
      every: 900,
      now: () => time,
      isThere: () => isThere,
      say: () => said.push(time),
    });
    const at = (when: number, there: boolean) => {
      [time, isThere] = [when, there];
      beat();
    };
    at(300, true);
    at(900, true);
    at(1_200, true);
    at(1_800, false);
    at(2_700, false);
    at(2_750, true);
    at(2_800, true);
    at(3_600, true);
    assert.deepEqual(said, [900, 2_750, 3_600]);
  });
});

describe('patches', () => {
  it('are cut to a size one likes to send, in order, with nothing lost', () => {
    const acts = Array.from({ length: 5_000 }, (_, i) => set(String(i)));
    const patches = cut(acts);
    assert.deepEqual(patches.flat(), acts);
    for (const patch of patches) assert.ok(patch.length <= 1_000 && weigh(patch) <= 100_000);
  });

  it('hold one act at least, however heavy', () => {
    assert.equal(cut([set('x'.repeat(500_000)), set('y')]).length, 2);
    assert.deepEqual(cut([]), []);
  });

  it('are never weighed too light', () => {
    for (const value of ['', 'abc', '"\\\n', 'äöü€😀', '\u0000\u0001', 'x'.repeat(1_000)]) {
      assert.ok(
        weigh([set(value)]) >= Buffer.byteLength(JSON.stringify(set(value))) - 32,
        JSON.stringify(value),
      );
    }
  });
});
