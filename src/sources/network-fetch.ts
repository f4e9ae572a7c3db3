import type { Environment } from './environment.ts';
import { proxiesOf } from './proxies.ts';

/**
 * Node's own fetch, and where the environment names a proxy undici's with its dispatcher for that: Node's knows no proxies before
 * version 24, and takes no dispatcher of another version than the one it was built with. The environment is looked at when the
 * network is first asked. Throws as `proxiesOf`.
 */
export function networkFetch(env: Environment): typeof globalThis.fetch {
  let proxied: Promise<typeof globalThis.fetch> | undefined;
  return async (input, init) => (await (proxied ??= open(env)))(input, init);
}

async function open(env: Environment): Promise<typeof globalThis.fetch> {
  const { http, https, none } = proxiesOf(env);
  if (http === '' && https === '') return (input, init) => globalThis.fetch(input, init);
  const { EnvHttpProxyAgent, fetch } = await import('undici'); // only where there is a proxy
  // Without a tunnel for http: proxies as a rule allow one to port 443 alone.
  const dispatcher = new EnvHttpProxyAgent({ httpProxy: http, httpsProxy: https, noProxy: none, proxyTunnel: false });
  const typed = fetch as unknown as (input: unknown, init: object) => Promise<Response>;
  return (input, init) => typed(input instanceof Request ? input.url : input, { ...init, dispatcher });
}
