import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { Logger } from 'pino';
import { NotFound } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { createSandboxApp } from './app.ts';
import { gradesOf, type Grade } from './gradebook.ts';
import { initiateLaunch, initiatePick, initiateReview, type Login, type LoginOptions } from './initiate.ts';
import { makeKey } from './keys.ts';
import type { Heard, Lms } from './lms.ts';
import { getActivity } from './pages.ts';
import { findPerson, type Person } from './people.ts';
import { isRegistered, register } from './register.ts';
import type { Activity, LineItem, PlatformKey, Tool } from './state.ts';
import { openStore } from './store.ts';
import type { Trouble } from './trouble.ts';

export type SandboxOptions = {
  /** Its own origin; its host and port are what it listens on. */
  url: string;
  /** The origin of the tool that it is made for. */
  toolUrl: string;
  /** Where everything it remembers is kept, as JSON. */
  dataFile: string;
  now: () => Date;
  log: Logger;
  /** The address to listen on, when it is not the host of `url`. */
  host?: string;
  /** The key that a new one signs with; without it one is made. */
  key?: PlatformKey;
};

export type Sandbox = {
  url: string;
  stop: () => Promise<void>;
  /** Whether the tool is registered, and both still stand where they stood then. */
  readonly registered: boolean;
  /**
   * Opens the tool's invitation as an administrator would; resolves when the tool is registered, at once when it was before.
   * `again`: registers it whatever was before, for a tool that has lost its own side of it.
   */
  register: (invitationUrl: string, options?: { again?: boolean }) => Promise<void>;
  /** What the tool registered. */
  readonly tool: Tool | undefined;
  /** The form that a person's browser posts to the tool when they open an activity. `person`: ada, ben or maria. */
  launchAs: (person: string, activityId: string, options?: LoginOptions) => Promise<Login>;
  /** The form that a person's browser posts to the tool to see what a learner has done in an activity. */
  reviewAs: (person: string, activityId: string, learner: string, options?: LoginOptions) => Promise<Login>;
  /** The form that an instructor's browser posts to the tool when they want to pick content. */
  pickAs: (person: string, options?: LoginOptions) => Promise<Login>;
  /** Puts an activity on the course page without a picker. */
  addActivity: (activity: {
    title: string;
    url: string;
    custom?: Record<string, string>;
    points?: number;
  }) => Promise<Activity>;
  activities: () => Activity[];
  lineItems: () => LineItem[];
  /** The gradebook: every learner on every column. */
  grades: () => Grade[];
  /** What is wrong with this LMS; set it to `{}` and all is well. */
  trouble: Trouble;
  /** What the tool's server asked for since the start (the last 1,000). */
  heard: Heard[];
  /** A new signing key; the old ones stay published. */
  rotateKey: () => Promise<void>;
};

/** Starts the sandbox LMS: a small LTI 1.3 Advantage platform with one course, one instructor and two learners. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { url, toolUrl, dataFile, now, log } = options;
  const store = await openStore(dataFile);
  const lms: Lms = { url, toolUrl, store, now, log, trouble: {}, heard: [], toolKeys: new Map() };
  const addKey = (key: PlatformKey) => store.change((draft) => void draft.keys.push(key));
  const rotateKey = async () => addKey(await makeKey());
  if (!store.state.keys.length) await addKey(options.key ?? (await makeKey()));

  const server = createServer(createSandboxApp(lms));
  const { hostname, port, protocol } = new URL(url);
  await new Promise<void>((resolve, reject) => {
    const host = options.host ?? hostname.replace(/^\[|\]$/g, '');
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = `The sandbox LMS cannot have ${url}: another program is there. Stop it, or set SANDBOX_PORT to another number.`;
      reject(error.code === 'EADDRINUSE' ? new Error(taken, { cause: error }) : error);
    });
    server.listen(Number(port || (protocol === 'https:' ? 443 : 80)), host, resolve);
  });

  return {
    url,
    stop: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 2_000).unref();
      });
      await store.settled();
    },
    get registered() {
      return isRegistered(lms);
    },
    register: (invitationUrl, how) => register(lms, invitationUrl, how),
    get tool() {
      return store.state.tool;
    },
    launchAs: (person, activity, how) =>
      initiateLaunch(lms, getPerson(person), getActivity(lms, activity), how),
    reviewAs: (person, activity, learner, how) =>
      initiateReview(lms, getPerson(person), getActivity(lms, activity), getPerson(learner), how),
    pickAs: (person, how) => initiatePick(lms, getPerson(person), how),
    addActivity: (activity) => addActivity(lms, activity),
    activities: () => store.state.activities,
    lineItems: () => store.state.lineItems,
    grades: () => gradesOf(store.state),
    get trouble() {
      return lms.trouble;
    },
    set trouble(trouble) {
      lms.trouble = trouble;
    },
    heard: lms.heard,
    rotateKey,
  };
}

async function addActivity(lms: Lms, given: Parameters<Sandbox['addActivity']>[0]): Promise<Activity> {
  const { title, url, custom = {}, points } = given;
  const activity: Activity = {
    id: randomUUID(),
    title,
    url,
    custom,
    target: 'iframe',
    createdAt: lms.now().toISOString(),
  };
  await lms.store.change((draft) => {
    draft.activities.push(activity);
    if (points !== undefined)
      draft.lineItems.push({
        id: randomUUID(),
        label: title,
        scoreMaximum: points,
        resourceLinkId: activity.id,
      });
  });
  return activity;
}

function getPerson(id: string): Person {
  const person = findPerson(id);
  if (!person) throw new NotFound(t('sandbox.person'));
  return person;
}
