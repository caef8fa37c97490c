// The pictures of docs/images: .ci/browser --screenshots makes them.
import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { close, fileURL, root, run, sizes, tab, work } from './lib.mjs';

const folder = path.join(root, 'docs', 'images');
mkdirSync(folder, { recursive: true });

async function picture(name, url, options, before, clip = {}) {
	const { page, context, problems } = await tab(url, options);
	await before?.(page);
	const file = path.join(folder, name + '.png');
	await page.screenshot({ path: file, animations: 'disabled', caret: 'hide', ...clip });
	await context.close();
	if (problems.length > 0) {
		throw new Error(`${name}: ${problems}`);
	}
	console.error(`${path.relative(root, file)}: ${(statSync(file).size / 1000).toFixed(0)} KB`);
}

run(['-n', '-r', 'office.pcap', '--report', 'office.html']);
const report = fileURL('office.html'), page = fileURL('tapdump.html');
const tall = { width: 1120, height: 1000 };

const looked = async (p) => {
	await p.locator('#file').setInputFiles(path.join(work, 'office.pcap'));
	await p.waitForFunction(() => document.getElementById('progress').hidden && document.querySelector('.row'));
	await p.locator('#filter').fill('tcp port 443');
	await p.locator('#filter').press('Enter');
	await p.waitForFunction(() => / of /.test(document.getElementById('status').textContent));
	await p.locator('#row-6').click();
	await p.waitForFunction(() => document.getElementById('hex').textContent !== '' && !document.getElementById('rows').textContent.includes('…'));
};
const time = async (p) => p.getByRole('heading', { name: 'Over time' }).evaluate((e) => scrollTo(0, e.getBoundingClientRect().top + scrollY - 20));

await picture('report-light', report, { viewport: tall });
await picture('report-time-dark', report, { viewport: tall, colorScheme: 'dark' }, time);
await picture('report-telephone', report, { viewport: sizes.telephone });
await picture('page-light', page, { viewport: { width: 1120, height: 760 } }, looked);
await picture('page-filter', page, { viewport: { width: 1120, height: 760 }, colorScheme: 'dark' }, async (p) => {
	await looked(p);
	await p.locator('#filter').fill('tcp prot 443');
	await p.locator('#filter').press('Enter');
	await p.locator('#filter[aria-invalid=true]').waitFor();
	await p.locator('#filter').evaluate((e) => e.blur());
}, { clip: { x: 0, y: 0, width: 1120, height: 430 } });
await close();
