/**
 * A learner in Chromium for a long while (CHAOS_SECONDS, 1200), whose network goes, whose server is killed and started again, and
 * whose tab crashes, is closed without a warning or loaded again, all at random (CHAOS_SEED); each time the course is opened
 * anew in the same browser. The course writes down an item of its own now and then and calls Commit.
 *
 * What must be there at the end, whenever its tab died: every item in a commit that the server acknowledged, as seen on the wire;
 * every item in what the player wrote into the browser's storage, as seen at the seal and at the end of the transaction; and every
 * item for which Commit returned "true" at least `chance` before, by when one of the two must have happened. Commit has to answer
 * at once: what it answered "true" to in the last moments of a tab, and that neither had yet, is counted apart, with what became of it.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import type { Browser, Page, Response } from 'playwright-core';
import { attempts, type AttemptRecord } from '../../src/attempts/attempt.model.ts';
import { startLaunch } from '../../src/attempts/launches.ts';
import { rememberLearner } from '../../src/attempts/learners.ts';
import { findOrCreateLink } from '../../src/attempts/links.ts';
import { openAttempt } from '../../src/attempts/open.ts';
import { readConfig } from '../../src/config.ts';
import { openContext, type Context } from '../../src/context.ts';
import type { Commit } from '../../src/player/client/patches.ts';
import { launchBrowser, needsChromium } from '../support/browser.ts';
import { makePackage } from '../support/make-package.ts';
import { Server } from '../support/process.ts';
import { makeRandom } from '../store/random.ts';

const seconds = Number(process.env['CHAOS_SECONDS'] ?? 1200);
const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 100_000);
/** Milliseconds: a busy machine's timers and disk are late, too. */
const chance = 5_000;

const script = `
  var api = parent.API, me = Date.now().toString(36), count = 0;
  api.LMSInitialize('');
  function work() {
    var at = Number(api.LMSGetValue('cmi.interactions._count')), id = me + '_' + (count += 1);
    var did = api.LMSSetValue('cmi.interactions.' + at + '.id', id);
    api.LMSSetValue('cmi.core.lesson_location', id);
    api.LMSSetValue('cmi.suspend_data', id + new Array(Math.floor(Math.random() * 2000)).join('x'));
    api.LMSSetValue('cmi.core.score.raw', String(at % 100));
    var kept = Math.random() < 0.7 && api.LMSCommit('');
    if (did === 'true' && kept === 'true') console.log('committed ' + id);
    setTimeout(work, 50 + Math.random() * 1200);
  }
  work();`;

/** An item's own name where it is written down, and nowhere else. */
const item = /(?<="cmi\.interactions\.\d+\.id","value":")[a-z0-9]+_\d+(?=")/g;

const course = () =>
  makePackage({
    'imsmanifest.xml': `<?xml version="1.0"?><manifest identifier="m" version="1" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
      <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
      <organizations default="o"><organization identifier="o"><title>Chaos</title><item identifier="item_1" identifierref="r"><title>Chaos</title></item></organization></organizations>
      <resources><resource identifier="r" type="webcontent" adlcp:scormtype="sco" href="index.html"/></resources></manifest>`,
    'index.html': `<!doctype html><html lang="en"><title>Chaos</title><body><script>${script}</script></body></html>`,
  });

/** In the page before anything of ours: tells which items are in what was written, once the browser says that it is. */
const watchDisk = `{
  const sealed = new WeakMap();
  const { encrypt } = SubtleCrypto.prototype;
  SubtleCrypto.prototype.encrypt = async function (how, key, bytes) {
    const data = await encrypt.call(this, how, key, bytes);
    sealed.set(data, new TextDecoder().decode(bytes).match(${item}) ?? []);
    return data;
  };
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (row, place) {
    const items = sealed.get(row.data) ?? [];
    this.transaction.addEventListener('complete', () => console.log('on disk ' + items.join(' ')));
    return put.call(this, row, place);
  };
}`;

