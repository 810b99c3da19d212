import { createApiKey } from '../../src/access/api-keys.ts';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { learners } from '../../src/attempts/learner.model.ts';
import { createInvitation } from '../../src/lti/invitations.ts';
import { issue, look } from '../../src/lti/one-time.ts';
import { platforms } from '../../src/lti/platform.model.ts';
import { findPlatformBy } from '../../src/lti/platforms.ts';
import { defaultWorkspace } from '../../src/access/workspaces.ts';
import { signedIn } from '../admin/signed-in.ts';
import { makeDispatch } from '../dispatch/course.ts';
import { visitIn } from '../launch/table.ts';
import { connect, launch as launchIn, login } from '../lti/launching.ts';
import {
  deepLinkingClaims,
  learnerClaims,
  lti,
  membershipRole,
  startPlatform,
  type TestPlatform,
} from '../lti/platform.ts';
import { launch } from '../player/world.ts';
import type { Random } from '../store/random.ts';
import type { TestApp } from './app.ts';
import { knocksOf, type Knock, type Template } from './knocks.ts';
import { scorm12Package } from './make-package.ts';

/** The doors, and what goes through them. */
const templates: Template[] = [
  ...(['GET', 'POST'] as const).map((method): Template => {
    const fields = {
      iss: '$issuer',
      login_hint: '42',
      target_link_uri: '$target',
      client_id: '$client',
      lti_message_hint: '{"cmid":3}',
      lti_deployment_id: '1',
      lti_storage_target: '_parent',
    };
    return {
      door: 'launch',
      method,
      path: '/lti/login',
      ...(method === 'GET' ? { query: fields } : { form: fields }),
    };
  }),
  { door: 'launch', method: 'POST', path: '/lti/launch', form: { state: '$state', id_token: '$token' } },
  {
    door: 'launch',
    method: 'POST',
    path: '/lti/launch',
    form: { state: '$state', error: 'x', error_description: 'y' },
  },
  { door: 'launch', method: 'POST', path: '/lti/launch/proof', form: { ticket: '$token', secret: 'x' } },
  { door: 'launch', method: 'POST', path: '/lti/launch/window', form: { ticket: '$token' } },
  {
    door: 'launch',
    method: 'POST',
    path: '/lti/pick',
    form: { ticket: 'x', do: 'add', course: '$course', search: 'a' },
  },
  {
    door: 'launch',
    method: 'POST',
    path: '/lti/pick',
    form: {
      ticket: '$pick',
      do: 'add',
      course: '$course',
      zone: 'Europe/Berlin',
      points_$course: '10',
      from_$course: '2027-01-15T08:00',
      due_$course: '2027-06-30T23:59',
      until_$course: '2027-10-31T02:30',
    },
  },
  { door: 'launch', method: 'POST', path: '/lti/pick/cancel', form: { ticket: 'x' } },
  { door: 'launch', method: 'POST', path: '/lti/preview', form: { ticket: 'x', course: '$course' } },
  {
    door: 'launch',
    method: 'GET',
    path: '/lti/register/:invitation',
    query: { openid_configuration: '$issuer', registration_token: 'x' },
  },
  { door: 'launch', method: 'GET', path: '/lti/jwks' },
  { door: 'launch', method: 'GET', path: '/lti/config/canvas.json' },

  { door: 'launch', method: 'POST', path: '/lti/review', form: { ticket: '$review', attempt: '$attempt' } },
  { door: 'launch', method: 'POST', path: '/lti/review/look', form: { ticket: '$review', attempt: 'x' } },

  ...['learners', 'learners/file', 'report', 'report/file', 'rules', 'preview'].map((page): Template => ({
    door: 'teacher',
    method: 'POST',
    path: `/link/${page}`,
    form: { visit: '$visit', search: 'a', show: 'done', page: '2', again: 'yes' },
  })),
  ...['', '/send', '/another', '/look', '/log', '/log/lines', '/log/file', '/log/delete'].map(
    (act): Template => ({
      door: 'teacher',
      method: 'POST',
      path: `/link/learner${act}`,
      form: {
        visit: '$visit',
        learner: '$learner',
        attempt: '$done',
        turn: 'on',
        errors: 'yes',
        skip: '1',
        sure: 'yes',
      },
    }),
  ),
  {
    door: 'teacher',
    method: 'POST',
    path: '/link/rules/save',
    form: {
      visit: '$visit',
      counts: 'mark',
      mark: '5',
      keep: 'last',
      override: 'keep',
      window: 'inherit',
      limit: 'some',
      attempts: '3',
      again: 'never',
      completion: 'exit',
    },
  },
  { door: 'teacher', method: 'POST', path: '/link/learners/send', form: { visit: '$visit', which: 'all' } },

  { door: 'player', method: 'GET', path: '/play' },
  ...['open', 'alive', 'status', 'watch', 'again', 'resume', 'enter', 'window'].map((act): Template => ({
    door: 'player',
    method: 'POST',
    path: `/play/${act}`,
    json: { launch: '$launch', ticket: 'x' },
  })),
  ...['commit', 'recover', 'log'].map((act): Template => ({
    door: 'player',
    method: 'POST',
    path: `/play/${act}`,
    json: {
      launch: '$launch',
      commits: [
        { seq: 1, patch: [{ kind: 'set', sco: 'item_1', element: 'cmi.core.score.raw', value: '5' }] },
      ],
      kept: 'x',
      lines: [],
    },
  })),
  { door: 'player', method: 'GET', path: '/c/:version/:seal/index.html' },
  { door: 'player', method: 'GET', path: '/player/player.js' },

  {
    door: 'dispatch',
    method: 'POST',
    path: '/dispatch/:dispatch/launch',
    json: { shellKey: '$shellKey', learnerId: 'a', name: 'A', hint: '', standard: 'scorm12', mode: 'normal' },
  },

  { door: 'api', method: 'GET', path: '/api/v1/courses', query: { search: 'a', limit: '5', cursor: 'x' } },
  { door: 'api', method: 'POST', path: '/api/v1/courses', file: true },
  { door: 'api', method: 'GET', path: '/api/v1/courses/:course' },
  {
    door: 'api',
    method: 'PATCH',
    path: '/api/v1/courses/:course',
    json: { play: { window: 'new' }, title: 'x' },
  },
  { door: 'api', method: 'POST', path: '/api/v1/courses/:course/versions', file: true },
  { door: 'api', method: 'POST', path: '/api/v1/invitations', json: { approves: true, name: 'x' } },
  {
    door: 'api',
    method: 'GET',
    path: '/api/v1/attempts',
    query: { course: '$course', link: 'x', learner: 'y', limit: '2' },
  },
  { door: 'api', method: 'GET', path: '/api/v1/attempts/:attempt' },
  { door: 'api', method: 'PUT', path: '/api/v1/attempts/:attempt/log', json: { on: true } },
  { door: 'api', method: 'GET', path: '/api/v1/attempts/:attempt/log', query: { errors: 'true' } },
  { door: 'api', method: 'DELETE', path: '/api/v1/attempts/:course' },
  { door: 'api', method: 'GET', path: '/api/v1/deliveries', query: { status: 'waiting', limit: '3' } },
  { door: 'api', method: 'POST', path: '/api/v1/deliveries/:course/send', json: {} },

  { door: 'admin', method: 'GET', path: '/sign-in', query: { next: '/admin' } },
  { door: 'admin', method: 'POST', path: '/sign-in', form: { email: 'nobody@example.org', next: '/admin' } },
  { door: 'admin', method: 'GET', path: '/welcome/:course' },
  {
    door: 'admin',
    method: 'GET',
    path: '/admin/courses',
    query: { search: 'a', cursor: 'x', said: 'saved' },
  },
  { door: 'admin', method: 'GET', path: '/admin/courses/:course', query: { said: 'saved' } },
  {
    door: 'admin',
    method: 'POST',
    path: '/admin/courses/:course',
    form: { csrf: '$csrf', window: 'new', title: 'x' },
  },
  {
    door: 'admin',
    method: 'POST',
    path: '/admin/courses/:course/dispatches',
    form: { csrf: '$csrf', name: 'x' },
  },
  { door: 'admin', method: 'GET', path: '/admin/courses/:course/dispatches/:dispatch/scorm12.zip' },
  { door: 'admin', method: 'GET', path: '/admin/platforms', query: { said: 'added' } },
  { door: 'admin', method: 'POST', path: '/admin/platforms/keys', form: { csrf: '$csrf' } },
  { door: 'admin', method: 'GET', path: '/admin/platforms/:platform' },
  { door: 'admin', method: 'POST', path: '/admin/platforms/:platform/check', form: { csrf: '$csrf' } },
  { door: 'admin', method: 'GET', path: '/admin/platforms/:platform/settings' },
  {
    door: 'admin',
    method: 'POST',
    path: '/admin/platforms/:platform/settings',
    form: { csrf: '$csrf', name: 'x', tokenEndpoint: '$issuer', serviceHosts: 'a.example' },
  },
  { door: 'admin', method: 'POST', path: '/admin/platforms/:platform/send', form: { csrf: '$csrf' } },
  { door: 'admin', method: 'GET', path: '/admin/platforms/:platform/settings' },
  {
    door: 'admin',
    method: 'POST',
    path: '/admin/platforms/:platform/settings',
    form: {
      csrf: '$csrf',
      name: 'x',
      authorizationEndpoint: '$issuer',
      tokenEndpoint: '$issuer',
      jwksUri: '$issuer',
      audience: '',
      serviceHosts: 'services.example.org',
    },
  },
  { door: 'admin', method: 'POST', path: '/admin/platforms/keys', form: { csrf: '$csrf' } },
  { door: 'admin', method: 'GET', path: '/admin/platforms/connect', query: { lms: 'moodle' } },
  {
    door: 'admin',
    method: 'POST',
    path: '/admin/platforms/connect/by-hand',
    form: { csrf: '$csrf', name: 'x', issuer: '$issuer', clientId: 'x', deploymentId: '1' },
  },
  { door: 'admin', method: 'GET', path: '/admin/attempts/:attempt' },
  { door: 'admin', method: 'GET', path: '/admin/attempts/:attempt/log.json' },
  { door: 'admin', method: 'GET', path: '/admin/deliveries', query: { status: 'waiting', cursor: 'x' } },
  {
    door: 'admin',
    method: 'POST',
    path: '/admin/deliveries/:course/send',
    form: { csrf: '$csrf', back: 'one' },
  },
  { door: 'admin', method: 'GET', path: '/admin/keys' },
  {
    door: 'admin',
    method: 'POST',
    path: '/admin/keys',
    form: { csrf: '$csrf', name: 'x', scopes: 'courses:read' },
  },
  { door: 'admin', method: 'POST', path: '/admin/theme', form: { csrf: '$csrf', theme: 'dark' } },
];

