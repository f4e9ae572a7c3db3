import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { NpmSource } from '../source.ts';

/** Node's own report of every answer to a request of `node:http`. */
const ANSWERS = 'http.client.response.finish';

export interface AnnouncedLength {
  readonly bytes: () => number | undefined;
  /** Whether the registry has begun to send the tarball. */
  readonly answered: () => boolean;
  /** Before another try. */
  readonly forget: () => void;
  readonly close: () => void;
}

/**
 * How long the registry says the tarball of a package is: pacote hands over the bytes and keeps the headers for itself. It
 * marks its requests, though, and Node reports each answer. To be closed.
 */
export function announcedLength({ name, version }: NpmSource): AnnouncedLength {
  let answered = false;
  let length: number | undefined;
  const heard = (message: unknown): void => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
    const header = (key: string) => String(request.getHeader(key) ?? '');
    // The mark is registry:NAME@ADDRESS, and the address has the version in it.
    if (
      header('pacote-req-type') !== 'tarball' ||
      !header('pacote-pkg-id').startsWith(`registry:${name}@`) ||
      !header('pacote-pkg-id').includes(version)
    )
      return;
    answered = response.statusCode === 200;
    // The length of a compressed answer is not that of the tarball.
    const plain = answered && (response.headers['content-encoding'] ?? 'identity') === 'identity';
    const said = Number(response.headers['content-length'] ?? Number.NaN);
    length = plain && Number.isSafeInteger(said) ? said : undefined;
  };
  subscribe(ANSWERS, heard);
  return {
    bytes: () => length,
    answered: () => answered,
    forget: () => void (answered = false),
    close: () => void unsubscribe(ANSWERS, heard),
  };
}
