import { Agent, setGlobalDispatcher } from 'undici';

/** No test reaches the network: whatever is not this machine is refused before it is looked up. */
const refuse = (hostname: string) =>
  !/^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|.*\.localhost)$/.test(hostname);

class LocalOnly extends Agent {
  override dispatch(...[options, handler]: Parameters<Agent['dispatch']>): boolean {
    const { hostname } = new URL(String(options.origin));
    if (refuse(hostname)) throw new Error(`A test tried to reach ${hostname}`);
    return super.dispatch(options, handler);
  }
}
setGlobalDispatcher(new LocalOnly());
