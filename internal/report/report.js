"use strict";
// Tables can be sorted and searched, and filters copied. The page is whole without it.
(() => {
	const make = (name, text) => {
		const e = document.createElement(name);
		e.textContent = text;
		return e;
	};
	const live = make("p", "");
	live.setAttribute("role", "status");
	live.className = "skip";
	document.body.append(live);

	const key = (row, i) => {
		const cell = row.cells[i];
		const v = cell.dataset.v;
		if (v === undefined) {
			return cell.textContent.toLowerCase();
		}
		return v === "" ? -1 : Number(v);
	};
	const compare = (a, b) => {
		if (typeof a === "number" && typeof b === "number") {
			return a - b;
		}
		return String(a).localeCompare(String(b), "en", { numeric: true });
	};

	const sortable = (table) => {
		const heads = [...table.tHead.rows[0].cells];
		heads.forEach((th, i) => {
			const button = make("button", th.textContent);
			button.type = "button";
			th.replaceChildren(button);
			button.addEventListener("click", () => {
				const numbers = th.classList.contains("n") || table.tBodies[0].rows[0]?.cells[i].classList.contains("share");
				const was = th.getAttribute("aria-sort");
				const order = was ? (was === "ascending" ? "descending" : "ascending") : numbers ? "descending" : "ascending";
				heads.forEach((other) => other.removeAttribute("aria-sort"));
				th.setAttribute("aria-sort", order);
				const sign = order === "ascending" ? 1 : -1;
				const rows = [...table.tBodies[0].rows].map((row) => [key(row, i), row]);
				rows.sort((a, b) => sign * compare(a[0], b[0]));
				table.tBodies[0].append(...rows.map((r) => r[1]));
				live.textContent = "Sorted by " + button.textContent + ", " + order;
			});
		});
	};

	const searchable = (table) => {
		const box = make("p", "");
		box.className = "search";
		const label = make("label", "Search ");
		const input = make("input", "");
		input.type = "search";
		input.id = table.id + "-search";
		label.htmlFor = input.id;
		const shown = make("span", "");
		box.append(label, input, shown);
		table.parentElement.before(box);
		const rows = [...table.tBodies[0].rows].map((row) => [row, row.textContent.toLowerCase()]);
		input.addEventListener("input", () => {
			const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
			let n = 0;
			for (const [row, text] of rows) {
				row.hidden = !words.every((w) => text.includes(w));
				n += row.hidden ? 0 : 1;
			}
			shown.textContent = words.length ? n + " of " + rows.length + " rows" : "";
			live.textContent = shown.textContent;
		});
	};

	const copyable = (code) => {
		const button = make("button", "Copy");
		button.type = "button";
		button.setAttribute("aria-label", "Copy the " + (code.className === "command" ? "command" : "filter"));
		button.addEventListener("click", async () => {
			try {
				await navigator.clipboard.writeText(code.textContent);
				live.textContent = button.textContent = "Copied";
			} catch {
				// Without a clipboard, the text is selected, to be copied by hand.
				getSelection().selectAllChildren(code);
				live.textContent = button.textContent = "Selected";
			}
			setTimeout(() => { button.textContent = "Copy"; }, 2000);
		});
		code.after(button);
	};

	document.querySelectorAll("table.sorted").forEach(sortable);
	document.querySelectorAll("table[data-filter]").forEach(searchable);
	document.querySelectorAll(".copy code").forEach(copyable);
})();
