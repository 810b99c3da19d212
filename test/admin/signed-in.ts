import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import supertest from 'supertest';
import { createPerson } from '../../src/access/people.ts';
import { defaultWorkspace } from '../../src/access/workspaces.ts';
import type { TestApp } from '../support/app.ts';

export const ada = { email: 'ada@example.org', name: 'Ada Admin', password: 'three short words' };

export type Agent = ReturnType<typeof supertest.agent>;

/** An administrator's browser: a cookie jar, and the token that stands in the forms it is shown. */
export async function signedIn(app: TestApp): Promise<{ agent: Agent; csrf: string }> {
  const workspace = await defaultWorkspace(app.ctx);
  await createPerson(app.ctx, { ...ada, workspace });
  const agent = supertest.agent(app.url);
  await agent.post('/sign-in').type('form').send({ email: ada.email, password: ada.password }).expect(303);
  const { text } = await agent.get('/admin/keys').expect(200);
  const csrf = /name="csrf" value="([^"]+)"/.exec(text)?.[1];
  assert.ok(csrf);
  return { agent, csrf };
}

/** The same person, who is there already, in a real browser. */
export async function signIn(app: TestApp, page: Page): Promise<void> {
  await page.goto(`${app.url}/sign-in`);
  await page.getByLabel('E-mail address').fill(ada.email);
  await page.getByLabel('Password').fill(ada.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/admin/);
}
