import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const USUAL = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** A browser of this machine: CHROMIUM, else at its usual location. */
export const browserPath: string | undefined = (process.env['CHROMIUM'] === undefined ? USUAL : [process.env['CHROMIUM']]).find((file) =>
  existsSync(file),
);

/** Why a spec is skipped; false if it is not. */
export const noBrowser: string | false =
  browserPath === undefined && 'no Chromium is found: install one (`apt-get install chromium`), or name it in CHROMIUM';

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: browserPath!, args: ['--disable-dev-shm-usage'] });
}
