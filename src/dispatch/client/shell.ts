import { findApi } from './find-api.ts';
import { askForLaunch } from './launch.ts';
import { openLms } from './lms.ts';
import { openPort, type Port } from './port.ts';
import { openRecord, type LmsRecord } from './record.ts';
import { makeScreen } from './screen.ts';
import { readSettings } from './settings.ts';

/*
 * The whole of a dispatch ZIP: a SCO in another LMS that opens our course in a frame and tells that LMS what it comes to.
 * 1. find the LMS's API and begin a session   2. ask our server for a launch   3. bring the LMS up to date with our record
 * 4. show the course, and pass on what its launcher says   5. when the page goes, or the learner leaves: the last word.
 */

/** Milliseconds a launcher may take to come up before the learner is told. */
const patience = 30_000;

const settings = readSettings();
const screen = makeScreen();
const text = (key: string) =>
  (settings.texts[key] || key).replace('{host}', settings.base.replace(/^https?:\/\//, ''));
const say = (what: string, press?: () => void) =>
  screen.say(text(`${what}.title`), text(`${what}.detail`), press && { label: text('retry'), press });

let record: LmsRecord | undefined;
let port: Port | undefined;

function begin(): void {
  const api = findApi(window, settings.standard);
  const lms = api && openLms(api, settings.standard);
  if (!lms) return say('noApi', begin);
  record = openRecord({
    lms,
    standard: settings.standard,
    now: () => Date.now(),
    later: (work, ms) => void setTimeout(work, ms),
    told: (revision, ok) => port && port.ack(revision, ok),
  });
  window.addEventListener('beforeunload', () => record!.flush());
  window.addEventListener('pagehide', leave);
  window.addEventListener('unload', leave);
  document.addEventListener(
    'visibilitychange',
    () => document.visibilityState === 'hidden' && record!.flush(),
  );
  // Back from the browser's memory: the LMS's session has ended, ours with it.
  window.addEventListener('pageshow', (event) => event.persisted && location.reload());
  launch(record);
}

function launch(record: LmsRecord): void {
  screen.say(text('loading'));
  askForLaunch(settings, record.learner, (answer) => {
    if ('url' in answer) {
      record.reconcile(answer.snapshot, answer.hint);
      return play(record, answer.url);
    }
    const again = answer.again ? () => launch(record) : undefined;
    if (answer.title)
      screen.say(answer.title, answer.detail, again && { label: text('retry'), press: again });
    else say('unreachable', again);
  });
}

function play(record: LmsRecord, url: string): void {
  if (port) port.close();
  const frame = screen.show(url, text('frame'));
  const stuck = setTimeout(() => say('stuck', () => launch(record)), patience);
  port = openPort({
    frame,
    origin: new URL(url).origin,
    ready: () => {
      clearTimeout(stuck);
      screen.reveal();
    },
    state: record.tell,
    exit: () => {
      const told = record.finish(true);
      if (port) port.close();
      screen.clear();
      screen.say(text('done.title'), text(told ? 'done.detail' : 'notSaved.detail'));
      if (window.opener && window.top === window) window.close();
    },
  });
}

function leave(): void {
  record!.finish();
}

begin();
