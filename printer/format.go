package printer

import (
	"fmt"
	"math"
	"strconv"
)

// printf appends text in the manner of fmt.Sprintf, without its costs: it
// allocates nothing, since no argument escapes, and takes a format apart once.
//
// Verbs: %d %x %X %o %c %s %f %g %e and %%, with the flags - 0 # + and blank,
// width, precision and *. Integers of every size go with %d, %x, %X, %o and
// %c; strings, byte slices and the packet's values (addr4, addr6, mac, tokArg,
// bitArg, linkAddr) with %s; floats with %f, %g and %e.
//
// Arguments are evaluated before anything is written: when reading one of them
// runs past the capture, nothing of this piece of text is printed.
func (p *Printer) printf(format string, args ...any) {
	if false {
		_ = fmt.Sprintf(format, args...) // lets go vet check the callers
	}
	p.bound()
	pieces := p.formats.of(format)
	out, arg := p.out, 0
	for i := range pieces {
		c := &pieces[i]
		if n := len(out); c.brief >= 0 && cap(out)-n >= len(c.text) {
			*(*[len(c.text)]byte)(out[n : n+len(c.text)]) = c.text
			out = out[:n+int(c.brief)]
		} else {
			out = append(out, c.more.text...)
		}
		if c.kind == kindEnd {
			break
		}
		if arg < len(args) {
			switch c.kind {
			case kindText:
				if text, ok := args[arg].(string); ok {
					out = append(out, text...)
				} else {
					p.out = out
					p.text(args[arg])
					out = p.out
				}
				arg++
				continue
			case kindDecimal:
				if v, ok := natural(args[arg]); ok {
					out = appendUint(out, v)
					arg++
					continue
				}
			case kindHex:
				if v, ok := natural(args[arg]); ok {
					out = appendHex(out, v, int(c.width))
					arg++
					continue
				}
			case kindPrefixedHex:
				if v, ok := natural(args[arg]); ok {
					out = appendPrefixedHex(out, v)
					arg++
					continue
				}
			}
		}
		p.out = out
		p.convert(&c.more.spec, args, &arg)
		out = p.out
	}
	p.out = out
}

// natural is an argument that is an integer and not below zero.
func natural(arg any) (v uint64, ok bool) {
	switch arg := arg.(type) {
	case int:
		return uint64(arg), arg >= 0
	case uint8:
		return uint64(arg), true
	case uint16:
		return uint64(arg), true
	case uint32:
		return uint64(arg), true
	case uint64:
		return arg, true
	}
	return 0, false
}

// convert appends what a conversion makes of the argument at *arg, after those for
// its width and precision, and moves *arg behind it.
func (p *Printer) convert(f *spec, args []any, arg *int) {
	if f.width == fromArgument || f.precision == fromArgument {
		filled := *f
		filled.takeStars(args, arg)
		f = &filled
	}
	if *arg >= len(args) {
		p.str("%!(MISSING)")
		return
	}
	p.value(f, args[*arg])
	*arg++
}

// spec is one conversion: %, flags, width, precision and verb.
type spec struct {
	verb                         byte
	left, zero, alt, plus, blank bool
	hasPrecision                 bool
	width, precision             int // fromArgument: an argument says
}

// fromArgument stands for * in a spec.
const fromArgument = math.MinInt

// parse reads flags, width and precision of the conversion at format[i] and
// returns the index of the verb.
func (f *spec) parse(format string, i int) int {
flags:
	for ; i < len(format); i++ {
		switch format[i] {
		case '-':
			f.left = true
		case '0':
			f.zero = true
		case '#':
			f.alt = true
		case '+':
			f.plus = true
		case ' ':
			f.blank = true
		default:
			break flags
		}
	}
	f.width, i = number(format, i)
	if i < len(format) && format[i] == '.' {
		f.hasPrecision = true
		f.precision, i = number(format, i+1)
	}
	return i
}

func number(format string, i int) (n, next int) {
	if i < len(format) && format[i] == '*' {
		return fromArgument, i + 1
	}
	for ; i < len(format) && format[i] >= '0' && format[i] <= '9'; i++ {
		n = n*10 + int(format[i]-'0')
	}
	return n, i
}

// takeStars takes width and precision from arguments where the format says so. A
// width below zero asks for the left side.
func (f *spec) takeStars(args []any, arg *int) {
	for _, n := range []*int{&f.width, &f.precision} {
		if *n != fromArgument {
			continue
		}
		*n = 0
		if *arg < len(args) {
			*n, _ = args[*arg].(int)
		}
		*arg++
	}
	if f.width < 0 {
		f.left, f.width = true, -f.width
	}
}

func (p *Printer) value(f *spec, v any) {
	start := len(p.out)
	switch v := v.(type) {
	case int:
		p.signed(f, int64(v))
	case int64:
		p.signed(f, v)
	case int32:
		p.signed32(f, v)
	case int16:
		p.signed(f, int64(v))
	case int8:
		p.signed(f, int64(v))
	case uint8:
		p.unsigned(f, uint64(v), false)
	case uint16:
		p.unsigned(f, uint64(v), false)
	case uint32:
		p.unsigned(f, uint64(v), false)
	case uint64:
		p.unsigned(f, v, false)
	case uint:
		p.unsigned(f, uint64(v), false)
	case float64:
		p.float(f, v)
		return
	case float32:
		p.float(f, float64(v))
		return
	case string:
		if f.hasPrecision && f.precision < len(v) {
			v = v[:f.precision]
		}
		p.out = append(p.out, v...)
	case []byte:
		if f.hasPrecision && f.precision < len(v) {
			v = v[:f.precision]
		}
		p.out = append(p.out, v...)
	default:
		p.text(v)
	}
	p.pad(f, start, ' ')
}

