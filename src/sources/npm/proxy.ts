import type { Environment } from '../environment.ts';
import { bypassed, proxiesOf, proxyAddress } from '../proxies.ts';

/** How pacote reaches the registry: it takes one proxy, for whatever it asks. */
export interface NpmProxy {
  readonly proxy?: string | undefined;
  /** Hosts, with what lies below them. */
  readonly noProxy?: readonly string[] | undefined;
}

/** Where npm asks if nothing else is said. */
const REGISTRY = 'https://registry.npmjs.org/';

/**
 * npm's own settings (https-proxy, proxy, noproxy) and then the environment, as for the other sources. pacote compares names of
 * hosts alone: what `*` and ports mean is written out for the registry. Throws OPTION as `proxiesOf`.
 */
export function npmProxy(settings: Readonly<Record<string, unknown>>, env: Environment): NpmProxy {
  const { protocol, hostname, port } = new URL(URL.canParse(String(settings['registry'])) ? String(settings['registry']) : REGISTRY);
  const own = (
    [
      ['httpsProxy', 'https-proxy'],
      ['proxy', 'proxy'],
    ] as const
  )
    .map(([key, name]) => ({ name: `npm's ${name}`, value: said(settings[key]) }))
    .find(({ value }) => value !== '');
  const proxies = own === undefined ? proxiesOf(env) : undefined;
  const proxy = own === undefined ? proxies![protocol === 'https:' ? 'https' : 'http'] : proxyAddress(own);
  const everywhere = hostname.split('.').at(-1)!;
  // Left to itself pacote would look at the environment by rules of its own.
  if (proxy === '') return { noProxy: [everywhere] };
  const none = said(settings['noProxy']) || (proxies ?? { none: env['no_proxy'] ?? env['NO_PROXY'] ?? '' }).none;
  const at = Number(port || (protocol === 'https:' ? 443 : 80));
  const hosts = bypassed(none)
    .filter((each) => each.port === undefined || each.port === at)
    .map(({ host }) => (host === '*' ? everywhere : host));
  return { proxy, noProxy: hosts };
}

function said(value: unknown): string {
  return typeof value === 'string' && value !== 'null' ? value : '';
}
