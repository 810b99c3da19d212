import assert from 'node:assert/strict';
import { startApp, type TestApp } from '../support/app.ts';
import { describeInBrowser } from '../support/browser.ts';
import type { Files } from '../support/make-package.ts';
import { attemptNow, courseOfScript, startLms, stored, until, type Lms } from './browsing.ts';
import { addCourse, launch, type Ingested } from './world.ts';

describeInBrowser('a course with the habits of its time', ({ openPage }) => {
  let app: TestApp;
  let lms: Lms;
  before(async () => {
    [app, lms] = await Promise.all([startApp(), startLms()]);
  });
  after(() => Promise.all([app?.stop(), lms?.close()]));

  const courses = new Map<string, Promise<Ingested>>();
  let learners = 0;

  async function play(script: string, { files, framed = true }: { files?: Files; framed?: boolean } = {}) {
    const page = await openPage();
    const course = courses.get(script) ?? addCourse(app, courseOfScript(script, files));
    courses.set(script, course);
    const { address, attempt } = await launch(app, await course, { who: `learner ${(learners += 1)}` });
    await page.goto(framed ? lms.around(address) : address);
    const frame = await until(() => page.frames().find((one) => one.url().includes('/c/')));
    const launcher = await until(() => page.frames().find((one) => one.url().endsWith('/play')));
    const said = async () => {
      await frame.waitForFunction(() => document.getElementById('said')?.textContent);
      return (await frame.textContent('#said'))!;
    };
    return { page, frame, launcher, attempt, said, cmi: () => stored(app, attempt._id) };
  }

  it('finds the API though it looks for the other standard first, with no try around it, in a frame of another site', async () => {
    const { said } = await play(`
      function find(win, name) { var n = 0; while (win[name] == null && win.parent != null && win.parent != win && n++ < 500) win = win.parent; return win[name]; }
      function get(name) { var api = find(window, name); if (!api && window.opener) api = find(window.opener, name); if (!api && window.parent.opener) api = find(window.parent.opener, name); return api; }
      say(String(get('API_1484_11')) + ' ' + typeof get('API'));`);
    assert.equal(await said(), 'undefined object');
  });

  it('copies the methods into variables, and counts their parameters', async () => {
    const { said } = await play(`
      var set = parent.API.LMSSetValue, init = parent.API.LMSInitialize;
      var lengths = ['Initialize','Finish','GetValue','SetValue','Commit','GetLastError','GetErrorString','GetDiagnostic'].map(function (n) { return parent.API['LMS' + n].length });
      say([init(''), set('cmi.core.lesson_location', 7), typeof parent.API.LMSGetValue('cmi.core.student_name'), lengths].join(' '));`);
    assert.equal(await said(), 'true true string 1,1,1,2,1,0,1,1');
  });

  it('passes nothing, null, numbers and things that cannot be text, and hears no exception', async () => {
    const { said, page } = await play(`
      var api = parent.API; api.LMSInitialize();
      var evil = { toString: function () { throw new Error('no') } };
      say([api.LMSSetValue(), api.LMSSetValue(null, null), api.LMSSetValue(evil, evil), api.LMSGetValue(Symbol ? Object(Symbol('x')) : 1), api.LMSSetValue('cmi.core.score.raw', 80), api.LMSGetValue('__proto__'), api.LMSGetValue('cmi.core.constructor')].join('|'));`);
    assert.equal(await said(), 'false|false|false||true||');
    assert.equal(page.isClosed(), false);
  });

  for (const event of ['beforeunload', 'unload', 'pagehide']) {
    it(`saves its last word in ${event}, on Exit and when the window is closed`, async () => {
      const script = `parent.API.LMSInitialize(''); parent.API.LMSCommit('');
        window.on${event} = function () { parent.API.LMSSetValue('cmi.core.lesson_location', 'last word'); parent.API.LMSSetValue('cmi.core.exit', 'suspend'); parent.API.LMSFinish(''); };
        say('ready');`;
      const saysItsLastWord = async (way: 'exit' | 'close' | 'away') => {
        const { said, page, launcher, attempt, cmi } = await play(script);
        await said();
        await launcher.waitForSelector('#saved[data-state=saved]');
        if (way === 'exit') await launcher.click('#exit');
        else if (way === 'close') await page.close({ runBeforeUnload: true });
        else await page.goto(`${lms.url}/back`);
        await until(async () => (await cmi())['cmi.core.lesson_location'] === 'last word');
        await until(async () => /"running":"terminated"/.test((await attemptNow(app, attempt._id)).state));
      };
      await Promise.all([saysItsLastWord('exit'), saysItsLastWord('close'), saysItsLastWord('away')]);
    });
  }

  it('keeps its place though the LMS forbids unload and it says its last word nowhere else', async () => {
    const strict = await startLms({ 'Permissions-Policy': 'unload=()' });
    const page = await openPage();
    const course = await addCourse(
      app,
      courseOfScript(
        `parent.API.LMSInitialize(''); parent.API.LMSSetValue('cmi.core.lesson_location', 'page 5'); window.onunload = function () { parent.API.LMSFinish('') }; say('ready');`,
      ),
    );
    const { address, attempt } = await launch(app, course);
    await page.goto(strict.around(address));
    const frame = await until(() => page.frames().find((one) => one.url().includes('/c/')));
    await frame.waitForFunction(() => document.getElementById('said')?.textContent);
    await page.close({ runBeforeUnload: true });
    await until(async () => /"suspended":true/.test((await attemptNow(app, attempt._id)).state));
    assert.equal((await stored(app, attempt._id))['cmi.core.lesson_location'], 'page 5');
    await strict.close();
  });

  it('is asked no "Leave site?" on Exit, whatever it returns from beforeunload', async () => {
    const { page, frame, launcher, said } = await play(
      `parent.API.LMSInitialize(''); window.onbeforeunload = function () { return 'Really?' }; say('ready');`,
    );
    const asked: string[] = [];
    page.on('dialog', (dialog) => void (asked.push(dialog.message()), dialog.dismiss()));
    await said();
    await frame.click('body');
    await launcher.click('#exit');
    await launcher.waitForSelector('#after >> text=/recorded/');
    assert.deepEqual(asked, []);
    assert.equal(await launcher.locator('iframe').count(), 0);
  });

  it('says its last word from a frame inside a frame', async () => {
    const inner = `<!doctype html><script>window.onbeforeunload = function () { parent.parent.API.LMSSetValue('cmi.core.lesson_location', 'deep'); };</script>`;
    const { said, launcher, cmi } = await play(
      `parent.API.LMSInitialize(''); var f = document.createElement('iframe'); f.onload = function () { say('ready') }; f.src = 'inner.html'; document.body.appendChild(f);`,
      { files: { 'inner.html': inner } },
    );
    await said();
    await launcher.click('#exit');
    await until(async () => (await cmi())['cmi.core.lesson_location'] === 'deep');
  });

  it('asks with confirm, alert and prompt in a frame of another site', async () => {
    const page = await openPage();
    const asked: string[] = [];
    page.on('dialog', (dialog) => void (asked.push(dialog.type()), dialog.accept('yes')));
    const course = await addCourse(
      app,
      courseOfScript(`alert('a'); say(confirm('Resume?') + ' ' + prompt('Who?'));`),
    );
    await page.goto(lms.around((await launch(app, course)).address));
    const frame = await until(() => page.frames().find((one) => one.url().includes('/c/')));
    await frame.waitForFunction(() => document.getElementById('said')?.textContent === 'true yes');
    assert.deepEqual(asked, ['alert', 'confirm', 'prompt']);
  });

  it('closes "its" window: that is Exit, and the player stays', async () => {
    for (const call of ['top.close()', 'parent.close()', 'window.close()']) {
      const { page, said, frame } = await play(`parent.API.LMSInitialize(''); say('ready');`, {
        framed: false,
      });
      await said();
      await frame.evaluate(`setTimeout(function () { ${call} }, 0)`);
      if (call !== 'window.close()') await page.waitForSelector('#after >> text=/recorded/');
      assert.equal(page.isClosed(), false);
    }
  });

  it('cannot send the player away by top.location', async () => {
    const { page, said, frame } = await play(`parent.API.LMSInitialize(''); say('ready');`, {
      framed: false,
    });
    await said();
    await frame.evaluate(
      `top.location.href = '/elsewhere'; parent.location = 'about:blank'; parent.location.reload()`,
    );
    await frame.evaluate(`parent.API.LMSSetValue('cmi.core.lesson_location', 'still here')`);
    assert.ok(page.url().endsWith('/play'));
    assert.equal(await page.locator('iframe').count(), 1);
  });

  it('calls LMSFinish on leaving each of its pages and LMSInitialize on the next', async () => {
    const topic = (n: number) =>
      `<!doctype html><p id="said"></p><script>var ok = parent.API.LMSInitialize(''); parent.API.LMSSetValue('cmi.core.lesson_location', 'topic ${n}'); document.getElementById('said').textContent = 'topic ${n} ' + ok; window.onunload = function () { parent.API.LMSSetValue('cmi.core.exit', 'suspend'); parent.API.LMSFinish('') };</script>`;
    const { said, frame, launcher, cmi, attempt } = await play(`location.replace('topic1.html')`, {
      files: { 'topic1.html': topic(1), 'topic2.html': topic(2) },
    });
    assert.equal(await said(), 'topic 1 true');
    await frame.goto(frame.url().replace('topic1', 'topic2'));
    assert.equal(await said(), 'topic 2 true');
    await until(async () => (await cmi())['cmi.core.lesson_location'] === 'topic 2');
    assert.equal(await launcher.locator('#after').isVisible(), false);
    assert.match((await attemptNow(app, attempt._id)).state, /"sessions":2/);
  });

  it('opens itself in a window of its own and is heard there', async () => {
    const popup = `<!doctype html><script>var win = window.opener; while (!win.API && win.parent !== win) win = win.parent; win.API.LMSInitialize(''); win.API.LMSSetValue('cmi.core.lesson_location', 'popup'); win.API.LMSCommit('');</script>`;
    const { frame, said, cmi } = await play(
      `document.body.insertAdjacentHTML('beforeend', '<button onclick="window.open(&quot;popup.html&quot;)">Start</button>'); say('ready')`,
      {
        files: { 'popup.html': popup },
      },
    );
    await said();
    await frame.click('button');
    await until(async () => (await cmi())['cmi.core.lesson_location'] === 'popup');
  });
});
