import { HarnessError } from '../errors.ts';
import type { Environment } from './environment.ts';

/** Proxy URLs for the dispatcher; '' if there is none. */
export interface Proxies {
  /** For http:// URLs */
  readonly http: string;
  /** For https:// */
  readonly https: string;
  /** Hosts without a proxy: comma-separated names, or `*`. */
  readonly none: string;
}

/**
 * Proxies from the environment: http_proxy, https_proxy and no_proxy, or all_proxy for both, lower case before upper case, as in curl and
 * undici; an empty one means none. https defaults to that of http. Throws OPTION for an invalid URL.
 */
export function proxiesOf(env: Environment): Proxies {
  const http = first(env, ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY']);
  const https = first(env, ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY']) ?? http;
  return {
    http: http === undefined ? '' : proxyAddress(http),
    https: https === undefined ? '' : proxyAddress(https),
    none: bypassed(first(env, ['no_proxy', 'NO_PROXY'])?.value ?? '')
      .map(({ host, port }) => (port === undefined ? host : `${host}:${port}`))
      .join(','),
  };
}

/** Hosts in a NO_PROXY: each includes its subdomains, at all ports or at one. */
export function bypassed(none: string): { readonly host: string; readonly port: number | undefined }[] {
  return none
    .toLowerCase()
    .split(/[,\s]+/)
    .filter((entry) => entry !== '')
    .map((entry) => {
      // An IPv6 address is in brackets in a URL, but not here.
      if (/^[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*$/.test(entry)) return { host: `[${entry}]`, port: undefined };
      const [, host = entry, port] = /^(.+):(\d+)$/.exec(entry) ?? [];
      return { host: host.replace(/^\*?\./, ''), port: port === undefined ? undefined : Number(port) };
    });
}

interface Named {
  readonly name: string;
  readonly value: string;
}

function first(env: Environment, names: readonly string[]): Named | undefined {
  return names.map((name) => ({ name, value: env[name]?.trim() })).find((each): each is Named => each.value !== undefined);
}

/** A validated proxy URL; the default scheme is http. Throws OPTION, never quoting it, as it may contain a password. */
export function proxyAddress({ name, value }: Named): string {
  if (value === '') return '';
  const refuse = (what: string): HarnessError =>
    new HarnessError('OPTION', {
      where: name,
      what,
      hint: 'Write http://host:port or http://user:password@host:port, or unset it.',
    });
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (!URL.canParse(text)) throw refuse('This is not a proxy address.');
  const { protocol, hostname, username, password } = new URL(text);
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw refuse(`Unsupported proxy type ${protocol.slice(0, -1)}; use http or https.`);
  }
  if (hostname === '') throw refuse('This is not a proxy address.');
  try {
    decodeURIComponent(username);
    decodeURIComponent(password);
  } catch {
    throw refuse('Its name or password has an invalid % escape: write % as %25.');
  }
  // A user name without a password would not be sent.
  if ((username === '') !== (password === '')) {
    throw refuse(`It has a ${username === '' ? 'password without a name' : 'name without a password'}.`);
  }
  return text;
}

/** The proxy used for a URL, for messages: without user name and password; '' if none is used. */
export function proxyNote({ http, https, none }: Proxies, asked: string): string {
  const { protocol, hostname, port } = new URL(asked);
  const proxy = protocol === 'https:' ? https : http;
  const at = Number(port === '' ? (protocol === 'https:' ? 443 : 80) : port);
  const past = bypassed(none).some(
    (each) => (each.port ?? at) === at && (each.host === '*' || hostname === each.host || hostname.endsWith(`.${each.host}`)),
  );
  return proxy === '' || past ? '' : new URL(proxy).host;
}
