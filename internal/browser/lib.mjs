// A browser for tests: Debian's chromium, driven by playwright-core. Each test has a
// context of its own, in which everything that is wrong is gathered: errors on the
// console, refusals by the page's own policy, requests to anywhere but this machine.
//
// .ci/browser sets the variables that are read here, and says what is in them.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';

function variable(name) {
	assert.ok(process.env[name], `${name} is not set: run .ci/browser`);
	return process.env[name];
}

export const tapdump = variable('BROWSER_TAPDUMP'); // the binary
export const work = variable('BROWSER_WORK'); // captures and reports; written to
export const root = variable('BROWSER_ROOT'); // of the repository
const failures = variable('BROWSER_FAILURES'); // where screenshots of failed tests go
const chromiumPath = variable('BROWSER_CHROMIUM');

const modules = createRequire(variable('BROWSER_MODULES') + '/');
const { chromium } = modules('playwright-core');
const axe = readFileSync(modules.resolve('axe-core/axe.min.js'), 'utf8');

export const sizes = {
	desk: { width: 1280, height: 800 },
	tablet: { width: 768, height: 1024 },
	telephone: { width: 390, height: 844 },
};

let browser;
export const close = async () => browser?.close();
after(close);

async function started() {
	browser ??= await chromium.launch({
		executablePath: chromiumPath,
		args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
			'--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1'],
	});
	return browser;
}

const local = (url) => !/^(https?|wss?|ftp):/.test(url) || /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+\//.test(url);

// tab opens an address in a context of its own. problems gathers what is wrong,
// requests all addresses that were asked for.
export async function tab(url, options = {}) {
	const context = await (await started()).newContext({ viewport: sizes.desk, colorScheme: 'light', locale: 'en-GB', timezoneId: 'UTC', ...options });
	context.setDefaultTimeout(20_000);
	const problems = [], requests = [];
	await context.route((address) => !local(address.href), (route) => {
		problems.push(`a request to ${route.request().url()}`);
		return route.abort();
	});
	context.on('request', (request) => requests.push(request.url()));
	context.on('page', (page) => {
		page.on('console', (m) => ['error', 'warning'].includes(m.type()) && problems.push(`${m.type()} on the console: ${m.text()}`));
		page.on('pageerror', (e) => problems.push(`error: ${e.stack}`));
		page.on('crash', () => problems.push('the page crashed'));
		page.on('dialog', (d) => { problems.push(`a dialog: ${d.message()}`); return d.dismiss(); });
	});
	const page = await context.newPage();
	await page.goto(url);
	return { page, context, problems, requests };
}

// inTab is a test in a tab, which ends with nothing wrong in it; a screenshot of a
// tab in which it failed is kept.
export function inTab(name, url, options, body) {
	test(name, { timeout: 180_000 }, async () => {
		const t = await tab(await (typeof url === 'function' ? url() : url), options);
		try {
			await body(t);
			assert.deepEqual(t.problems, []);
			assert.equal(await t.page.evaluate(() => globalThis.__pwned), undefined, 'a script that data brought has run');
		} catch (e) {
			mkdirSync(failures, { recursive: true });
			const picture = path.join(failures, name.replace(/[^a-z0-9]+/gi, '-') + '.png');
			await t.page.screenshot({ path: picture }).catch((wrong) => console.error(`no screenshot: ${wrong.message}`));
			console.error(`${name}: screenshot ${picture}; also wrong: ${t.problems.join('; ') || 'nothing'}`);
			throw e;
		} finally {
			await t.context.close();
		}
	});
}

export const fileURL = (name) => pathToFileURL(path.resolve(work, name)).href;