/** A server with something behind each door, and knocks at them. */
export async function openDoors(
  app: TestApp,
  random: Random,
): Promise<{ next: () => Knock; platform: TestPlatform }> {
  const { ctx } = app;
  const workspace = await defaultWorkspace(ctx);
  const platform = await startPlatform();
  await connect(app, platform);
  const { course, dispatch } = await makeDispatch(ctx, scorm12Package({ title: 'Doors' }));
  const played = await launch(app, { course } as never);
  const opened = await app.content
    .post('/play/open')
    .set('Authorization', `Bearer ${played.token}`)
    .expect(200);
  // All of it is the administrator's, who then sees what there is.
  for (const model of Object.values(ctx.db.models)) {
    if (model.schema.path('workspace'))
      await model.collection.updateMany({ workspace: 'wsp_test' }, { $set: { workspace } });
  }
  // An LMS that keeps dates is asked for more.
  await platforms(ctx.db).updateOne({ issuer: platform.url }, { $set: { family: 'brightspace' } });
  const picking = await pick(app, platform);
  const taught = await teach(app, platform, course._id);
  const { agent, csrf } = await signedIn(app);
  const cookie = agent.jar.getCookies({
    domain: 'localhost',
    path: '/',
    script: false,
    secure: false,
  } as never);
  const { key } = await createApiKey(ctx, { workspace, name: 'doors', by: 'test' });
  const { url } = await createInvitation(ctx, { workspace, by: 'test', approves: true });
  const [, , version, seal] = new URL(opened.body.files as string, app.contentUrl).pathname.split('/');
  const connected = (await findPlatformBy(ctx, platform.url, platform.clientId))!;
  const values = {
    issuer: platform.url,
    client: platform.clientId,
    target: `${app.url}/lti/launch`,
    course: course._id,
    version: version!,
    seal: seal!,
    launch: played.launch._id,
    attempt: played.attempt._id,
    dispatch: dispatch._id,
    shellKey: dispatch.shellKey,
    platform: connected._id,
    invitation: url.split('/').at(-1)!,
    csrf,
    ...taught,
  };
  const logins = await Promise.all(Array.from({ length: 40 }, () => loginOf(app, platform, course._id)));
  const picks = await Promise.all(logins.map(() => issue(ctx, 'pick', picking, 3600)));
  const sets = logins.map((one, i) => ({ ...values, ...one, pick: picks[i]! }));
  const keys = {
    cookie: cookie.map(({ name, value }) => `${name}=${value}`).join('; '),
    apiKey: key,
    launch: played.token,
  };
  const origins = { app: app.url, content: app.contentUrl };
  return { next: knocksOf(random, templates, sets, origins, keys), platform };
}

