import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

/** The same browser without its windows: a third less work for the machine. It does not block third-party cookies. */
const light = ['/usr/bin/chromium-headless-shell'];
const whole = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/opt/google/chrome/chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

type Which = {
  /** As people have it, where what they have is tested. */
  isWhole?: boolean;
};

/** The Chromium to test with: CHROMIUM_PATH, or one where they usually are. */
export function findChromium({ isWhole = false }: Which = {}): string | undefined {
  const places = isWhole ? whole : [...light, ...whole];
  return [process.env.CHROMIUM_PATH, ...places].find((path) => path && existsSync(path));
}

/** Skips a suite where no Chromium is, and says so; in CI (the environment variable `CI`) it fails, because nobody would notice. */
export function needsChromium(suite: Mocha.Context, name: string, which: Which = {}): void {
  if (findChromium(which)) return;
  const sentence = `No Chromium was found (CHROMIUM_PATH, ${whole[0]}, …): "${name}" is not tested.`;
  if (process.env.CI) throw new Error(sentence);
  process.stderr.write(`\n  SKIPPED  ${sentence}\n`);
  suite.skip();
}

export type InBrowser = {
  /** The browser of this process: contexts that a suite opens in it are closed by the suite. */
  browser: () => Browser;
  /** A page in a context of its own; contexts are closed after each test. A page that throws fails the test. */
  openPage: (options?: BrowserContextOptions) => Promise<Page>;
};

/**
 * A suite that needs a browser. Without one it is skipped and says so; in CI (the environment variable `CI`) that is a failure,
 * because then nobody would notice.
 */
export function describeInBrowser(
  name: string,
  suite: (tools: InBrowser) => void,
  { isWhole = false }: Which = {},
): void {
  describe(name, function () {
    this.timeout(60_000);
    this.slow(10_000);
    // Two busy cores now and then keep a browser waiting for longer than any fixed patience; what is wrong fails twice.
    this.retries(process.env.CI ? 1 : 0);
    let browser: Browser | undefined;
    const pages: Page[] = [];
    const thrown: Error[] = [];

    before(async function () {
      needsChromium(this, name, { isWhole });
      browser = isWhole ? await launchBrowser({ isWhole }) : await sharedBrowser();
    });
    afterEach(async () => {
      for (const page of pages.splice(0)) await page.context().close();
      const [first] = thrown.splice(0);
      if (first) throw first;
    });

    after(async () => void (isWhole && (await browser?.close())));

    suite({
      browser: () => browser!,
      async openPage(options) {
        const page = await (await browser!.newContext(options)).newPage();
        pages.push(page);
        page.on('pageerror', (error) => void thrown.push(error));
        return page;
      },
    });
  });
}

let shared: Promise<Browser> | undefined;

/** One for all files that this process runs: starting it costs more than most tests. It ends with the process, whose pipe it hangs on. */
async function sharedBrowser(): Promise<Browser> {
  const browser = await (shared ??= launchBrowser());
  if (browser.isConnected()) return browser;
  shared = launchBrowser();
  return shared;
}

export function launchBrowser(which: Which = {}): Promise<Browser> {
  // Containers that run tests have no user namespaces for the sandbox, and often no GPU.
  const alone = ['--no-sandbox', '--disable-gpu', '--in-process-gpu'];
  const quiet = [
    '--no-first-run',
    '--disable-quic',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    `--disable-features=${[...unwanted, ...costly].join(',')}`,
  ];
  // A process for each site is what people have; with one for each page a test costs a tenth less.
  const together = which.isWhole ? [] : ['--disable-site-isolation-trials'];
  return chromium.launch({ executablePath: findChromium(which)!, args: [...alone, ...together, ...quiet] });
}

/** Pages of the browser's own behind every window, which cost as much as what is tested there; and processes kept in store. */
const costly = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'SpareRendererForSitePerProcess'];

/** What Playwright (1.65) switches off itself: of two such switches Chromium hears the last only. */
const unwanted = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'TcpPortRandomizationWin',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
];
