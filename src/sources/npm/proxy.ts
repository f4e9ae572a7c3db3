import type { Environment } from '../environment.ts';
import { bypassed, proxiesOf, proxyAddress } from '../proxies.ts';

/** How pacote connects to the registry: it takes a single proxy for all requests. */
export interface NpmProxy {
  readonly proxy?: string | undefined;
  /** Hosts, including subdomains. */
  readonly noProxy?: readonly string[] | undefined;
}

/** npm's default registry. */
const REGISTRY = 'https://registry.npmjs.org/';

/**
 * Proxy from npm's settings (https-proxy, proxy, noproxy) and then the environment, as for the other sources. pacote only compares host
 * names: `*` and ports are resolved for the registry. Throws OPTION as `proxiesOf`.
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
  // Otherwise pacote would read the environment by its own rules.
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
