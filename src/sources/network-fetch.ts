import type { Environment } from './environment.ts';
import { proxiesOf } from './proxies.ts';

/**
 * Node's own fetch, or undici's with its proxy dispatcher if the environment names a proxy: Node's supports no proxies before version 24,
 * and takes no dispatcher of another undici version. The environment is read on first use. Throws as `proxiesOf`.
 */
export function networkFetch(env: Environment): typeof globalThis.fetch {
  let proxied: Promise<typeof globalThis.fetch> | undefined;
  return async (input, init) => (await (proxied ??= open(env)))(input, init);
}

async function open(env: Environment): Promise<typeof globalThis.fetch> {
  const { http, https, none } = proxiesOf(env);
  if (http === '' && https === '') return (input, init) => globalThis.fetch(input, init);
  const { EnvHttpProxyAgent, fetch } = await import('undici'); // only where there is a proxy
  // Without a tunnel for http: proxies usually allow one only to port 443.
  const dispatcher = new EnvHttpProxyAgent({ httpProxy: http, httpsProxy: https, noProxy: none, proxyTunnel: false });
  const typed = fetch as unknown as (input: unknown, init: object) => Promise<Response>;
  return (input, init) => typed(input instanceof Request ? input.url : input, { ...init, dispatcher });
}
