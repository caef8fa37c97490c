package theme

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/printer"
)

// all are the SGRs of a theme, by key.
func (t *Theme) all() map[string]string {
	all := map[string]string{hitKey: t.hit}
	for i, sgr := range t.parts {
		all[keys[i]] = sgr
	}
	for i, sgr := range t.flows {
		all["flow "+strconv.Itoa(i)] = sgr
	}
	return all
}

// TestThemes: names and keys are told apart, and what themes have is what users may say.
func TestThemes(t *testing.T) {
	var names []string
	for _, theme := range All() {
		if slices.Contains(names, theme.Name) {
			t.Errorf("two themes are %s", theme.Name)
		}
		names = append(names, theme.Name)
		if len(theme.flows) == 0 || theme.Colors(true).Flows == nil || theme.Colors(false).Flows != nil {
			t.Errorf("%s: flows have colours only where they are asked for", theme.Name)
		}
		for key, sgr := range theme.all() {
			if !isSGR(sgr) {
				t.Errorf("%s: %s is %q", theme.Name, key, sgr)
			}
		}
	}
	seen := make(map[string]bool)
	for _, key := range Keys() {
		if len(key) != 2 || seen[key] {
			t.Errorf("a key is %q", key)
		}
		seen[key] = true
	}
}

// TestWith: users say colours of their own, and nothing but colours.
func TestWith(t *testing.T) {
	basic, ok := ByName("BASIC")
	if !ok {
		t.Fatal("no theme is basic")
	}
	own, err := basic.With("pr=1;34::ad=:hi=4:wr=38;2;255;0;10")
	if err != nil {
		t.Fatal(err)
	}
	c := own.Colors(false)
	if c.Of[printer.PartProtocol] != "1;34" || c.Of[printer.PartAddress] != "" || own.Hit() != "4" || c.Of[printer.PartWrong] != "38;2;255;0;10" {
		t.Errorf("colours are %q, %q", c.Of, own.Hit())
	}
	if again, _ := ByName("basic"); again.parts != basic.parts || c.Of[printer.PartTime] != basic.parts[printer.PartTime] {
		t.Error("the theme has changed, or what was not said")
	}
	for _, c := range []struct{ definitions, want string }{
		{"pr", "KEY=SGR"}, {"xx=1", "no such key"}, {"pr=1;", "numbers"}, {"pr=256", "numbers"}, {"pr=+1", "numbers"}, {"pr=0001", "numbers"},
		{"pr=1m\x1b]0;x\x07", "numbers"}, {"pr=1;1;1;1;1;1;1;1;1", "numbers"}, {"pr=1:ad=2J", `"ad=2J"`}, {"=1", "no such key"}, {"pr=1,2", "numbers"},
	} {
		if _, err := basic.With(c.definitions); err == nil || !strings.Contains(err.Error(), c.want) || strings.ContainsAny(err.Error(), "\x1b\x07") {
			t.Errorf("%q: %v, want %q in it", c.definitions, err, c.want)
		}
	}
}

// FuzzWith: whatever users say, no theme has anything but digits and semicolons.
func FuzzWith(f *testing.F) {
	for _, s := range []string{"pr=1;34:ad=", "hi=7", "pr=\x1b[2J", "::", "of=38;5;1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		own, err := All()[1].With(s)
		if err != nil {
			return
		}
		for key, sgr := range own.all() {
			if strings.Trim(sgr, "0123456789;") != "" || len(sgr) > 32 {
				t.Errorf("%q: %s is %q", s, key, sgr)
			}
		}
	})
}

// TestContrast: text of the themes of 256 colours can be read on the backgrounds that
// they are for: WCAG 2.2 asks for a contrast of 4.5. What the 16 colours look like is
// said by the terminal; those that are pale on white or dark on black are not taken.
func TestContrast(t *testing.T) {
	backgrounds := map[string][][3]float64{
		"dark":  {{0, 0, 0}, {0x1e, 0x1e, 0x1e}, {0x00, 0x2b, 0x36}},
		"light": {{255, 255, 255}, {0xfd, 0xf6, 0xe3}, {0xf5, 0xf5, 0xf5}},
	}
	for _, theme := range All() {
		for key, sgr := range theme.all() {
			text, own, colored := 0, -1, false
			for rest := strings.Split(sgr, ";"); len(rest) > 0; rest = rest[1:] {
				switch {
				case len(rest) > 2 && (rest[0] == "38" || rest[0] == "48"):
					n, err := strconv.Atoi(rest[2])
					if err != nil || n < 16 {
						t.Fatalf("%s: %s is %q", theme.Name, key, sgr)
					}
					if rest[0] == "38" {
						text, colored = n, true
					} else {
						own = n
					}
					rest = rest[2:]
				case !slices.Contains([]string{"", "1", "2", "4", "7", "31", "32", "35", "36"}, rest[0]):
					t.Errorf("%s: %s is %q, which not all backgrounds bear", theme.Name, key, sgr)
				}
			}
			on := backgrounds[theme.Name]
			if own >= 0 {
				on = [][3]float64{palette(own)}
			}
			if colored && on == nil {
				t.Errorf("%s: %s is %q: which background is it for?", theme.Name, key, sgr)
			}
			for _, b := range on {
				if c := contrast(palette(text), b); colored && c < 4.5 {
					t.Errorf("%s: %s is %q, a contrast of %.1f on %v", theme.Name, key, sgr, c, b)
				}
			}
		}
	}
}

// palette is what colour n of 256 is in xterm, from 16 on: a cube, and shades of grey.
func palette(n int) (rgb [3]float64) {
	if n >= 232 {
		v := float64(8 + 10*(n-232))
		return [3]float64{v, v, v}
	}
	for i, step := range [3]int{(n - 16) / 36, (n - 16) / 6 % 6, (n - 16) % 6} {
		if step > 0 {
			rgb[i] = float64(55 + 40*step)
		}
	}
	return rgb
}

func contrast(a, b [3]float64) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(rgb [3]float64) (l float64) {
	for i, weight := range [3]float64{0.2126, 0.7152, 0.0722} {
		v := rgb[i] / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		l += weight * v
	}
	return l
}

func ExampleTheme_With() {
	dark, _ := ByName("dark")
	own, err := dark.With("pr=1;34")
	fmt.Println(own.Colors(false).Of[printer.PartProtocol], err)
	// Output: 1;34 <nil>
}
