// The report (--report) in a browser.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { accessible, coloured, eventually, fileURL, fits, harmless, inTab, inventory, run, sizes, tab, work } from './lib.mjs';

const made = new Map();

// report makes the report of a capture once, and gives its address.
function report(capture) {
	if (!made.has(capture)) {
		const name = capture.replace(/\W/g, '_') + '.html';
		run(['-n', '-r', capture, '--report', name]);
		assert.ok(statSync(path.join(work, name)).size < 1 << 20, `the report of ${capture} is under 1 MiB`);
		made.set(capture, fileURL(name));
	}
	return made.get(capture);
}
const of = (capture) => () => report(capture);

const hostileCaptures = ['hostile.pcap', 'hostile.pcapng', 'hostile-wireless.pcap'];

for (const capture of ['office.pcap', 'hostile.pcapng', 'large.pcap']) {
	inTab(`report of ${capture} asks for nothing`, of(capture), {}, async ({ page, requests }) => {
		assert.deepEqual(requests, [report(capture)]);
		assert.match(await page.title(), /tapdump|report/i);
		await page.locator('h1').waitFor();
		const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
		assert.match(policy, /default-src 'none'/);
		assert.doesNotMatch(policy, /unsafe|\*|https?:/);
		assert.equal(await page.locator('script').count(), 1);
		assert.equal(await page.locator('style, link[rel=stylesheet]').count(), 1);
	});
}

inTab('report is accessible, light and dark, at all sizes', of('office.pcap'), {}, async ({ page }) => {
	for (const [size, viewport] of Object.entries(sizes)) {
		await page.setViewportSize(viewport);
		for (const colorScheme of ['light', 'dark']) {
			await page.emulateMedia({ colorScheme });
			await fits(page, size);
			await accessible(page, `${size}, ${colorScheme}`);
			await coloured(page, colorScheme);
		}
	}
});

inTab('report of texts without an end fits', of('hostile.pcapng'), {}, async ({ page }) => {
	for (const [size, viewport] of Object.entries(sizes)) {
		await page.setViewportSize(viewport);
		await fits(page, size);
	}
});

for (const capture of hostileCaptures) {
	inTab(`report of ${capture} shows text as text`, of(capture), {}, async ({ page }) => {
		const twin = await tab(report(capture.replace('hostile', 'harmless')));
		const allowed = await inventory(twin.page);
		await twin.context.close();
		await harmless(page, allowed);
	});
}

// cells are the visible texts of a column of a table.
const cells = (table, column) => table.locator('tbody tr:visible').evaluateAll((rows, at) => rows.map((r) => r.cells[at].innerText), column);

// sortable is the first table that can be sorted with several rows, and a column of it
// in which rows differ.
async function sortable(page) {
	for (const table of await page.locator('table:has(th button)').all()) {
		const heads = await table.locator('thead th').all();
		for (const [column, head] of heads.entries()) {
			if (await head.locator('button').count() && new Set(await cells(table, column)).size > 2) {
				return { table, column, head };
			}
		}
	}
	assert.fail('no table can be sorted');
}

async function sorts(page, press) {
	const { table, column, head } = await sortable(page);
	const before = await cells(table, column);
	const orders = [];
	for (let i = 0; i < 2; i++) {
		await press(head.locator('button'));
		orders.push([await head.getAttribute('aria-sort'), await cells(table, column)]);
	}
	assert.deepEqual(orders.map(([order]) => order).sort(), ['ascending', 'descending']);
	assert.notDeepEqual(orders[0][1], orders[1][1]);
	for (const [, texts] of orders) {
		assert.deepEqual([...texts].sort(), [...before].sort(), 'the rows stay');
	}
}

inTab('report sorts by click', of('office.pcap'), {}, ({ page }) => sorts(page, (button) => button.click()));
inTab('report sorts by keyboard', of('office.pcap'), {}, ({ page }) => sorts(page, async (button) => {
	await button.focus();
	await page.keyboard.press('Enter');
}));

inTab('report filters conversations', of('office.pcap'), {}, async ({ page }) => {
	const box = page.locator('input[type=search], input[type=text]').first();
	const rows = page.locator('tbody tr:visible');
	const all = await rows.count();
	await box.fill('there is no such text');
	await page.waitForFunction((n) => [...document.querySelectorAll('tbody tr')].filter((r) => r.checkVisibility()).length < n, all);
	await box.fill('');
	await page.waitForFunction((n) => [...document.querySelectorAll('tbody tr')].filter((r) => r.checkVisibility()).length === n, all);
});

for (const capture of ['office.pcap', 'hostile.pcap']) {
	inTab(`report of ${capture} copies filters that find packets`, of(capture), {}, async ({ page, context }) => {
		await context.grantPermissions(['clipboard-read', 'clipboard-write']);
		const buttons = await page.getByRole('button', { name: /copy/i }).all();
		assert.ok(buttons.length > 0, 'there is something to copy');
		const seen = new Set();
		for (const button of buttons.slice(0, 40)) {
			await button.click();
			const text = await eventually(async () => {
				const text = await page.evaluate(() => navigator.clipboard.readText());
				assert.notEqual(text, '');
				return text;
			});
			if (!seen.has(text) && !text.startsWith('tapdump ')) {
				assert.doesNotMatch(run(['-n', '-r', capture, '--count', text]).toString(), /^0 packets/, text);
			}
			seen.add(text);
		}
		console.log(`${capture}: ${buttons.length} to copy, such as: ${[...seen][0]}`);
	});
}

inTab('report can be printed', of('office.pcap'), {}, async ({ page }) => {
	const pdf = await page.pdf({ format: 'A4' });
	assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
	await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
	assert.equal(await page.locator(':not(th) > button:visible, input:visible').count(), 0, 'nothing to press on paper');
	const background = await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
	assert.match(background, /255, 255, 255|rgba\(0, 0, 0, 0\)/);
});

test('report is whole without scripts', async () => {
	const texts = [];
	for (const javaScriptEnabled of [true, false]) {
		const { page, context, problems } = await tab(report('office.pcap'), { javaScriptEnabled });
		texts.push(await page.locator('td, dd, li, h1, h2, h3, p').evaluateAll((all) => all.map((e) => e.innerText.replace(/\nCopy$/, '').trim())));
		assert.deepEqual(problems, []);
		await context.close();
	}
	assert.ok(texts[1].length > 50);
	const missing = texts[0].filter((text) => text !== 'Search' && !texts[1].includes(text));
	assert.deepEqual(missing, []);
});
