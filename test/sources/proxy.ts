import { createServer as createHttp, request as ask, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

export interface TestProxy {
  readonly url: string;
  readonly port: number;
  /** `GET http://host/path` and `CONNECT host:port`, with the received headers that matter. */
  readonly log: { readonly line: string; readonly credentials: string | undefined; readonly authorization: string | undefined }[];
}

interface ProxyOptions {
  /** Where requested hosts are: host:port to a port of this machine. */
  readonly hosts: Readonly<Record<string, number>>;
  /** `user:password`; anything else gets 407. */
  readonly credentials?: string;
}

/** A proxy on this machine: absolute addresses for http, tunnels for https, like real proxies. Ends with the test. */
export async function serveProxy(t: TestContext, { hosts, credentials }: ProxyOptions): Promise<TestProxy> {
  const log: TestProxy['log'] = [];
  const admits = (request: IncomingMessage): boolean => {
    const said = request.headers['proxy-authorization'];
    log.push({
      line: `${request.method} ${request.url}`,
      credentials: said === undefined ? undefined : Buffer.from(said.replace('Basic ', ''), 'base64').toString(),
      authorization: request.headers.authorization,
    });
    return credentials === undefined || log.at(-1)!.credentials === credentials;
  };
  const server = createHttp((request, response) => {
    if (!admits(request)) return void response.writeHead(407).end();
    if (!request.url!.startsWith('http://')) return void response.writeHead(400).end('no proxy request');
    const { host, pathname, search } = new URL(request.url!);
    const port = hosts[host];
    if (port === undefined) return void response.writeHead(502).end();
    const { 'proxy-authorization': _own, ...headers } = request.headers;
    request.pipe(
      ask({ port, path: `${pathname}${search}`, method: request.method, headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  server.on('connect', (request: IncomingMessage, socket, head) => {
    if (!admits(request)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const port = hosts[request.url!];
    if (port === undefined) return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const through = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      through.write(head);
      through.pipe(socket).pipe(through);
    });
    for (const each of [socket, through]) each.on('error', () => [socket, through].forEach((one) => one.destroy()));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, log };
}
