// The page (`make page`, --serve) in a browser.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { accessible, background, coloured, eventually, fileURL, fits, harmless, inTab, inventory, root, run, sizes, tab, tapdump, work } from './lib.mjs';

const url = fileURL('tapdump.html');
const capture = (name) => path.join(work, name);
const office = capture('office.pcap');

const text = (page, selector) => page.locator(selector).evaluate((e) => e.textContent);
// lines are those that are shown, once each row has its own.
const lines = async (page) => {
	const all = await page.waitForFunction(() => {
		const rows = Array.from(document.querySelectorAll('#rows .row'), (r) => r.textContent);
		return !rows.includes('…') && rows;
	});
	return all.jsonValue();
};

// shows waits until the first of these lines are shown, which are drawn after all is read.
const shows = (page, all) => eventually(async () => {
	const seen = await lines(page);
	assert.ok(seen.length > 0);
	assert.deepEqual(seen, all.slice(0, seen.length));
	return seen;
});

// read waits until a capture is read whole, and its first rows are drawn.
async function read(page, status = /\d packets?/) {
	await page.waitForFunction(([pattern, flags]) => new RegExp(pattern, flags).test(document.getElementById('said').textContent) &&
		document.getElementById('progress').hidden && /^[^…]+$/.test(document.getElementById('rows').textContent), [status.source, status.flags], { timeout: 120_000 });
}

async function open(page, name, status) {
	await page.evaluate(() => { document.getElementById('said').textContent = ''; });
	await page.locator('#file').setInputFiles(name);
	await read(page, status);
}

// printed are the lines of a command line.
const printed = (args) => run(args).toString().split('\n').slice(0, -1);
const packets = (name, ...filter) => Number(/(\d+) packet/.exec(run(['-r', name, '--count', ...filter]))[1]);

// said is what the command line says of a filter, without the line on the file and its name.
const said = (filter) => run(['-n', '-r', office, filter], { wrong: true }).toString().replace(/^reading from .*\n/, '').replace(/^tapdump: /, '');

inTab('page is open at once, and asks for nothing', url, {}, async ({ page, requests }) => {
	assert.equal(await page.locator('body.empty').count(), 1);
	await page.locator('body[data-ready]').waitFor({ timeout: 120_000 });
	assert.deepEqual(requests.filter((r) => !/^(blob|data):/.test(r)), [url]);
	const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
	assert.match(policy, /default-src 'none'/);
	assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|https?:/);
});

inTab('page is served, with the capture', async () => (await background(['--serve=0', '-r', office], /the page is at (http:[^;\s]+)/)).found[1], {}, async ({ page, requests }) => {
	await read(page);
	assert.match(await text(page, '#file-name'), /^office\.pcap/);
	await shows(page, printed(['-n', '-r', office]));
	const { origin } = new URL(page.url());
	assert.deepEqual(requests.filter((r) => !/^(blob|data):/.test(r) && new URL(r).origin !== origin), []);
	await open(page, capture('lan.pcap'));
	await eventually(async () => assert.match(await text(page, '#file-name'), /^lan\.pcap/));
});

inTab('page takes a file that is dropped', url, {}, async ({ page }) => {
	const bytes = readFileSync(capture('lan.pcap')).toString('base64');
	const data = await page.evaluateHandle((base64) => {
		const transfer = new DataTransfer();
		transfer.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], 'dropped.pcap'));
		return transfer;
	}, bytes);
	await page.dispatchEvent('#drop', 'dragover', { dataTransfer: data });
	await page.dispatchEvent('#drop', 'drop', { dataTransfer: data });
	await read(page);
	assert.match(await text(page, '#file-name'), /dropped\.pcap/);
	assert.ok((await shows(page, printed(['-n', '-r', capture('lan.pcap')]))).length > 5);
});

