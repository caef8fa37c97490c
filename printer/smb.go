// smb.go: Server Message Block, version 1 (MS-CIFS), directly over TCP (MS-SMB
// section 2.1).

package printer

// Where the fields of the header are (MS-CIFS section 2.2.3.1).
const (
	smbCommandAt = 4
	smbStatusAt  = 5
	smbFlagsAt   = 9
	smbFlags2At  = 10
	smbWordsAt   = 32
)

const (
	smbFlagReply     = 0x80
	smbFlag2NTStatus = 0x4000
	smbFlag2Unicode  = 0x8000
)

const smbNoCommand = 0xff // ends a chain

// smbState is what SMB remembers across packets. A reply to a TRANS2 request does
// not say what it replies to: the last request of any connection counts.
type smbState struct {
	trans2    uint16 // function of the last request
	infoLevel uint16 // of the last query of a file system
	listDepth int    // see smbFields
}

// smbMessage is what is printed by descriptions: an SMB message, or the NetBIOS
// packet around it. Places in it are offsets into b, which begins where alignment
// and NetBIOS names count from, and ends where the capture does.
type smbMessage struct {
	b                          []byte
	request, unicode, ntStatus bool
	textLen                    int // of the counted text to come
	hasTextLen                 bool
}

// smbIsMessage reports whether an SMB message begins at b[i]; its first bytes
// were captured.
func smbIsMessage(b []byte, i int) bool {
	return has(b, i, 4) && b[i] == 0xff && b[i+1] == 'S' && b[i+2] == 'M' && b[i+3] == 'B'
}

// smbTCP prints what is sent to port 445.
func (p *Printer) smbTCP(b []byte, length int) {
	const headerLen = 4
	p.proto = "smb_tcp"
	if length < headerLen || len(b) < headerLen {
		p.truncMark()
		return
	}
	n := int(u24(b, 1))
	if n < 4 || !smbIsMessage(b, headerLen) {
		p.str(" SMB-over-TCP packet:(raw data or continuation?)\n")
		return
	}
	p.char(' ')
	p.smbWarnShort(n, length-headerLen, len(b)-headerLen)
	p.smb(b[headerLen:], min(n, len(b)-headerLen))
}

// smbWarnShort prints that a message of n bytes is not all there: length bytes
// are in the packet, captured in the capture.
func (p *Printer) smbWarnShort(n, length, captured int) {
	switch {
	case n <= captured:
	case n > length:
		p.str("WARNING: Packet is continued in later TCP segments\n")
	default:
		p.printf("WARNING: Short packet. Try increasing the snap length by %d\n", n-captured)
	}
}

// smb prints a message of end bytes, of which b may have less or more.
func (p *Printer) smb(b []byte, end int) {
	p.proto = "smb"
	m := smbMessage{b: b, request: u8(b, smbFlagsAt)&smbFlagReply == 0}
	c := smbCommandOf(u8(b, smbCommandAt))
	if p.vflag > 1 {
		p.char('\n')
	}
	p.smbTitle(c, &m)
	if p.vflag < 2 {
		return
	}
	p.char('\n')
	flags2 := le16(b, smbFlags2At)
	m.unicode = flags2&smbFlag2Unicode != 0
	m.ntStatus = flags2&smbFlag2NTStatus != 0
	p.smbFields(&m, 0, "[P4]SMB Command   =  [B]\nError class   =  [BP1]\nError code    =  [u]\n"+
		"Flags1        =  [B]\nFlags2        =  [B][P13]\nTree ID       =  [u]\nProc ID       =  [u]\n"+
		"UID           =  [u]\nMID           =  [u]\nWord Count    =  [b]\n", smbWordsAt+1)
	p.smbError(&m)
	p.smbChain(&m, c, end)
}

func (p *Printer) smbTitle(c *smbCommand, m *smbMessage) {
	p.str("SMB PACKET: ")
	p.str(c.name)
	if m.request {
		p.str(" (REQUEST)")
	} else {
		p.str(" (REPLY)")
	}
}

// smbChain prints a command and those that follow it (AndX, MS-CIFS section
// 2.2.3.4), each further on in the message.
func (p *Printer) smbChain(m *smbMessage, c *smbCommand, end int) {
	for at := smbWordsAt; ; {
		n := int(u8(m.b, at))
		m.textLen, m.hasTextLen = 0, false
		p.smbCommand(m, c, smbBlock{at: at, count: n, end: end})
		if !c.chained || n == 0 {
			return
		}
		code := u8(m.b, at+1)
		if code == smbNoCommand {
			return
		}
		next := int(le16(m.b, at+3))
		c = smbCommandOf(code)
		p.char('\n')
		p.smbTitle(c, m)
		p.str(" (CHAINED)\n")
		if next <= at {
			p.printf("Bad andX offset: %d <= %d\n", next, at)
			return
		}
		at = next
	}
}

// smbBlock is where a command's parameter words and data bytes are: a count of
// words and the words, a count of bytes and the bytes.
type smbBlock struct {
	at, count int // the count of words
	end       int // of the message
}

func (k smbBlock) words() int    { return k.at + 1 }
func (k smbBlock) wordsEnd() int { return k.at + 1 + 2*k.count }
func (k smbBlock) bytes() int    { return k.wordsEnd() + 2 }

// smbByteCount prints and returns the count of data bytes.
func (p *Printer) smbByteCount(m *smbMessage, k smbBlock) int {
	n := le16(m.b, k.wordsEnd())
	p.printf("smb_bcc=%d\n", n)
	return int(n)
}

