// Preloaded into onnxruntime-node's install step: its requests are answered by a feed in this process, and listed on standard output.
const https = require('node:https');
const { Readable } = require('node:stream');
const AdmZip = require('adm-zip');

const files = ['cuda', 'shared', 'tensorrt'].map((name) => `runtimes/linux-x64/native/libonnxruntime_providers_${name}.so`);
const archive = new AdmZip();
for (const file of files) archive.addFile(file, Buffer.from(`stub of ${file}`));

const json = (value) => [Buffer.from(JSON.stringify(value)), 'application/json'];

https.get = (...parameters) => {
  // global-agent, which the step uses for proxies, adds options.
  const [url, answer] = [String(parameters[0]), parameters.at(-1)];
  console.log(`GET ${url}`);
  const [body, type] = url.endsWith('/v3/index.json')
    ? json({ resources: [{ '@type': 'PackageBaseAddress/3.0.0', '@id': 'https://feed.invalid/flat/' }] })
    : url.endsWith('/index.json')
      ? json({ versions: [process.env.FEED_VERSION] })
      : [archive.toBuffer(), 'application/octet-stream'];
  const response = Object.assign(Readable.from([body]), { statusCode: 200, headers: { 'content-type': type }, setEncoding: () => undefined });
  setImmediate(() => answer(response));
  return { on: () => undefined };
};
