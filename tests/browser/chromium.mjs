// Headless Chromium over the DevTools protocol, by its two pipes: no package is needed.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const NAMES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

// Where the browser is; undefined where there is none. BAYPLAN_CHROMIUM names another.
export function browser() {
  return [process.env.BAYPLAN_CHROMIUM, ...NAMES].find((path) => path && existsSync(path));
}

// Opens a browser. `page(width, height)` opens a page in it.
export async function launch() {
  const folder = mkdtempSync(join(tmpdir(), 'bayplan-browser-'));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--remote-debugging-pipe'];
  const child = spawn(browser(), [...flags, `--user-data-dir=${folder}`], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const [, , , input, output] = child.stdio;
  let last = 0;
  let rest = '';
  const waiting = new Map();
  const listeners = [];
  output.on('data', (bytes) => {
    const parts = (rest + bytes).split('\0');
    rest = parts.pop();
    for (const part of parts) {
      const message = JSON.parse(part);
      const ask = waiting.get(message.id);
      if (ask) {
        waiting.delete(message.id);
        if (message.error) ask.reject(new Error(JSON.stringify(message.error)));
        else ask.resolve(message.result);
      } else for (const listen of listeners) listen(message);
    }
  });
  const send = (method, params = {}, sessionId = undefined) => new Promise((resolve, reject) => {
    last += 1;
    waiting.set(last, { resolve, reject });
    input.write(JSON.stringify({ id: last, method, params, sessionId }) + '\0');
  });
  const close = async () => {
    await send('Browser.close').catch(() => {});
    await new Promise((resolve) => { if (child.exitCode !== null) resolve(); else child.on('exit', resolve); });
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  const page = async (width, height) => {
    const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
    const call = (method, params) => send(method, params, sessionId);
    const requests = [];
    const messages = [];
    let loaded = () => {};
    listeners.push((event) => {
      if (event.sessionId !== sessionId) return;
      if (event.method === 'Network.requestWillBeSent') requests.push(event.params.request.url);
      if (event.method === 'Runtime.consoleAPICalled') messages.push(JSON.stringify(event.params.args));
      if (event.method === 'Runtime.exceptionThrown') messages.push(event.params.exceptionDetails.text);
      if (event.method === 'Log.entryAdded') messages.push(event.params.entry.text);
      if (event.method === 'Page.javascriptDialogOpening') messages.push('a dialog opened');
      if (event.method === 'Page.loadEventFired') loaded();
    });
    for (const domain of ['Network', 'Runtime', 'Log', 'Page']) await call(`${domain}.enable`);
    await call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    return {
      requests,
      messages,
      call,
      open: async (url) => {
        const done = new Promise((resolve) => { loaded = resolve; });
        await call('Page.navigate', { url });
        await done;
      },
      // The value of an expression in the page.
      value: async (expression) => {
        const answer = await call('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
        if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description ?? expression);
        return answer.result.value;
      },
      media: (features, media = '') => call('Emulation.setEmulatedMedia', { media, features }),
      key: async (key, code = key, text = undefined) => {
        const numbers = { Tab: 9, Enter: 13, Escape: 27, ArrowRight: 39, ArrowLeft: 37 };
        const common = { key, code, windowsVirtualKeyCode: numbers[key] ?? key.toUpperCase().charCodeAt(0) };
        await call('Input.dispatchKeyEvent', { type: text ? 'keyDown' : 'rawKeyDown', text, ...common });
        await call('Input.dispatchKeyEvent', { type: 'keyUp', ...common });
      },
      picture: async () => Buffer.from((await call('Page.captureScreenshot', { format: 'png' })).data, 'base64'),
    };
  };
  return { page, close };
}