/** A learner at a link of the LMS, and their teacher at its page and at their work. */
async function teach(app: TestApp, platform: TestPlatform, course: string) {
  const claims = (more: object) => learnerClaims(platform, app, { [lti('custom')]: { course }, ...more });
  await launchIn(app, platform, claims({}));
  const teaches = { sub: '7', [lti('roles')]: [membershipRole('Instructor')] };
  const visit = await visitIn(await launchIn(app, platform, claims(teaches)));
  const asks = { [lti('message_type')]: 'LtiSubmissionReviewRequest', [lti('for_user')]: { user_id: '42' } };
  const page = await (await launchIn(app, platform, claims({ ...teaches, ...asks }))).text();
  const { _id: learner } = (await learners(app.ctx.db).findOne({ sub: '42' }).lean())!;
  const { _id: done } = (await attempts(app.ctx.db).findOne({ learner }).lean())!;
  return { visit, review: /name="ticket" value="([\w-]+)"/.exec(page)![1]!, learner, done };
}

/** What a teacher picks by. */
async function pick(app: TestApp, platform: TestPlatform): Promise<unknown> {
  const page = await (await launchIn(app, platform, deepLinkingClaims(platform, app))).text();
  return look(app.ctx, 'pick', /name="ticket" value="([\w-]+)"/.exec(page)![1]!);
}

/** A login that waits for its launch, in a browser that keeps its cookie; now and then a teacher's who will pick. */
async function loginOf(app: TestApp, platform: TestPlatform, course: string) {
  const { browser, state, nonce } = await login(app, platform);
  const claims =
    state.charCodeAt(5) % 4 === 0
      ? deepLinkingClaims(platform, app, {}, { nonce })
      : learnerClaims(platform, app, { nonce, [lti('custom')]: { course } });
  const cookies = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  return { state, token: await platform.sign(claims), browser: cookies };
}