func (p *Printer) smbCommand(m *smbMessage, c *smbCommand, k smbBlock) {
	switch c.body {
	case smbNegotiate:
		p.smbNegotiate(m, k)
		return
	case smbSessionSetup:
		p.smbSessionSetup(m, k)
		return
	case smbLocking:
		p.smbLocking(m, k)
		return
	case smbTransaction:
		p.smbTransaction(m, k)
		return
	case smbTransaction2:
		p.smbTransaction2(m, k)
		return
	}
	words, bytes := c.replyWords, c.replyBytes
	if m.request {
		words, bytes = c.requestWords, c.requestBytes
	}
	switch {
	case k.count == 0:
	case words != "":
		p.smbFields(m, k.words(), words, k.wordsEnd())
	default:
		for i := 0; k.words()+2*i < min(k.wordsEnd(), k.end); i++ {
			v := le16(m.b, k.words()+2*i)
			p.printf("smb_vwv[%d]=%d (0x%X)\n", i, v, v)
		}
	}
	n := p.smbByteCount(m, k)
	switch {
	case n == 0:
	case bytes != "":
		p.smbFields(m, k.bytes(), bytes, k.bytes()+n)
	default:
		p.str("smb_buf[]=\n")
		p.smbDump(m, k.bytes(), min(n, k.end-k.bytes()))
	}
}

// smbWordsAndBytes prints a command of which one or both descriptions depend on
// its count of words.
func (p *Printer) smbWordsAndBytes(m *smbMessage, k smbBlock, words, bytes string) {
	if words != "" {
		p.smbFields(m, k.words(), words, min(k.wordsEnd(), k.end))
	} else {
		p.smbDump(m, k.words(), min(2*k.count, k.end-k.words()))
	}
	p.smbBytes(m, k, bytes)
}

func (p *Printer) smbBytes(m *smbMessage, k smbBlock, bytes string) {
	n := p.smbByteCount(m, k)
	switch {
	case n == 0:
	case bytes != "":
		p.smbFields(m, k.bytes(), bytes, min(k.bytes()+n, k.end))
	default:
		p.smbDump(m, k.bytes(), min(n, k.end-k.bytes()))
	}
}

// smbNegotiate prints which dialects are offered, or which one was chosen (MS-CIFS
// section 2.2.4.52).
func (p *Printer) smbNegotiate(m *smbMessage, k smbBlock) {
	if m.request {
		p.smbWordsAndBytes(m, k, "", "*|Dialect=[Y]\n")
		return
	}
	words := ""
	switch k.count {
	case 1:
		words = "Core Protocol\nDialectIndex=[u]"
	case 13:
		words = "Coreplus/Lanman1/Lanman2 Protocol\nDialectIndex=[u]\nSecMode=[w]\nMaxXMit=[u]\nMaxMux=[u]\n" +
			"MaxVcs=[u]\nBlkMode=[w]\nSessionKey=[W]\nServerTime=[T1]TimeZone=[u]\nRes=[W]\nCryptKey="
	case 17:
		words = "NT1 Protocol\nDialectIndex=[u]\nSecMode=[B]\nMaxMux=[u]\nNumVcs=[u]\nMaxBuffer=[U]\nRawSize=[U]\n" +
			"SessionKey=[W]\nCapabilities=[W]\nServerTime=[T3]TimeZone=[u]\nCryptKey="
	}
	p.smbWordsAndBytes(m, k, words, "")
}

// smbSessionSetup prints a logon (MS-CIFS section 2.2.4.53).
func (p *Printer) smbSessionSetup(m *smbMessage, k smbBlock) {
	words, bytes := "", ""
	switch {
	case m.request && k.count == 10:
		words = "Com2=[w]\nOff2=[u]\nBufSize=[u]\nMpxMax=[u]\nVcNum=[u]\nSessionKey=[W]\nPassLen=[u]\nCryptLen=[u]\n" +
			"CryptOff=[u]\nPass&Name=\n"
	case m.request:
		words = "Com2=[B]\nRes1=[B]\nOff2=[u]\nMaxBuffer=[u]\nMaxMpx=[u]\nVcNumber=[u]\nSessionKey=[W]\n" +
			"CaseInsensitivePasswordLength=[u]\nCaseSensitivePasswordLength=[u]\nRes=[W]\nCapabilities=[W]\n" +
			"Pass1&Pass2&Account&Domain&OS&LanMan=\n"
	case k.count == 3:
		words = "Com2=[w]\nOff2=[u]\nAction=[w]\n"
	case k.count == 13:
		words = "Com2=[B]\nRes=[B]\nOff2=[u]\nAction=[w]\n"
		bytes = "NativeOS=[S]\nNativeLanMan=[S]\nPrimaryDomain=[S]\n"
	}
	p.smbWordsAndBytes(m, k, words, bytes)
}

// smbLocking prints locks and unlocks of ranges, of 64 bits when the type of lock
// says so (MS-CIFS section 2.2.4.32).
func (p *Printer) smbLocking(m *smbMessage, k smbBlock) {
	const largeFiles = 0x10
	words, bytes := "Com2=[w]\nOff2=[u]\n", ""
	if m.request {
		words = "Com2=[w]\nOff2=[u]\nHandle=[u]\nLockType=[w]\nTimeOut=[D]\nUnlockCount=[u]\nLockCount=[u]\n"
		if u8(m.b, k.at+7)&largeFiles != 0 {
			bytes = "*Process=[u]\n[P2]Offset=[M]\nLength=[M]\n"
		} else {
			bytes = "*Process=[u]\nOffset=[D]\nLength=[U]\n"
		}
	}
	if k.count > 0 {
		p.smbFields(m, k.words(), words, min(k.wordsEnd(), k.end))
	}
	p.smbBytes(m, k, bytes)
}
