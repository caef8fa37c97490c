// zephyr_service.go: notices of Zephyr's own classes.

package printer

// zephyrService prints a notice of one of Zephyr's own classes and reports
// whether it is one.
func (p *Printer) zephyrService(z *zephyrNotice, kind int32) bool {
	opcode, instance := z.fields[zephyrOpcode], z.fields[zephyrInstance]
	switch string(z.fields[zephyrClass]) {
	case "USER_LOCATE":
		switch string(opcode) {
		case "USER_HIDE":
			p.str(" hide")
		case "USER_UNHIDE":
			p.str(" unhide")
		default:
			p.zephyrText(" locate ", instance)
		}
		return true
	case "ZEPHYR_ADMIN":
		p.zephyrLower(" zephyr-admin ", opcode)
		return true
	case "ZEPHYR_CTL":
		return p.zephyrControl(z, kind)
	case "HM_CTL":
		p.zephyrLower(" hm_ctl ", instance)
		p.zephyrLower(" ", opcode)
		return true
	case "HM_STAT":
		if z.is(zephyrInstance, "HMST_CLIENT") && z.is(zephyrOpcode, "GIMMESTATS") {
			p.str(" get-client-stats")
			return true
		}
	case "WG_CTL":
		p.zephyrLower(" wg_ctl ", instance)
		p.zephyrLower(" ", opcode)
		return true
	case "LOGIN":
		if z.is(zephyrOpcode, "USER_FLUSH") {
			p.str(" flush_locs")
			return true
		}
		if z.isOne(zephyrOpcode, zephyrExposures) {
			p.zephyrLower(" set-exposure ", opcode)
			return true
		}
	}
	return false
}

var zephyrExposures = []string{
	"NONE", "OPSTAFF", "REALM-VISIBLE", "REALM-ANNOUNCED", "NET-VISIBLE", "NET-ANNOUNCED",
}

// zephyrControl prints a notice to a server and reports whether it is known.
func (p *Printer) zephyrControl(z *zephyrNotice, kind int32) bool {
	opcode := z.fields[zephyrOpcode]
	switch string(z.fields[zephyrInstance]) {
	case "CLIENT":
		p.zephyrClient(z, kind)
	case "HM":
		p.zephyrLower(" ", opcode)
	case "REALM":
		switch string(opcode) {
		case "ADD_SUBSCRIBE":
			p.str(" realm add-subs")
		case "REQ_SUBSCRIBE":
			p.str(" realm req-subs")
		case "RLM_SUBSCRIBE":
			p.str(" realm rlm-sub")
		case "RLM_UNSUBSCRIBE":
			p.str(" realm rlm-unsub")
		}
	default:
		return false
	}
	return true
}

// zephyrClient prints what a client asks a server for.
func (p *Printer) zephyrClient(z *zephyrNotice, kind int32) {
	switch opcode := z.fields[zephyrOpcode]; string(opcode) {
	case "SUBSCRIBE":
		p.str(" sub")
		p.zephyrSubscription(z, kind)
	case "SUBSCRIBE_NODEFS":
		// named like the opposite, as in the reference
		p.str(" unsub-nodefs")
		p.zephyrSubscription(z, kind)
	case "UNSUBSCRIBE":
		p.str(" unsub")
		p.zephyrSubscription(z, kind)
	case "GIMME":
		p.str(" ret")
	case "GIMMEDEFS":
		p.str(" gimme-defs")
	case "CLEARSUB":
		p.str(" clear-subs")
	default:
		p.zephyrLower(" ", opcode)
	}
}

// zephyrSubscription prints the first subscription in a notice that is no
// answer.
func (p *Printer) zephyrSubscription(z *zephyrNotice, kind int32) {
	if kind == zephyrServerAck {
		return
	}
	class, _ := z.next()
	instance, _ := z.next()
	if recipient, ok := z.next(); ok {
		p.str(" ")
		p.zephyrTriple(class, instance, recipient)
	}
}