inTab('page says what is wrong with a file', url, {}, async ({ page, problems }) => {
	await page.locator('#file').setInputFiles(path.join(root, 'README.md'));
	await page.locator('#failure:visible').waitFor();
	assert.match(await text(page, '#failure'), /README\.md: unknown file format/);
	await open(page, office);
	assert.equal(await page.locator('#failure:visible').count(), 0);
	assert.deepEqual(problems, []);
});

inTab('page filters', url, {}, async ({ page }) => {
	await open(page, office);
	await page.locator('#filter').fill('udp port 53');
	await page.locator('#filter').press('Enter');
	const n = packets(office, 'udp port 53');
	await read(page, new RegExp(`^${n} of ${packets(office)} packets`));
	await shows(page, printed(['-n', '-r', office, 'udp port 53']));
	assert.equal(await text(page, '#filter-error'), '');
});

inTab('page shows where a filter is wrong, as the command line does', url, {}, async ({ page }) => {
	await open(page, office);
	const before = await shows(page, printed(['-n', '-r', office]));
	for (const filter of ['tcp prot 80', 'host', 'port 80 or (udp', 'ip[2:3] = 1', 'host 1.2.3.4.5', 'tcp and port 80 & & 1', 'vlan 70000', '"']) {
		await page.locator('#filter').fill(filter);
		await page.locator('#filter').press('Enter');
		const want = said(filter);
		await eventually(async () => assert.equal((await text(page, '#filter-error')).trimEnd(), want.trimEnd(), filter));
		assert.equal(await page.locator('#filter[aria-invalid=true]').count(), 1);
		if (/\n *\^/.test(want)) { // the caret is under the word
			assert.match(await page.locator('#filter-error').evaluate((e) => getComputedStyle(e).fontFamily), /mono/i);
		}
	}
	assert.ok((await shows(page, before)).length > 5, 'the lines stay'); // fewer, as there is less room
	await page.locator('#filter').fill('tcp');
	await page.locator('#filter').press('Enter');
	await page.locator('#filter[aria-invalid=false]').waitFor();
	assert.equal(await text(page, '#filter-error'), '');
});

inTab('page completes filters', url, {}, async ({ page }) => {
	await open(page, office);
	await page.locator('#filter').pressSequentially('tcp po');
	await eventually(async () => {
		const words = await page.locator('#suggestions li:visible').evaluateAll((all) => all.map((e) => e.dataset.text));
		assert.ok(words.includes('port') && words.includes('portrange') && !words.includes('host'), `${words}`);
	});
	await page.keyboard.press('ArrowDown');
	const chosen = await page.locator('#filter').getAttribute('aria-activedescendant');
	assert.equal(await page.locator(`#${chosen}`).getAttribute('aria-selected'), 'true');
	await page.keyboard.press('Escape');
	assert.equal(await page.locator('#suggestions:visible').count(), 0);
	await page.locator('#filter').fill('tcp portr');
	await eventually(async () => assert.deepEqual(await page.locator('#suggestions li:visible').evaluateAll((all) => all.map((e) => e.dataset.text)), ['portrange']));
	await page.keyboard.press('Tab');
	assert.equal(await page.locator('#filter').inputValue(), 'tcp portrange ');
});

inTab('page shows the bytes of the chosen packet', url, {}, async ({ page }) => {
	await open(page, office);
	await page.locator('#row-2').click();
	await eventually(async () => assert.match(await text(page, '#packet-title'), /^Packet 3 /));
	await page.waitForFunction(() => document.getElementById('hex').textContent !== '');
	const shown = (await text(page, '#hex')).split('\n').map((line) => line.slice(6, 55).replace(/ /g, '')).join('');
	const dumped = run(['-n', '-t', '-xx', '-c', '3', '-r', office]).toString().split(/\n(?=\S)/)[2].split('\n').slice(1)
		.map((line) => line.replace(/^\s*0x[0-9a-f]+:/, '').replace(/ /g, '')).join('');
	assert.equal(shown, dumped);
});

