"use strict";
// The worker: the program, and what the page asks of it. Nothing here waits for the
// page, and between two steps of work its questions are answered.

const stepTime = 40; // milliseconds
const tellTime = 120; // milliseconds between what is said of progress

let job = 0; // the last one that was asked for
let reading = false;
let reporting = false;
let told = 0; // when that was said last
let waiting = null; // the report to begin once lines are read

const later = new MessageChannel();
later.port1.onmessage = work;

const readBlob = (blob) => {
	const reader = new FileReaderSync();
	return (at, length) => new Uint8Array(reader.readAsArrayBuffer(blob.slice(at, at + length)));
};

function goOn() {
	later.port2.postMessage(null);
}

function work() {
	if (reading) {
		const state = tapdump.step(stepTime);
		reading = !state.done;
		if (state.done || performance.now() - told >= tellTime || told === 0) {
			told = performance.now();
			postMessage({ kind: "state", job, state });
		}
	} else if (waiting) {
		const w = waiting;
		waiting = null;
		const result = tapdump.startReport(readBlob(w.file), w.file.size, w.flags, w.filter, w.zone, w.name);
		reporting = !result.error;
		if (result.error) {
			postMessage({ kind: "report", job, error: result.error });
		}
	} else if (reporting) {
		const result = tapdump.stepReport(stepTime);
		reporting = !result.done && !result.error;
		postMessage({ kind: "report", job, bytes: result.bytes, error: result.error, html: result.html });
	}
	if (reading || waiting || reporting) {
		goOn();
	}
}

const answers = {
	open(m) {
		const result = tapdump.open(readBlob(m.file), m.file.size, m.flags, m.filter, m.zone);
		if (result.error) {
			return { ...result, job: m.job };
		}
		tapdump.stopReport();
		job = m.job;
		told = 0;
		reporting = false;
		waiting = null;
		if (!reading) {
			reading = true;
			goOn();
		}
		return { job: m.job };
	},
	rows: (m) => ({ job, from: m.from, rows: m.job === job ? tapdump.rows(m.from, m.n) : null }),
	packet: (m) => ({ job, packet: m.job === job ? tapdump.packet(m.index) : null }),
	check: (m) => ({ detail: tapdump.check(m.expr, m.linkType) }),
	suggest: (m) => tapdump.suggest(m.expr),
	command: (m) => ({ text: tapdump.command(m.flags, m.filter, m.zone, m.name) }),
	report(m) {
		waiting = m;
		if (!reading && !reporting) {
			goOn();
		}
		return {};
	},
};

function answer(m) {
	let result;
	try {
		result = answers[m.kind](m);
	} catch (err) {
		result = { error: String(err && err.message || err) };
	}
	postMessage({ kind: "answer", id: m.id, result });
}

const early = []; // what was asked before the program was there

self.onmessage = async ({ data }) => {
	if (data.kind !== "program") {
		early.push(data);
		return;
	}
	try {
		const packed = Uint8Array.from(atob(data.text), (c) => c.charCodeAt(0));
		const plain = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
		const go = new Go();
		const module = await WebAssembly.instantiate(await new Response(plain).arrayBuffer(), go.importObject);
		go.run(module.instance).then(() => postMessage({ kind: "ended" }), (err) => postMessage({ kind: "ended", error: String(err) }));
	} catch (err) {
		postMessage({ kind: "ended", error: String(err && err.message || err) });
		return;
	}
	self.onmessage = (e) => answer(e.data);
	early.forEach(answer);
	postMessage({ kind: "ready" });
};
