import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JWTPayload } from 'jose';
import { pino } from 'pino';
import supertest from 'supertest';
import { claim } from '../../src/sandbox/protocol.ts';
import { makeKey } from '../../src/sandbox/keys.ts';
import { startSandbox } from '../../src/sandbox/start.ts';
import { freePort } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { readForm, startFakeTool } from './fake-tool.ts';

/** Made once: it is what a world takes longest for. */
const key = await makeKey();

/** A sandbox LMS and a fake tool beside it, not yet registered. */
export async function makeWorld() {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  const clock = makeClock();
  const tool = await startFakeTool(await freePort(), clock);
  const dataFile = join(folder, 'sandbox.json');
  const url = `http://127.0.0.1:${await freePort()}`;
  const log = pino({ level: 'silent' });
  const options = { url, toolUrl: tool.url, dataFile, now: clock.now, log, key };
  const world = {
    url,
    clock,
    tool,
    folder,
    dataFile,
    options,
    sandbox: await startSandbox(options),
    http: supertest(url),

    stop: async () => {
      await world.sandbox.stop();
      await tool.stop();
      await rm(folder, { recursive: true, force: true });
    },
    restart: async () => {
      await world.sandbox.stop();
      world.sandbox = await startSandbox(options);
    },

    /** Signs somebody in as the tool would, and gives back the verified claims. */
    launch: async (person: string, activity: string): Promise<JWTPayload> => {
      const request = tool.authRequest(await world.sandbox.launchAs(person, activity));
      const { text } = await world.http.get('/auth').query(request).expect(200);
      return (await tool.verify(readForm(text).fields.id_token!, url)).payload;
    },
    /** The request to pick content, as the tool gets it. */
    pick: async (): Promise<JWTPayload> => {
      const request = tool.authRequest(await world.sandbox.pickAs('ada'));
      const { text } = await world.http.get('/auth').query(request).expect(200);
      return (await tool.verify(readForm(text).fields.id_token!, url)).payload;
    },
    /** The path that the answer to a pick is posted to. */
    returnPath: (request: JWTPayload) =>
      new URL((request[claim.deepLinking] as { deep_link_return_url: string }).deep_link_return_url).pathname,
    token: async (scope?: string): Promise<string> => {
      const answer = await world.http
        .post('/token')
        .type('form')
        .send(await tool.tokenRequest(url, { fields: scope ? { scope } : {} }));
      return answer.body.access_token as string;
    },
  };
  return world;
}

export type World = Awaited<ReturnType<typeof makeWorld>>;