// run is what a command line prints, in UTC; wrong says that it has to fail.
export function run(args, { wrong = false, cwd = work } = {}) {
	const options = { cwd, env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' }, maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'pipe'] };
	try {
		const stdout = execFileSync(tapdump, args, options);
		assert.ok(!wrong, `tapdump ${args.join(' ')} does not fail`);
		return stdout;
	} catch (e) {
		if (!wrong) {
			throw new Error(`tapdump ${args.join(' ')}: ${e.stderr}`, { cause: e });
		}
		return e.stderr;
	}
}

// background starts a command line and waits for a line on its outputs that a
// pattern finds; it ends with the tests.
export async function background(args, pattern) {
	const child = spawn(tapdump, args, { cwd: work, env: { ...process.env, TZ: 'UTC' }, stdio: ['ignore', 'pipe', 'pipe'] });
	after(() => child.kill());
	let text = '';
	const found = await new Promise((resolve, reject) => {
		const look = (data) => {
			text += data;
			const match = pattern.exec(text);
			if (match) {
				resolve(match);
			}
		};
		child.stdout.on('data', look);
		child.stderr.on('data', look);
		child.on('error', reject);
		child.on('exit', (status) => reject(new Error(`tapdump ${args.join(' ')} ends with ${status}: ${text}`)));
	});
	return { child, found };
}

// eventually waits for something to be so, and says what it is instead.
export async function eventually(check) {
	for (const end = Date.now() + 60_000;;) {
		try {
			return await check();
		} catch (e) {
			if (Date.now() > end) {
				throw e;
			}
		}
		await new Promise((again) => setTimeout(again, 20));
	}
}

// accessible asks axe what people cannot read or reach; what is serious is an error.
export async function accessible(page, where) {
	await page.evaluate(axe);
	const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
	const serious = violations.filter((v) => ['serious', 'critical'].includes(v.impact));
	for (const v of violations.filter((v) => !serious.includes(v))) {
		console.log(`${where}: ${v.impact}: ${v.id}: ${v.help}: ${v.nodes[0].target}`);
	}
	assert.deepEqual(serious.map((v) => `${v.impact}: ${v.id}: ${v.help}: ${v.nodes.length} of ${v.nodes[0].target}: ${v.nodes[0].failureSummary}`), [], where);
}

// coloured: the background is of the scheme.
export async function coloured(page, colorScheme) {
	const background = await page.evaluate(() => [document.body, document.documentElement].map((e) => getComputedStyle(e).backgroundColor)
		.find((c) => c !== 'rgba(0, 0, 0, 0)').match(/[\d.]+/g).slice(0, 3).map(Number));
	const bright = background.reduce((sum, c) => sum + c, 0) / 3;
	assert.ok(colorScheme === 'light' ? bright > 200 : bright < 60, `${colorScheme}: the background is rgb(${background})`);
}

// fits: the page is no wider than the window.
export async function fits(page, where) {
	const wide = await page.evaluate(() => {
		const width = document.documentElement.clientWidth;
		if (document.documentElement.scrollWidth <= width) {
			return [];
		}
		return [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > width + 1)
			.slice(0, 5).map((e) => `${e.tagName}.${e.className} ends at ${Math.round(e.getBoundingClientRect().right)}, the window at ${width}`);
	});
	assert.deepEqual(wide, [], where);
}

// harmless: what data say has become text, and nothing else. allowed are the tags,
// attributes, classes and ids of the page that is made of the same packets with
// harmless words; a number in a name stands for any.
export async function harmless(page, allowed) {
	const found = await inventory(page);
	for (const kind of ['tags', 'attributes', 'classes', 'ids']) {
		const strange = found[kind].filter((name) => !allowed[kind].includes(name));
		assert.deepEqual(strange, [], `${kind} that a harmless capture has not`);
	}
	assert.deepEqual(found.attributes.filter((name) => /^on/.test(name)), []);
	const wrong = await page.evaluate(() => {
		const wrong = [];
		if (document.querySelectorAll('script:not([type])').length > 1 || document.querySelectorAll('style').length > 1) {
			wrong.push('there is a script, or a style, more');
		}
		if (getComputedStyle(document.body).display === 'none' || document.body.innerText.length < 200) {
			wrong.push('the page is not seen');
		}
		for (const e of document.querySelectorAll('[href],[src],[action],[srcdoc],[formaction],[data]')) {
			for (const name of ['href', 'src', 'action', 'srcdoc', 'formaction', 'data']) {
				const value = e.getAttribute(name);
				if (value !== null && /evil|pwned|script|^data:text/i.test(value)) {
					wrong.push(`${e.tagName} ${name}=${value.slice(0, 80)}`);
				}
			}
		}
		const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_COMMENT);
		for (let n; (n = walker.nextNode()) && wrong.length < 5;) {
			const inside = n.parentElement.tagName;
			if (inside === 'SCRIPT' || inside === 'STYLE') {
				continue;
			}
			const shown = JSON.stringify(n.data.slice(0, 80)).replace(/[^ -~]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`);
			if (n.nodeType === Node.COMMENT_NODE) {
				wrong.push(`a comment: ${shown}`);
			} else if (/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/.test(n.data)) {
				wrong.push(`${inside} holds controls: ${shown}`);
			} else if (/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(n.data)) {
				wrong.push(`${inside} holds controls of direction: ${shown}`);
			} else if (/[\u0590-\u08ff]/.test(n.data)) {
				const e = n.parentElement.closest('bdi,td,th,li,p,dd,dt,pre,code') ?? n.parentElement;
				if (!/isolate|plaintext/.test(getComputedStyle(e).unicodeBidi)) {
					wrong.push(`${inside} is not apart from what runs from right to left: ${shown}`);
				}
			}
		}
		return wrong;
	});
	assert.deepEqual(wrong, []);
}

// inventory is what elements a page has, by name.
export function inventory(page) {
	return page.evaluate(() => {
		const all = { tags: new Set(), attributes: new Set(), classes: new Set(), ids: new Set() };
		const anyNumber = (name) => name.replace(/\d+/g, '0');
		for (const e of document.querySelectorAll('*')) {
			all.tags.add(e.tagName.toLowerCase());
			e.getAttributeNames().forEach((name) => all.attributes.add(name));
			e.classList.forEach((name) => all.classes.add(anyNumber(name)));
			if (e.id) {
				all.ids.add(anyNumber(e.id));
			}
		}
		return Object.fromEntries(Object.entries(all).map(([kind, names]) => [kind, [...names].sort()]));
	});
}