// text appends an argument of %s.
func (p *Printer) text(v any) {
	switch v := v.(type) {
	case string:
		p.out = append(p.out, v...)
	case []byte:
		p.out = append(p.out, v...)
	case addr4:
		p.appendAddr4(v)
	case addr6:
		p.appendAddr6(v)
	case mac:
		p.appendMAC(v)
	case linkAddr:
		p.appendLinkAddr(v)
	case tokArg:
		p.appendToken(v)
	case bitArg:
		p.appendBits(v)
	default:
		panic("printf: an argument of a type that it does not know")
	}
}

func (p *Printer) signed32(f *spec, v int32) {
	if f.verb != 'd' {
		p.unsigned(f, uint64(uint32(v)), false)
		return
	}
	p.signed(f, int64(v))
}

func (p *Printer) signed(f *spec, v int64) {
	if v < 0 && f.verb == 'd' {
		p.unsigned(f, uint64(-v), true)
		return
	}
	p.unsigned(f, uint64(v), false)
}

// unsigned appends an integer; width and zeros included, blanks are left to
// pad.
func (p *Printer) unsigned(f *spec, v uint64, negative bool) {
	var buf [40]byte // appendUint wants room
	var digits []byte
	prefix := ""
	switch f.verb {
	case 'c':
		p.out = append(p.out, byte(v))
		return
	case 'x', 'X':
		digits = appendHex(buf[:0], v, 1)
		if f.alt && v != 0 {
			prefix = "0x"
		}
		if f.verb == 'X' {
			for i, c := range digits {
				if c >= 'a' {
					digits[i] = c - 'a' + 'A'
				}
			}
			if prefix != "" {
				prefix = "0X"
			}
		}
	case 'o':
		digits = strconv.AppendUint(buf[:0], v, 8)
	default:
		digits = appendUint(buf[:0], v)
	}
	switch {
	case negative:
		prefix = "-"
	case f.verb == 'd' && f.plus:
		prefix = "+"
	case f.verb == 'd' && f.blank:
		prefix = " "
	}
	zeros := 0
	switch {
	case f.hasPrecision:
		zeros = f.precision - len(digits)
	case f.zero && !f.left:
		zeros = f.width - len(prefix) - len(digits)
	}
	p.out = append(p.out, prefix...)
	for ; zeros > 0; zeros-- {
		p.out = append(p.out, '0')
	}
	p.out = append(p.out, digits...)
}

func (p *Printer) float(f *spec, v float64) {
	start := len(p.out)
	precision := 6
	if f.hasPrecision {
		precision = f.precision
	}
	switch f.verb {
	case 'g':
		p.out = appendG(p.out, v, precision)
	case 'e':
		p.out = strconv.AppendFloat(p.out, v, 'e', precision, 64)
	default:
		p.out = strconv.AppendFloat(p.out, v, 'f', precision, 64)
	}
	p.nonFinite(start, math.Signbit(v))
	fill := byte(' ')
	if f.zero && !f.left {
		fill = '0'
	}
	p.pad(f, start, fill)
}

// nonFinite rewrites what strconv calls NaN and Inf to C's words.
func (p *Printer) nonFinite(start int, negative bool) {
	switch string(p.out[start:]) {
	case "NaN":
		if p.out = p.out[:start]; negative {
			p.char('-')
		}
		p.str("nan")
	case "+Inf":
		p.out = append(p.out[:start], "inf"...)
	case "-Inf":
		p.out = append(p.out[:start], "-inf"...)
	}
}

// appendG appends v as C's %.*g does: like strconv's 'g', but with an exponent
// only below 1e-4 or from 10 to the precision on.
func appendG(dst []byte, v float64, precision int) []byte {
	if precision == 0 {
		precision = 1
	}
	var buf [32]byte
	e := strconv.AppendFloat(buf[:0], v, 'e', precision-1, 64)
	exp := 0
	for i := len(e) - 1; i >= 0; i-- {
		if e[i] == 'e' {
			exp, _ = strconv.Atoi(string(e[i+1:]))
			break
		}
	}
	if exp < -4 || exp >= precision {
		return strconv.AppendFloat(dst, v, 'g', precision, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, v, 'f', precision-1-exp, 64)
	for i := start; i < len(dst); i++ {
		if dst[i] == '.' {
			for dst[len(dst)-1] == '0' {
				dst = dst[:len(dst)-1]
			}
			if dst[len(dst)-1] == '.' {
				dst = dst[:len(dst)-1]
			}
			break
		}
	}
	return dst
}

// pad widens what was appended since start to the width of f.
func (p *Printer) pad(f *spec, start int, fill byte) {
	n := f.width - (len(p.out) - start)
	if n <= 0 {
		return
	}
	for range n {
		p.out = append(p.out, fill)
	}
	if f.left {
		return
	}
	text := p.out[start : len(p.out)-n]
	copy(p.out[start+n:], text)
	if p.painter != nil {
		p.painter.shift(start, n)
	}
	for i := range n {
		p.out[start+i] = fill
	}
}
