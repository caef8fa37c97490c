package report

// The page is put together here, and nowhere else. Elements and attributes are named
// by constants of types of their own; text and values of attributes are escaped. The
// two files that are embedded are the only ones that go in as they are.
// TestNothingRaw asks that other files neither convert to these types nor touch what
// is written. html/template would do so as well, but has the linker keep every method
// of the program: 2 MB and more.

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html"
	"strconv"
)

//go:embed report.css
var styleSheet string

//go:embed report.js
var script string

// tag names an element, attribute an attribute.
type (
	tag       string
	attribute string
)

// attr is an attribute with its value.
type attr struct {
	name  attribute
	value string
}

// page is a page in the making.
type page struct {
	b    []byte
	open []tag // elements that were begun and not ended
}

// begin begins an element.
func (p *page) begin(t tag, attributes ...attr) *page {
	p.void(t, attributes...)
	p.open = append(p.open, t)
	return p
}

// void writes an element that has no end.
func (p *page) void(t tag, attributes ...attr) *page {
	p.b = append(append(p.b, '<'), t...)
	for _, a := range attributes {
		p.b = append(append(append(p.b, ' '), a.name...), '=', '"')
		p.b = append(append(p.b, html.EscapeString(a.value)...), '"')
	}
	p.b = append(p.b, '>')
	return p
}

// end ends the element that was begun last.
func (p *page) end() *page {
	t := p.open[len(p.open)-1]
	p.open = p.open[:len(p.open)-1]
	p.b = append(append(append(p.b, '<', '/'), t...), '>')
	return p
}

// line begins another line of the file, for people who compare two.
func (p *page) line() *page {
	p.b = append(p.b, '\n')
	return p
}

// text writes text.
func (p *page) text(s string) *page {
	p.b = append(p.b, html.EscapeString(s)...)
	return p
}

// one writes an element with text alone.
func (p *page) one(t tag, s string, attributes ...attr) *page {
	return p.begin(t, attributes...).text(s).end()
}

// data writes text that packets or users have, cut to so many characters. It does not
// change the direction of what is around it.
func (p *page) data(s string, most int) *page { return p.one("bdi", visible(s, most)) }

// head writes what comes before the body: nothing is loaded, and nothing runs or is
// styled but by the two files.
func (p *page) head(title string) {
	p.b = append(p.b, "<!DOCTYPE html>\n"...)
	p.begin("html", attr{"lang", "en"}).line().begin("head").line()
	p.void("meta", attr{"charset", "utf-8"}).line()
	policy := "default-src 'none'; style-src 'sha256-" + hash(styleSheet) + "'; script-src 'sha256-" + hash(script) +
		"'; base-uri 'none'; form-action 'none'"
	p.void("meta", attr{"http-equiv", "Content-Security-Policy"}, attr{"content", policy}).line()
	p.void("meta", attr{"name", "viewport"}, attr{"content", "width=device-width, initial-scale=1"}).line()
	p.void("meta", attr{"name", "color-scheme"}, attr{"content", "light dark"}).line()
	p.void("meta", attr{"name", "referrer"}, attr{"content", "no-referrer"}).line()
	p.one("title", title).line()
	p.begin("style")
	p.b = append(p.b, styleSheet...)
	p.end().line().end().line()
}

// foot writes the script, and ends the page.
func (p *page) foot() {
	p.begin("script")
	p.b = append(p.b, script...)
	p.end().line()
	for len(p.open) > 0 {
		p.end().line()
	}
}

// hash is what a content security policy names a file by.
func hash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// column is one of a table.
type column struct {
	head    string
	numbers bool
}

// table begins a table, which scrolls where it is too wide; endTable ends it. The id is
// also that of its caption, with -caption behind it. filtered has the script offer to
// search it.
func (p *page) table(id, caption string, filtered bool, columns ...column) *page {
	p.begin("div", attr{"class", "scroll"}, attr{"role", "region"}, attr{"tabindex", "0"}, attr{"aria-labelledby", id + "-caption"})
	attributes := []attr{{"id", id}, {"class", "sorted"}}
	if filtered {
		attributes = append(attributes, attr{"data-filter", "yes"})
	}
	p.begin("table", attributes...)
	p.one("caption", caption, attr{"id", id + "-caption"})
	p.begin("thead").begin("tr")
	for _, c := range columns {
		attributes := []attr{{"scope", "col"}}
		if c.numbers {
			attributes = append(attributes, attr{"class", "n"})
		}
		p.one("th", c.head, attributes...)
	}
	return p.end().end().begin("tbody").line()
}

func (p *page) endTable() *page { return p.end().end().end().line() }

// number writes a cell with a number, which is sorted by v.
func (p *page) number(s string, v uint64) *page {
	return p.one("td", s, attr{"class", "n"}, attr{"data-v", strconv.FormatUint(v, 10)})
}

// section begins a part of the page with a heading; end ends it.
func (p *page) section(id, heading string) *page {
	p.begin("section", attr{"id", id}, attr{"aria-labelledby", id + "-heading"}).line()
	return p.one("h2", heading, attr{"id", id + "-heading"}).line()
}