inTab('page can be used by keyboard alone', url, {}, async ({ page }) => {
	const choosing = page.waitForEvent('filechooser', { timeout: 120_000 }); // long before, as the browser has to hear of it
	await page.locator('body[data-ready]').waitFor({ timeout: 120_000 });
	const focused = () => page.evaluate(() => document.activeElement.id);
	const tabTo = async (id) => {
		for (let i = 0; i < 25; i++) {
			await page.keyboard.press('Tab');
			if (await focused() === id) {
				return;
			}
		}
		assert.fail(`${id} is not reached by Tab; the last is ${await focused()}`);
	};
	await tabTo('file');
	await page.keyboard.press('Enter');
	await (await choosing).setFiles(office);
	await read(page);
	await tabTo('filter');
	await page.keyboard.type('udp port 53');
	await page.keyboard.press('Escape');
	await page.keyboard.press('Enter');
	await read(page, / of /);
	await tabTo('lines');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('ArrowDown');
	await page.waitForFunction(() => document.getElementById('hex').textContent !== '');
	await eventually(async () => assert.equal(await page.locator('#lines').getAttribute('aria-activedescendant'), 'row-1'));
	const outline = await page.locator('#lines').evaluate((e) => getComputedStyle(e).outlineStyle + getComputedStyle(e).boxShadow);
	assert.doesNotMatch(outline, /^nonenone$/, 'the focus is seen');
	await tabTo('hex');
	assert.notEqual(await text(page, '#hex'), '');
	await page.keyboard.press('Shift+Tab');
	assert.equal(await focused(), 'detail');
});

// looked brings the page into a state in which everything is on it.
async function looked(page) {
	await open(page, office);
	await page.locator('#filter').fill('tcp prot 80');
	await page.locator('#filter').press('Enter');
	await page.locator('#filter[aria-invalid=true]').waitFor();
	await page.locator('#row-1').click();
	await page.waitForFunction(() => document.getElementById('hex').textContent !== '');
}

inTab('page is accessible, light and dark, at all sizes', url, {}, async ({ page }) => {
	const all = async (state, schemes) => {
		for (const [size, viewport] of Object.entries(sizes)) {
			await page.setViewportSize(viewport);
			for (const colorScheme of schemes) {
				await page.emulateMedia({ colorScheme });
				await fits(page, `${state}, ${size}`);
				await accessible(page, `${state}, ${size}, ${colorScheme}`);
				await coloured(page, colorScheme);
			}
		}
	};
	await all('empty', ['light']);
	await looked(page);
	await all('looked at', ['light', 'dark']);
});

inTab('page has the report in it', url, {}, async ({ page }) => {
	await open(page, office);
	await page.locator('#tab-report').click();
	const frame = page.frameLocator('#report');
	await frame.locator('h1').waitFor({ timeout: 120_000 });
	run(['-n', '-r', office, '--report', 'beside.html']);
	const other = await tab(fileURL('beside.html'));
	const tables = (where) => where.locator('tbody td').allTextContents();
	await eventually(async () => assert.deepEqual(await tables(frame), await tables(other.page)));
	await other.context.close();
	await frame.locator('th button:visible').first().click();
	await frame.locator('th[aria-sort]').first().waitFor(); // its script runs
});

inTab('page shows hostile text as text', url, {}, async ({ page }) => {
	const allowed = { tags: [], attributes: [], classes: ['follows'], ids: [] };
	const look = async (name, found) => {
		await open(page, capture(name));
		for (const verbose of ['-v', '-vvv']) {
			await page.evaluate(() => { document.getElementById('said').textContent = ''; });
			await page.locator('#verbose').selectOption(verbose);
			await read(page);
			for (const key of ['Home', 'PageDown', 'PageDown', 'PageDown', 'End']) {
				await page.locator('#lines').press(key);
				await page.waitForFunction(() => document.getElementById('hex').textContent !== '' && !document.getElementById('rows').textContent.includes('…'));
				await found();
			}
		}
	};
	await look('harmless.pcapng', async () => {
		const has = await inventory(page);
		for (const kind in allowed) {
			allowed[kind].push(...has[kind]);
		}
	});
	await look('hostile.pcapng', () => harmless(page, allowed));
	await page.locator('#tab-report').click();
	const frame = page.frames()[1];
	await frame.waitForSelector('h1', { timeout: 120_000 });
	assert.equal(await frame.evaluate(() => globalThis.__pwned), undefined);
	assert.equal(await page.locator('[id*=pwned],[class*=pwned]').count(), 0);
});

