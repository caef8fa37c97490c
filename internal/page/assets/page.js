"use strict";
// The page: what is drawn and asked. All work on captures is the worker's. Text that
// comes from packets, or files' names, goes in by textContent alone.
(() => {
	const $ = (id) => document.getElementById(id);
	const number = new Intl.NumberFormat("en");
	const rowHeight = 18; // pixels, as in the style
	const maxHeight = 8e6; // pixels, which all browsers can scroll
	const pageRows = 200; // rows that are asked for at once
	const maxPages = 64; // of rows that are kept
	const maxShown = 4000; // characters of a row that are drawn
	const maxBytes = 16384; // bytes of a packet that are drawn

	// The worker, and questions to it.

	const source = new Blob([$("worker").textContent], { type: "text/javascript" });
	const worker = new Worker(URL.createObjectURL(source));
	const asked = new Map();
	let lastQuestion = 0;

	function ask(kind, more) {
		return new Promise((resolve) => {
			asked.set(++lastQuestion, resolve);
			worker.postMessage({ kind, id: lastQuestion, ...more });
		});
	}

	function fail(text) {
		$("failure").textContent = text;
		$("failure").hidden = text === "";
	}

	worker.onerror = (e) => {
		e.preventDefault();
		fail("The program cannot go on: " + e.message);
	};
	worker.onmessage = ({ data }) => {
		switch (data.kind) {
		case "answer":
			asked.get(data.id)(data.result);
			asked.delete(data.id);
			break;
		case "state":
			if (data.job === shown.job) {
				showState(data.state);
			}
			break;
		case "report":
			if (data.job === shown.job) {
				showReport(data);
			}
			break;
		case "ready":
			document.body.dataset.ready = "";
			break;
		case "ended":
			fail("The program has ended" + (data.error ? ": " + data.error : "") + ". Reload the page.");
		}
	};
	worker.postMessage({ kind: "program", text: $("program").textContent });
	$("program").remove();

	// What is looked at, and how.

	let file = null;
	let lastJob = 0;
	let lastFilter = ""; // that was valid
	let shown = nothing(0);

	function nothing(job) {
		return { job, state: null, pages: new Map(), rows: 0, row: -1, index: -1, report: "" };
	}

	const flags = () => ["link", "absolute", "number"].map((id) => $(id).checked ? $(id).value : "")
		.concat(["time", "verbose", "dump"].map((id) => $(id).value)).filter((f) => f !== "").join(" ");
	const options = () => ({ flags: flags(), filter: lastFilter, zone: $("zone").value, name: file.name });

	function openFile(f) {
		file = f;
		document.body.classList.remove("empty");
		$("file-name").textContent = visible(f.name) + " · " + bytes(f.size);
		document.title = visible(f.name) + " · tapdump";
		look();
	}

	// look begins to read the file from its beginning.
	async function look() {
		if (!file) {
			return;
		}
		const job = ++lastJob;
		const o = options();
		const result = await ask("open", { ...o, job, file });
		if (job !== lastJob) {
			return;
		}
		if (result.error && result.filter) {
			filterError(result.detail);
			return;
		}
		if (result.error) {
			fail(visible(file.name) + ": " + visible(result.error));
			shown = nothing(job);
			layout();
			choose(-1, -1);
			$("progress").hidden = true;
			$("status").textContent = "";
			return;
		}
		fail("");
		shown = nothing(job);
		$("lines").scrollTop = 0;
		choose(-1, -1);
		layout();
		ask("command", o).then((r) => { $("command").textContent = r.text; });
		if (!$("panel-report").hidden) {
			askReport();
		}
	}

	function bytes(n) {
		const units = ["bytes", "KB", "MB", "GB"];
		let i = 0;
		for (; n >= 1000 && i < 3; i++) {
			n /= 1000;
		}
		return (i === 0 ? n : n.toFixed(1)) + " " + units[i];
	}

	// visible writes what could change the order or the looks of text so that it shows.
	function visible(text) {
		return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (c) => "\\u" + c.codePointAt(0).toString(16).padStart(4, "0"));
	}

	function showState(s) {
		const before = shown.rows;
		shown.state = s;
		shown.rows = s.rows;
		$("progress").hidden = s.done;
		$("progress").max = Math.max(s.size, 1);
		$("progress").value = s.bytes;
		let text = number.format(s.matched) + (s.matched === s.packets ? "" : " of " + number.format(s.packets)) + (s.packets === 1 ? " packet" : " packets");
		text += " · " + s.linkTypes;
		if (s.forgotten > 0) {
			text += " · no room for the lines of " + number.format(s.forgotten) + ": narrow the filter";
		}
		if (s.problem) {
			text += " · " + visible(s.problem);
		}
		$("status").textContent = text;
		if (s.done) {
			$("said").textContent = text;
		}
		if (s.rows !== before || before === 0) {
			shown.pages.delete(Math.floor(Math.max(before - 1, 0) / pageRows)); // it was not whole
			layout();
		}
	}

	// The list of lines: the rows that can be seen, out of millions.

	const lines = $("lines");
	const inView = () => Math.max(1, Math.floor(lines.clientHeight / rowHeight));
	const height = () => Math.min(shown.rows * rowHeight, maxHeight);
	const scale = () => {
		const scrolls = height() - lines.clientHeight;
		return scrolls > 0 && shown.rows * rowHeight > maxHeight ? (shown.rows - inView()) / scrolls : 1 / rowHeight;
	};
	const firstInView = () => Math.max(0, Math.min(Math.floor(lines.scrollTop * scale()), shown.rows - 1));
	let drawing = false;

	function layout() {
		$("space").style.height = height() + "px";
		draw();
	}

	function draw() {
		if (!drawing) {
			drawing = true;
			requestAnimationFrame(() => {
				drawing = false;
				drawRows();
			});
		}
	}

	function rowAt(row) {
		const page = shown.pages.get(Math.floor(row / pageRows));
		return page && page !== "asked" ? page[row % pageRows] : undefined;
	}

	function wantPage(page) {
		if (shown.pages.has(page)) {
			return;
		}
		const from = shown;
		from.pages.set(page, "asked");
		ask("rows", { job: from.job, from: page * pageRows, n: pageRows }).then((r) => {
			if (from !== shown || !Array.isArray(r.rows)) {
				from.pages.delete(page);
				return;
			}
			if (from.pages.has(page)) {
				from.pages.set(page, r.rows);
			}
			for (const old of from.pages.keys()) {
				if (from.pages.size <= maxPages) {
					break;
				}
				from.pages.delete(old);
			}
			draw();
		});
	}

	function drawRows() {
		const first = firstInView();
		const last = Math.min(shown.rows, first + inView() + 2);
		const box = $("rows");
		const setSize = shown.state && shown.state.done ? shown.rows : -1; // it is not known before
		box.style.transform = "translateY(" + (scale() === 1 / rowHeight ? first * rowHeight : Math.min(lines.scrollTop, height() - (last - first) * rowHeight)) + "px)";
		while (box.childElementCount > last - first) {
			box.lastElementChild.remove();
		}
		while (box.childElementCount < last - first) {
			const div = document.createElement("div");
			div.setAttribute("role", "option");
			box.append(div);
		}
		for (let row = first; row < last; row++) {
			const div = box.children[row - first];
			const r = rowAt(row);
			if (r === undefined) {
				wantPage(Math.floor(row / pageRows));
			}
			const looks = [shown.job, row, r !== undefined, row === shown.row, r !== undefined && r.index === shown.index, setSize].join();
			if (div.looks === looks) {
				continue;
			}
			div.looks = looks;
			div.id = "row-" + row;
			div.textContent = r === undefined ? "…" : r.text.length > maxShown ? r.text.slice(0, maxShown) + " …" : r.text;
			div.className = "row" + (r && r.line > 0 ? " follows" : "") + (row === shown.row ? " active" : "");
			div.setAttribute("aria-selected", String(r !== undefined && r.index === shown.index));
			div.setAttribute("aria-posinset", String(row + 1));
			div.setAttribute("aria-setsize", String(setSize));
		}
		if (shown.row >= first && shown.row < last) {
			lines.setAttribute("aria-activedescendant", "row-" + shown.row);
		} else {
			lines.removeAttribute("aria-activedescendant");
		}
	}

	function bringIntoView(row) {
		const first = Math.ceil(lines.scrollTop * scale() - 1e-6);
		const n = inView();
		if (row < first) {
			lines.scrollTop = row / scale();
		} else if (row >= first + n) {
			lines.scrollTop = (row - n + 1) / scale();
		}
	}

	async function moveTo(row) {
		if (shown.rows === 0) {
			return;
		}
		row = Math.max(0, Math.min(row, shown.rows - 1));
		const from = shown;
		from.row = row;
		bringIntoView(row);
		draw();
		let r = rowAt(row);
		if (r === undefined) {
			const answer = await ask("rows", { job: from.job, from: row, n: 1 });
			r = answer.rows && answer.rows[0];
		}
		if (r !== undefined && from === shown && from.row === row) {
			choose(row, r.index);
		}
	}

	lines.addEventListener("scroll", draw, { passive: true });
	new ResizeObserver(layout).observe(lines);
	lines.addEventListener("click", (e) => {
		const row = e.target.closest(".row");
		if (row) {
			moveTo(Number(row.id.slice(4)));
		}
	});
	lines.addEventListener("keydown", (e) => {
		const moves = {
			ArrowDown: shown.row + 1,
			ArrowUp: shown.row - 1,
			PageDown: shown.row + inView() - 1,
			PageUp: shown.row - inView() + 1,
			Home: 0,
			End: shown.rows - 1,
		};
		if (Object.hasOwn(moves, e.key) && !e.altKey && !e.metaKey && !e.ctrlKey) {
			e.preventDefault();
			moveTo(moves[e.key]);
		}
	});

	// The chosen packet.

	async function choose(row, index) {
		const before = shown.index;
		shown.row = row;
		shown.index = index;
		draw();
		if (index === before && index >= 0) {
			return;
		}
		if (index < 0) {
			$("packet-title").textContent = "No packet is chosen";
			$("detail").textContent = "";
			$("hex").textContent = "";
			return;
		}
		const from = shown;
		const { packet: p, error } = await ask("packet", { job: from.job, index });
		if (from !== shown || shown.index !== index || !(p || error)) {
			return;
		}
		if (error || p.error) {
			$("packet-title").textContent = visible(error || p.error);
			$("detail").textContent = "";
			$("hex").textContent = "";
			return;
		}
		$("packet-title").textContent = "Packet " + number.format(p.number) + " · " + p.linkType + " · " +
			(p.captured === p.length ? number.format(p.length) + " bytes" : number.format(p.captured) + " of " + number.format(p.length) + " bytes captured");
		$("detail").textContent = p.text;
		$("hex").textContent = hexOf(p.data);
	}

	function hexOf(data) {
		const out = [];
		const end = Math.min(data.length, maxBytes);
		for (let at = 0; at < end; at += 16) {
			let hex = "";
			let text = "";
			for (let i = at; i < at + 16; i++) {
				hex += i < end ? data[i].toString(16).padStart(2, "0") + " " : "   ";
				if (i === at + 7) {
					hex += " ";
				}
				if (i < end) {
					text += data[i] >= 0x20 && data[i] < 0x7f ? String.fromCharCode(data[i]) : ".";
				}
			}
			out.push(at.toString(16).padStart(4, "0") + "  " + hex + " " + text);
		}
		if (end < data.length) {
			out.push(number.format(data.length - end) + " bytes more");
		}
		return out.join("\n");
	}

	// The filter.

	const filter = $("filter");
	const list = $("suggestions");
	let suggestion = -1; // that is chosen
	let keeps = ""; // what stands in front of suggestions
	let listed = ""; // what stood before the cursor when they were made
	let pause = 0;
	let typed = 0;

	function filterError(detail) {
		$("filter-error").textContent = visible(detail.trimEnd().replaceAll("\n", "\u0085")).replaceAll("\\u0085", "\n");
		filter.setAttribute("aria-invalid", String(detail !== ""));
	}

	// apply takes the filter as it stands, if it is valid.
	async function apply() {
		clearTimeout(pause);
		const expr = filter.value;
		const mine = ++typed;
		const { detail, error } = await ask("check", { expr, linkType: 1 });
		if (mine !== typed) {
			return;
		}
		const other = shown.state && shown.state.linkTypes !== "EN10MB";
		if (other || detail === "") {
			// For other link types the file decides.
			filterError("");
			if (expr !== lastFilter || other) {
				lastFilter = expr;
				look();
			}
			return;
		}
		filterError(error || detail);
	}

	function closeList() {
		list.hidden = true;
		suggestion = -1;
		filter.setAttribute("aria-expanded", "false");
		filter.removeAttribute("aria-activedescendant");
	}

	const beforeCursor = () => filter.value.slice(0, filter.selectionStart);

	async function suggest() {
		const mine = ++typed;
		const before = beforeCursor();
		const r = await ask("suggest", { expr: before });
		if (mine !== typed || document.activeElement !== filter) {
			return;
		}
		keeps = r.keep;
		listed = before;
		list.replaceChildren();
		const begun = before.slice(keeps.length);
		for (const word of r.words) {
			if (word.text === begun) {
				continue;
			}
			const li = document.createElement("li");
			li.id = "suggestion-" + list.childElementCount;
			li.setAttribute("role", "option");
			li.setAttribute("aria-selected", "false");
			li.dataset.text = word.text;
			for (const text of [word.text, word.sample]) {
				const span = document.createElement("span");
				span.textContent = text;
				li.append(span);
			}
			list.append(li);
		}
		suggestion = -1;
		filter.removeAttribute("aria-activedescendant");
		list.hidden = list.childElementCount === 0;
		filter.setAttribute("aria-expanded", String(!list.hidden));
	}

	function chooseSuggestion(i) {
		const all = list.children;
		if (suggestion >= 0 && all[suggestion]) {
			all[suggestion].setAttribute("aria-selected", "false");
		}
		suggestion = (i + all.length) % all.length;
		all[suggestion].setAttribute("aria-selected", "true");
		all[suggestion].scrollIntoView({ block: "nearest" });
		filter.setAttribute("aria-activedescendant", all[suggestion].id);
	}

	function accept(i) {
		const rest = filter.value.slice(filter.selectionStart);
		const text = keeps + list.children[i].dataset.text + " ";
		filter.value = text + rest.trimStart();
		filter.setSelectionRange(text.length, text.length);
		closeList();
		typing();
	}

	function typing() {
		clearTimeout(pause);
		pause = setTimeout(apply, 500);
	}

	filter.addEventListener("input", () => {
		suggest();
		typing();
	});
	filter.addEventListener("keydown", (e) => {
		const open = !list.hidden && listed === beforeCursor(); // what was typed since has others
		switch (e.key) {
		case "ArrowDown":
		case "ArrowUp":
			e.preventDefault();
			if (open) {
				chooseSuggestion(e.key === "ArrowDown" ? suggestion + 1 : suggestion < 0 ? -1 : suggestion - 1);
			} else {
				suggest();
			}
			break;
		case "Tab":
			if (open && !e.shiftKey && (suggestion >= 0 || list.childElementCount === 1)) {
				e.preventDefault();
				accept(Math.max(suggestion, 0));
			}
			break;
		case "Enter":
			e.preventDefault();
			if (open && suggestion >= 0) {
				accept(suggestion);
			} else {
				closeList();
				apply();
			}
			break;
		case "Escape":
			if (!list.hidden) {
				e.preventDefault();
				closeList();
			}
		}
	});
	filter.addEventListener("blur", () => {
		closeList();
		apply();
	});
	list.addEventListener("mousedown", (e) => e.preventDefault());
	list.addEventListener("click", (e) => {
		const li = e.target.closest("li");
		if (li) {
			accept([...list.children].indexOf(li));
		}
	});

	// The report.

	function askReport() {
		const key = shown.job + "";
		if (!file || shown.report === key) {
			return;
		}
		shown.report = key;
		ask("report", { ...options(), file });
	}

	function showReport(m) {
		$("progress").hidden = m.html !== undefined || m.error !== undefined;
		if (m.html !== undefined) {
			$("report").srcdoc = m.html;
		} else if (m.error !== undefined) {
			fail(visible(m.error));
		} else {
			$("progress").value = m.bytes;
		}
	}

	const tabs = [$("tab-lines"), $("tab-report")];

	function showTab(tab) {
		for (const t of tabs) {
			const on = t === tab;
			t.setAttribute("aria-selected", String(on));
			t.tabIndex = on ? 0 : -1;
			$(t.getAttribute("aria-controls")).hidden = !on;
		}
		if (tab === tabs[1]) {
			askReport();
		} else {
			layout();
		}
	}

	for (const [i, tab] of tabs.entries()) {
		tab.addEventListener("click", () => showTab(tab));
		tab.addEventListener("keydown", (e) => {
			if (e.key === "ArrowLeft" || e.key === "ArrowRight") {
				e.preventDefault();
				tabs[1 - i].focus();
				showTab(tabs[1 - i]);
			}
		});
	}

	// Options, files, and the clipboard.

	const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
	if (zone && zone !== "UTC") {
		const option = document.createElement("option");
		option.value = zone;
		option.textContent = zone;
		$("zone").append(option);
		option.selected = true;
	}
	$("flags").addEventListener("change", look);
	$("file").addEventListener("change", () => {
		const f = $("file").files[0];
		if (f) {
			openFile(f);
		}
		$("file").value = "";
	});
	$("file").addEventListener("keydown", (e) => {
		if (e.key === "Enter") { // as on other buttons
			e.preventDefault();
			$("file").click();
		}
	});
	addEventListener("dragover", (e) => {
		e.preventDefault();
		document.body.classList.add("over");
	});
	addEventListener("dragleave", (e) => {
		if (!e.relatedTarget) {
			document.body.classList.remove("over");
		}
	});
	addEventListener("drop", (e) => {
		e.preventDefault();
		document.body.classList.remove("over");
		if (e.dataTransfer.files.length > 0) {
			openFile(e.dataTransfer.files[0]);
		}
	});
	$("copy").addEventListener("click", async () => {
		try {
			await navigator.clipboard.writeText($("command").textContent);
			$("said").textContent = "Copied";
			$("copy").textContent = "Copied";
		} catch {
			getSelection().selectAllChildren($("command")); // for the keys that copy
			$("copy").textContent = "Selected";
		}
		setTimeout(() => { $("copy").textContent = "Copy"; }, 1500);
	});

	// The capture that a server offers.

	const offered = document.querySelector("meta[name=capture]");
	if (offered) {
		$("file-name").textContent = "Loading " + visible(offered.dataset.name);
		fetch(offered.content).then(async (r) => {
			if (!r.ok) {
				throw new Error("the server says " + r.status);
			}
			openFile(new File([await r.blob()], offered.dataset.name));
		}).catch((err) => fail(visible(offered.dataset.name) + " cannot be loaded: " + visible(String(err.message))));
	}
})();
