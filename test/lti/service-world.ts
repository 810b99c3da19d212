import type { Context } from '../../src/context.ts';
import type { PlatformFamily, PlatformRecord } from '../../src/lti/platform.model.ts';
import { savePlatform } from '../../src/lti/platforms.ts';
import { makeClock, type Clock } from '../support/clock.ts';
import { openWorld } from '../support/world.ts';

export type Call = { method: string; url: string; headers: Headers; body: string };

/** A world whose network is one platform: it gives tokens, and `answer` says what its services do. */
export type ServiceWorld = {
  ctx: Context;
  clock: Clock;
  /** What its services were asked, without the token endpoint. */
  calls: Call[];
  /** The scopes tokens were asked for. */
  tokens: string[];
  answer: (call: Call) => Response | Promise<Response>;
  /** What the token endpoint says in place of a token for this scope. */
  refuses: (scope: string) => Response | undefined;
  platform: (family?: PlatformFamily) => Promise<PlatformRecord>;
  close: () => Promise<void>;
};

export const lms = 'https://lms.example';

export async function openServiceWorld(): Promise<ServiceWorld> {
  const clock = makeClock();
  const known = new Map<string, PlatformRecord>();
  const { ctx, close } = await openWorld({
    now: clock.now,
    fetch: async (input, init = {}) => {
      const headers = new Headers(init.headers);
      const call = {
        method: init.method ?? 'GET',
        url: String(input),
        headers,
        body: String(init.body ?? ''),
      };
      if (new URL(call.url).pathname !== '/token') {
        world.calls.push(call);
        return world.answer(call);
      }
      const scope = new URLSearchParams(call.body).get('scope')!;
      world.tokens.push(scope);
      const refused = world.refuses(scope);
      if (refused) return refused;
      return Response.json({ access_token: `t${world.tokens.length}`, expires_in: 3600 });
    },
  });
  const world: ServiceWorld = {
    ctx,
    clock,
    calls: [],
    tokens: [],
    answer: () => new Response('', { status: 404 }),
    refuses: () => undefined,
    platform: async (family = 'other') => {
      const saved =
        known.get(family) ??
        (await savePlatform(ctx, {
          workspace: 'wsp_1',
          issuer: `${lms}/${family}`,
          clientId: 'tool',
          name: family,
          family,
          authorizationEndpoint: `${lms}/auth`,
          tokenEndpoint: `${lms}/token`,
          jwksUri: `${lms}/jwks`,
        }));
      known.set(family, saved!);
      return saved!;
    },
    close,
  };
  return world;
}