// The file's name is the user's, but a web page may have given it.
inTab('page shows a hostile name as text', url, {}, async ({ page }) => {
	await page.locator('#file').setInputFiles({ name: '<img src=x onerror=__pwned=1>\u202egpj.pcap', mimeType: '', buffer: readFileSync(office) });
	await read(page);
	assert.equal(await page.locator('img').count(), 0);
	assert.match(await text(page, '#file-name'), /<img src=x onerror=__pwned=1>\\u202egpj\.pcap/);
	assert.doesNotMatch(await page.title(), /\u202e/);
	await page.locator('#filter').fill('<img src=x onerror=__pwned=1>');
	await page.locator('#filter').press('Enter');
	await page.locator('#filter[aria-invalid=true]').waitFor();
	assert.equal(await page.locator('img').count(), 0);
});

inTab('page stays awake with a large capture', url, {}, async ({ page }) => {
	await page.locator('body[data-ready]').waitFor({ timeout: 120_000 });
	const large = capture('large.pcap');
	await page.evaluate(() => {
		const beats = globalThis.beats = { n: 0, longest: 0, steps: new Set() };
		let last = performance.now();
		setInterval(() => {
			const now = performance.now();
			const progress = document.getElementById('progress');
			if (!progress.hidden) {
				beats.n++;
				beats.steps.add(progress.value);
				beats.longest = Math.max(beats.longest, now - last);
			}
			last = now;
		}, 10);
	});
	const begin = performance.now();
	await page.locator('#file').setInputFiles(large);
	await page.locator('#row-0').waitFor();
	const first = performance.now() - begin;
	await page.locator('#row-3').click(); // is answered while the rest is read
	await page.waitForFunction(() => document.getElementById('hex').textContent !== '', undefined, { timeout: 60_000 });
	const answered = await page.evaluate(() => document.getElementById('progress').value / document.getElementById('progress').max);
	await read(page);
	const all = performance.now() - begin;
	const beats = await page.evaluate(() => ({ ...globalThis.beats, steps: globalThis.beats.steps.size }));
	console.log(`${(statSync(large).size / 1e6).toFixed(0)} MB: first lines after ${first.toFixed(0)} ms, a packet's bytes when ${(100 * answered).toFixed(0)} % was read, ` +
		`all after ${all.toFixed(0)} ms; ${beats.n} beats meanwhile, the longest pause ${beats.longest.toFixed(0)} ms, ${beats.steps} steps of progress`);
	assert.ok(beats.n > 5 && beats.steps > 5, 'the page answers while it reads');
	await page.locator('#lines').press('End');
	const end = printed(['-n', '-r', large]).at(-1).slice(0, 15);
	await page.waitForFunction((end) => Array.from(document.querySelectorAll('#rows .row')).at(-1)?.textContent.startsWith(end), end);
});

inTab('page leaves a large capture for another', url, {}, async ({ page }) => {
	await page.locator('#file').setInputFiles(capture('large.pcap'));
	await page.locator('#row-0').waitFor({ timeout: 120_000 });
	await open(page, capture('lan.pcap'), new RegExp(`^${packets(capture('lan.pcap'))} packets`));
	await shows(page, printed(['-n', '-r', capture('lan.pcap')]));
});

