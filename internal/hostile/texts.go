// Package hostile makes captures whose names and texts try to be more than
// text: markup, scripts, drawings, sheets of style, controls of terminals and of
// writing direction, bytes that are no UTF-8. Each packet is well-formed; what it
// says is not well-meant. It is used by tests alone.
//
// What runs sets the variable __pwned of the page, and what becomes an element
// has "pwned" in its attributes: a browser's test looks for both. [Texts] has
// the texts, [Harmless] as many that mean no harm; [Pcap], [Pcapng] and [Wireless]
// make captures that hold either: what is made of the one kind has to look as what
// is made of the other, but for the words in it.
//
// To add a text: a row of Texts. To add a place that a text can stand in: a
// function of datagrams.go, a row of conversations or a frame of link.go.
package hostile

import "strings"

// A Text is one that somebody chose in order to do harm.
type Text struct {
	Name string // what it tries, in a word
	Text string // any bytes
}

// Texts are all of them, in the order in which captures have them.
func Texts() []Text {
	const run = "__pwned=1"
	const script = "<script>" + run + "</script>"
	return []Text{
		// What ends where a text stands in a page, and begins a script.
		{"script", script},
		{"title", "</title></style>" + script},
		{"comment", "--><img src=x onerror=" + run + "><!--"},
		{"cdata", "]]>" + script},
		{"json", `"}]</script>` + script},
		{"escapedjson", `\u003cscript\u003e` + run + `","x":"`},
		{"textarea", "</textarea></noscript></template>" + script},
		{"template", "{{constructor.constructor('" + run + "')()}}"},
		{"backtick", "`${" + run + "}`"},
		// Drawings.
		{"svg", "<svg onload=" + run + ">"},
		{"tspan", "</text></svg><svg id=pwned><script>" + run + "</script>"},
		{"use", `<use href="data:image/svg+xml,pwned" class=pwned />`},
		// Attributes.
		{"attribute", `"onmouseover="` + run + `" id="pwned`},
		{"apostrophe", `'onfocus='` + run + `' autofocus='`},
		{"unquoted", `x onfocus=` + run + ` tabindex=0 autofocus`},
		{"event", `<details open ontoggle=` + run + `>`},
		// Addresses.
		{"url", "javascript:" + run},
		{"dataurl", "data:text/html," + script},
		{"link", "<a href=//evil.example id=pwned>here</a>"},
		{"image", "<img src=http://evil.example/pwned>"},
		{"refresh", "<meta http-equiv=refresh content=0;url=//evil.example>"},
		{"base", "<base href=//evil.example id=pwned>"},
		{"form", "<form action=//evil.example id=pwned><input>"},
		{"iframe", "<iframe id=pwned srcdoc='<script>parent." + run + "</script>'>"},
		{"sheet", "<link rel=stylesheet href=//evil.example>"},
		// Style.
		{"style", "<style>*{display:none}</style>"},
		{"css", "red;}*{display:none}/*"},
		{"styled", `<b style="position:fixed;inset:0" class=pwned>`},
		{"cssurl", "url(//evil.example);--x:expression(" + run + ")"},
		// What is decoded once too often.
		{"entities", "&lt;script&gt;&amp;&#60;b&#62;&nbsp;&quot;"},
		{"percent", "%3Cscript%3E" + run + "%3C/script%3E%00%s%n%d"},
		{"backslashes", `\";` + run + `//'\\`},
		{"formula", `=HYPERLINK("//evil.example","` + run + `")`},
		{"command", "$(touch pwned);`touch pwned`|touch pwned"},
		{"path", "../../../../../../tmp/pwned"},
		{"filter", `a" or port 80 or not host 1.1.1.1 and "`},
		{"condition", `x;port=80,443;dns_query!=y`},
		// Writing: direction, characters that are not seen, lines that are none.
		{"override", "\u202egnp.exe\u202d\u2066moc.\u2067evil"},
		{"marks", "\u200f\u200ea\u061cb\u202b\u202a"},
		{"unseen", "pay\u200bpal\u200c\u200d\u2060\ufeff\u00ad.com"},
		{"tags", "tag\U000e0041\U000e0042\U000e007f\ufe0f"},
		{"stacked", "z" + strings.Repeat("\u0336\u0489", 14)},
		{"lookalike", "\u0430\u0440\u0440\u04cf\u0435.com\uff0ecn"},
		{"separators", "a\u2028b\u2029c\u0085d\u00a0e"},
		{"private", "\ue000\uf8ff\U000f0000\ufffe\uffff\U0010ffff"},
		// Terminals and files.
		{"escape", "\x1b[31mred\x1b]0;pwned\x07\x1b[2J\x1b[H\x1bc"},
		{"c1", "\x9b31m\u009b31m\u009d0;pwned\u009c\x90q\x9c"},
		{"controls", "\x01\x02\x08\x08\x08\x7f\x0e\x0f\x1f"},
		{"lines", "a\r\nSet-Cookie: pwned\n\tb\x0b\x0cc\rd"},
		{"nul", "nul\x00<b class=pwned>behind"},
		// Bytes that are no UTF-8.
		{"invalid", "\xff\xfe<\xf0\x28\x8c\x28>\xc3"},
		{"overlong", "\xc0\xbcscript\xc0\xbe\xe0\x80\xbc" + run},
		{"surrogates", "\xed\xa0\xbd\xed\xb8\x80\xed\xa0\x80"},
		{"latin1", "caf\xe9 \xabna\xefve\xbb"},
		// Length.
		{"empty", ""},
		{"blank", " "},
		{"long", strings.Repeat("W", 240)},
		{"longlines", strings.Repeat("<b class=pwned>", 16)},
		{"longwide", strings.Repeat("\u2588\u4e2d\U0001f469\u200d", 18)},
	}
}

// Harmless are as many texts that are words and nothing else.
func Harmless() []Text {
	texts := Texts()
	for i := range texts {
		texts[i].Text = "host-of-" + texts[i].Name
	}
	return texts
}

// cut is the text in at most so many bytes, wherever that cuts it.
func (t Text) cut(most int) string { return t.Text[:min(len(t.Text), most)] }

// labels are the text as the labels of a domain name (RFC 1035), of at most 63
// bytes each, below example: a dot of the text is a byte like others.
func (t Text) labels() []byte {
	var b []byte
	const most = 63
	for rest := t.cut(4 * 58); rest != ""; {
		n := min(len(rest), most)
		b = append(append(b, byte(n)), rest[:n]...)
		rest = rest[n:]
	}
	return append(b, "\x07example\x00"...)
}

// line is the text as a line of protocols that have lines: what ends one is
// left out, as the line would be two otherwise, and each is its own harm.
func (t Text) line() string {
	return strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(t.Text)
}