describe('a learner among failing networks, servers and tabs', () => {
  let dataDir: string;
  let server: Server;
  let browser: Browser;
  before(async function () {
    needsChromium(this, 'chaos');
    dataDir = await mkdtemp(join(tmpdir(), 'chaos-'));
    server = await Server.start(dataDir);
    browser = await launchBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
    if (dataDir) await rm(dataDir, { recursive: true, force: true });
  });

  /** With the store, beside the server that owns it. */
  async function beside<T>(work: (ctx: Context) => Promise<T>): Promise<T> {
    const config = readConfig({ DATA_DIR: dataDir });
    const { ctx, close } = await openContext(config, { log: pino({ level: 'silent' }) }, { brief: true });
    try {
      return await work(ctx);
    } finally {
      await close();
    }
  }

  async function open(ctx: Context, id: string): Promise<{ attempt: string; address: string }> {
    const workspace = 'wsp_default';
    const place = { workspace, kind: 'lti' as const, key: 'lti:chaos', course: id, title: 'Chaos' };
    const link = await findOrCreateLink(ctx, place);
    const learner = await rememberLearner(ctx, { workspace, key: 'lti:chaos:1', sub: '1', name: 'Ann' });
    const attempt = await openAttempt(ctx, { link, learner, course: id, graded: true });
    const { token } = await startLaunch(ctx, attempt, { mode: 'normal' });
    return { attempt: attempt._id, address: `${server.url.replace('localhost', '127.0.0.1')}/play#${token}` };
  }

  it('loses nothing that the server had acknowledged or the disk had taken', async function () {
    this.timeout((seconds + 300) * 1000);
    const draw = makeRandom(seed);
    const zip = join(dataDir, 'chaos.zip');
    await writeFile(zip, course());
    const id = (await server.command('course', 'import', zip)).trim();
    const context = await browser.newContext();
    const acknowledged = new Set<string>();
    const onDisk = new Set<string>();
    const committed = new Set<string>();
    /** Answered "true" less than `chance` before its tab died: how long before, in milliseconds. */
    const lastMoments = new Map<string, number>();
    const happened: Record<string, number> = {};
    let tab: { page: Page; attempt: string; done: { id: string; at: number }[] };

    /** What the server says that it has, of what was in a request. A tab that died may keep its answer from us: then we do not count on it. */
    const hear = async (response: Response) => {
      if (!response.url().endsWith('/play/commit') || response.status() !== 200) return;
      const body = response.request().postDataJSON() as Commit & { commits?: Commit[] };
      const { seq } = (await response.json()) as { seq: number };
      for (const commit of body.commits ?? [body])
        if (commit.seq <= seq)
          for (const id of JSON.stringify(commit.patch).match(item) ?? []) acknowledged.add(id);
    };
    const enter = async () => {
      await context.setOffline(false);
      const { attempt, address } = await beside((ctx) => open(ctx, id));
      const page = await context.newPage();
      const done: { id: string; at: number }[] = [];
      page.on('console', (message) => {
        const [, what, items] = /^(committed|on disk) (.+)$/.exec(message.text()) ?? [];
        for (const id of items?.split(' ') ?? []) {
          if (what === 'on disk') onDisk.add(id);
          else done.push({ id, at: performance.now() });
        }
      });
      page.on('response', (response) => void hear(response).catch(() => {}));
      await page.addInitScript(watchDisk);
      page.on('dialog', (dialog) => void dialog.accept().catch(() => {}));
      await page.goto(address);
      return { page, attempt, done };
    };
    const died = () => {
      const now = performance.now();
      for (const { id, at } of tab.done) {
        if (now - at > chance) committed.add(id);
        else lastMoments.set(id, now - at);
      }
    };
    const ways: Record<string, () => Promise<void>> = {
      'network away': async () => {
        await context.setOffline(true);
        await wait(draw.below(12_000));
        if (draw.chance(2)) return;
        await context.setOffline(false);
      },
      'server killed': async () => {
        await server.kill();
        await wait(draw.below(6_000));
        await server.start();
      },
      'tab crashed': async () => {
        const crashed = tab.page.waitForEvent('crash');
        const cdp = await context.newCDPSession(tab.page);
        died();
        void cdp.send('Page.crash').catch(() => {});
        await crashed;
        await tab.page.close();
        tab = await enter();
      },
      'tab closed': async () => {
        died();
        await tab.page.close();
        tab = await enter();
      },
      'tab loaded again': async () => {
        died();
        await context.setOffline(false);
        await tab.page.reload();
        await tab.page.close();
        tab = await enter();
      },
    };

    tab = await enter();
    const until = performance.now() + seconds * 1000;
    while (performance.now() < until) {
      await wait(draw.below(9_000));
      const name = draw.pick(Object.keys(ways));
      happened[name] = (happened[name] ?? 0) + 1;
      await ways[name]!();
    }
    await wait(chance + 500);
    died();
    await tab.page.close();
    tab = await enter();
    await tab.page.waitForSelector('#saved[data-state=saved]', { timeout: 60_000 });
    const { state } = (await beside((ctx) =>
      attempts(ctx.db).findOne({ _id: tab.attempt }).lean<AttemptRecord>(),
    ))!;
    const { cmi } = (JSON.parse(state) as { activities: { item_1: { cmi: Record<string, string> } } })
      .activities.item_1;
    const there = new Set(
      Object.entries(cmi).flatMap(([key, value]) => (key.endsWith('.id') ? [value] : [])),
    );
    const isLost = (id: string) => !there.has(id);
    const must = new Set([...acknowledged, ...onDisk, ...committed]);
    const lost = [...must].filter(isLost);
    const nobodys = [...lastMoments].filter(([id]) => !must.has(id));
    const gone = nobodys.filter(([id]) => isLost(id)).map(([, age]) => Math.ceil(age));
    process.stdout.write(
      `      seed ${seed}: ${JSON.stringify(happened)}
      ${must.size} items must be there (${acknowledged.size} acknowledged, ${onDisk.size} on disk, ${committed.size} committed ${chance / 1000} s before): ${lost.length} are not
      ${lastMoments.size} were committed in the last ${chance / 1000} s of a tab; ${nobodys.length} of them nobody had when it died, and ${gone.length} of those are lost, committed ${gone.toSorted((a, b) => a - b).join(', ')} ms before\n`,
    );
    assert.deepEqual(lost, []);
    assert.ok(acknowledged.size > seconds / 10 && onDisk.size > seconds / 100);
  });
});