// captures are all savefiles of the repository, and those that tests made.
function captures() {
	const found = [];
	for (const folder of ['testdata', 'docs/examples']) {
		for (const entry of readdirSync(path.join(root, folder), { recursive: true })) {
			if (/\.(pcap|pcapng)$/.test(entry)) {
				found.push(path.join(root, folder, entry));
			}
		}
	}
	return [...found, ...readdirSync(work).filter((n) => /^(hostile|packets).*\.pcap/.test(n)).map(capture)];
}

// The program of the page, in a worker as the page's own, asked for whole lines.
inTab('page prints what the binary prints', url, {}, async ({ page }) => {
	const html = readFileSync(capture('tapdump.html'), 'utf8');
	const part = (id) => new RegExp(`<script type="text/plain" id="${id}">([^]*?)</script>`).exec(html)[1];
	await page.evaluate(({ program, source }) => new Promise((resolve) => {
		const more = '\nanswers.whole = (m) => ({ state: tapdump.step(1e6), bytes: tapdump.raw(0, 1e9) });';
		const worker = new Worker(URL.createObjectURL(new Blob([source + more], { type: 'text/javascript' })));
		let asked = 0;
		const waiting = new Map();
		worker.onmessage = ({ data }) => {
			if (data.kind === 'ready') {
				resolve();
			} else if (data.kind === 'answer') {
				waiting.get(data.id)(data.result);
			}
		};
		const ask = (kind, more) => new Promise((answer) => {
			waiting.set(++asked, answer);
			worker.postMessage({ kind, id: asked, ...more });
		});
		globalThis.whole = async (base64, name, flags, filter) => {
			const file = new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name);
			const opened = await ask('open', { job: asked, file, flags, filter, zone: 'UTC', name });
			if (opened.error) {
				return { command: '', error: opened.error };
			}
			const { text } = await ask('command', { flags, filter, zone: 'UTC', name });
			const { bytes, error } = await ask('whole', {});
			let packed = '';
			for (let at = 0; at < (bytes?.length ?? 0); at += 32768) {
				packed += String.fromCharCode(...bytes.subarray(at, at + 32768));
			}
			return { command: text, error, printed: btoa(packed) };
		};
		worker.postMessage({ kind: 'program', text: program });
	}), { program: part('program'), source: part('worker') });
	let compared = 0, bytes = 0;
	for (const name of captures()) {
		const base64 = readFileSync(name).toString('base64');
		const sets = [['', ''], ['-e -vv', ''], ['-tttt -vvv -X', 'ip'], ['-S -# -tt -q', 'not tcp'], ['-A -ttt', ''], ['-xx -ttttt', '']];
		for (const [flags, filter] of /hostile/.test(name) ? sets.slice(1, 3) : sets) {
			const { command, error, printed } = await page.evaluate((args) => globalThis.whole(...args), [base64, name, flags, filter]);
			const shell = (line) => execFileSync('sh', ['-c', line], { env: { ...process.env, TZ: 'UTC', PATH: `${path.dirname(tapdump)}:${process.env.PATH}` }, maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'pipe'] });
			let want;
			try {
				want = shell(command || `tapdump -n -r '${name}' ${flags} '${filter}'`).toString('latin1');
			} catch (e) {
				assert.ok(error, `${name} ${flags} ${filter}: the binary says ${e.stderr}, the page nothing`);
				assert.match(e.stderr.toString(), new RegExp(error.split('\n')[0].replace(/[^\w ]/g, '.')));
				continue;
			}
			assert.equal(error, undefined, `${name} ${flags} ${filter}`);
			const got = Buffer.from(printed, 'base64').toString('latin1');
			if (got !== want) {
				const [a, b] = [got.split('\n'), want.split('\n')];
				const at = a.findIndex((line, i) => line !== b[i]);
				assert.fail(`${command}: line ${at + 1} of ${a.length}, ${b.length}:\n${a[at]}\n${b[at]}`);
			}
			compared++;
			bytes += got.length;
		}
	}
	console.log(`${compared} outputs, ${bytes} bytes, are the binary's`);
	assert.ok(compared > 30);
});
