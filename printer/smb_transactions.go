// smb_transactions.go: SMB's transactions (MS-CIFS sections 2.2.4.33, 2.2.4.46 and
// 2.2.6), and what is sent in them to mailslots and pipes (MS-BRWS, MS-RAP).

package printer

// smbParts are the parameters and the data of a transaction: offsets and lengths.
type smbParts struct{ param, paramLen, data, dataLen int }

// smbPartsOf reads where the parts are from four of a block's words.
func smbPartsOf(m *smbMessage, k smbBlock, paramLen, param, dataLen, data int) smbParts {
	word := func(i int) int { return int(le16(m.b, k.words()+2*i)) }
	return smbParts{paramLen: word(paramLen), param: word(param), dataLen: word(dataLen), data: word(data)}
}

// smbTransaction prints a transaction with a mailslot or pipe.
func (p *Printer) smbTransaction(m *smbMessage, k smbBlock) {
	last := 7
	words, bytes := "TotParamCnt=[u]\nTotDataCnt=[u]\nRes1=[u]\nParamCnt=[u]\nParamOff=[u]\nRes2=[u]\nDataCnt=[u]\n"+
		"DataOff=[u]\nRes3=[u]\nLsetup=[u]\n", "|Unknown "
	if m.request {
		last = 12
		words, bytes = "TotParamCnt=[u]\nTotDataCnt=[u]\nMaxParmCnt=[u]\nMaxDataCnt=[u]\nMaxSCnt=[u]\nTransFlags=[w]\n"+
			"Res1=[w]\nRes2=[w]\nRes3=[w]\nParamCnt=[u]\nParamOff=[u]\nDataCnt=[u]\nDataOff=[u]\nSUCnt=[u]\n", "|Name=[S]\n"
	}
	if !has(m.b, k.words()+2*last, 2) {
		p.truncMark()
		return
	}
	parts := smbPartsOf(m, k, 3, 4, 6, 7)
	if m.request {
		parts = smbPartsOf(m, k, 9, 10, 11, 12)
	}
	p.smbFields(m, k.words(), words, min(k.wordsEnd(), k.end))
	if p.smbByteCount(m, k) == 0 {
		return
	}
	p.smbFields(m, k.bytes(), bytes, k.end-parts.paramLen-parts.dataLen)
	const browser, lanman = "\\MAILSLOT\\BROWSE\x00", "\\PIPE\\LANMAN\x00"
	switch {
	case !has(m.b, k.bytes(), len(browser)):
		p.truncMark()
	case string(m.b[k.bytes():k.bytes()+len(browser)]) == browser:
		p.smbBrowser(m, parts)
	case string(m.b[k.bytes():k.bytes()+len(lanman)]) == lanman:
		p.smbLanman(m, parts)
	default:
		if parts.paramLen > 0 {
			p.smbFields(m, parts.param, "|Param ", min(parts.param+parts.paramLen, k.end))
		}
		if parts.dataLen > 0 {
			p.smbFields(m, parts.data, "|Data ", min(parts.data+parts.dataLen, k.end))
		}
	}
}

// smbBrowserFrames are the frames of the browser protocol by their code (MS-BRWS
// section 2.2).
var smbBrowserFrames = []string{
	0x1: "BROWSE PACKET:\nType=[B] (HostAnnouncement)\nUpdateCount=[w]\nRes1=[B]\nAnnounceInterval=[u]\nName=[n2]\n" +
		"MajorVersion=[B]\nMinorVersion=[B]\nServerType=[W]\nElectionVersion=[w]\nBrowserConstant=[w]\n",
	0x2: "BROWSE PACKET:\nType=[B] (AnnouncementRequest)\nFlags=[B]\nReplySystemName=[S]\n",
	0x8: "BROWSE PACKET:\nType=[B] (ElectionFrame)\nElectionVersion=[B]\nOSSummary=[W]\nUptime=[(W, W)]\nServerName=[S]\n",
	0x9: "BROWSE PACKET:\nType=[B] (GetBackupList)\nListCount?=[B]\nToken=[W]\n",
	0xa: "BROWSE PACKET:\nType=[B] (BackupListResponse)\nServerCount?=[B]\nToken=[W]\n*Name=[S]\n",
	0xb: "BROWSE PACKET:\nType=[B] (BecomeBackupBrowser)\nName=[S]\n",
	0xc: "BROWSE PACKET:\nType=[B] (WorkgroupAnnouncement)\nUpdateCount=[w]\nRes1=[B]\nAnnounceInterval=[u]\nName=[n2]\n" +
		"MajorVersion=[B]\nMinorVersion=[B]\nServerType=[W]\nCommentPointer=[W]\nServerName=[S]\n",
	0xd: "BROWSE PACKET:\nType=[B] (MasterAnnouncement)\nMasterName=[S]\n",
	0xe: "BROWSE PACKET:\nType=[B] (ResetBrowser)\nOptions=[B]\n",
	0xf: "BROWSE PACKET:\nType=[B] (LocalMasterAnnouncement)\nUpdateCount=[w]\nRes1=[B]\nAnnounceInterval=[u]\nName=[n2]\n" +
		"MajorVersion=[B]\nMinorVersion=[B]\nServerType=[W]\nElectionVersion=[w]\nBrowserConstant=[w]\n",
}

func (p *Printer) smbBrowser(m *smbMessage, parts smbParts) {
	frame := strName(smbBrowserFrames, u8(m.b, parts.data))
	if frame == "" {
		frame = "Unknown Browser Frame "
	}
	p.smbFields(m, parts.param, "BROWSE PACKET\n|Param ", parts.param+parts.paramLen)
	p.smbFields(m, parts.data, frame, parts.data+parts.dataLen)
}

// smbLanman prints a call of the Remote Administration Protocol.
func (p *Printer) smbLanman(m *smbMessage, parts smbParts) {
	if parts.paramLen > 0 {
		p.smbFields(m, parts.param, "Command=[w]\nStr1=[S]\nStr2=[S]\n", parts.param+parts.paramLen)
	}
	if parts.dataLen > 0 {
		p.smbFields(m, parts.data, "IPC ", parts.data+parts.dataLen)
	}
}

const (
	smbTrans2FindFirst = 1
	smbTrans2QueryFS   = 3
)

// smbTrans2 is a function of the TRANS2 command.
type smbTrans2 struct{ name, requestParam, replyParam string }

var smbTrans2s = [...]smbTrans2{
	{"TRANSACT2_OPEN", "Flags2=[w]\nMode=[w]\nSearchAttrib=[A]\nAttrib=[A]\nTime=[T2]\nOFun=[w]\nSize=[U]\n" +
		"Res=([w, w, w, w, w])\nPath=[S]",
		"Handle=[u]\nAttrib=[A]\nTime=[T2]\nSize=[U]\nAccess=[w]\nType=[w]\nState=[w]\nAction=[w]\nInode=[W]\nOffErr=[u]\n" +
			"|EALength=[u]\n"},
	{name: "TRANSACT2_FINDFIRST"},
	{name: "TRANSACT2_FINDNEXT"},
	{name: "TRANSACT2_QFSINFO"},
	{name: "TRANSACT2_SETFSINFO"},
	{name: "TRANSACT2_QPATHINFO"},
	{name: "TRANSACT2_SETPATHINFO"},
	{name: "TRANSACT2_QFILEINFO"},
	{name: "TRANSACT2_SETFILEINFO"},
	{name: "TRANSACT2_FSCTL"},
	{name: "TRANSACT2_IOCTL"},
	{name: "TRANSACT2_FINDNOTIFYFIRST"},
	{name: "TRANSACT2_FINDNOTIFYNEXT"},
	{name: "TRANSACT2_MKDIR"},
}

// smbTransaction2 prints a TRANS2 command. A request sets which function later
// replies are of.
func (p *Printer) smbTransaction2(m *smbMessage, k smbBlock) {
	var parts smbParts
	state := &p.conv.smb
	if m.request {
		if !has(m.b, k.words()+2*14, 2) {
			p.truncMark()
			return
		}
		parts = smbPartsOf(m, k, 9, 10, 11, 12)
		if state.trans2 = le16(m.b, k.words()+2*14); int(state.trans2) >= len(smbTrans2s) {
			state.trans2 = 0
		}
	} else {
		if k.count == 0 {
			p.str(smbTrans2s[state.trans2].name)
			p.str("\nTrans2Interim\n")
			return
		}
		if !has(m.b, k.words()+2*7, 2) {
			p.truncMark()
			return
		}
		parts = smbPartsOf(m, k, 3, 4, 6, 7)
	}
	f := &smbTrans2s[state.trans2]
	p.printf("%s param_length=%d data_length=%d\n", f.name, parts.paramLen, parts.dataLen)
	param := f.replyParam
	switch {
	case m.request && k.count == 8:
		p.smbFields(m, k.words(), "Trans2Secondary\nTotParam=[u]\nTotData=[u]\nParamCnt=[u]\nParamOff=[u]\nParamDisp=[u]\n"+
			"DataCnt=[u]\nDataOff=[u]\nDataDisp=[u]\nHandle=[u]\n", k.end)
		return
	case m.request:
		param = f.requestParam
		p.smbFields(m, k.words(), "TotParam=[u]\nTotData=[u]\nMaxParam=[u]\nMaxData=[u]\nMaxSetup=[b][P1]\nFlags=[w]\n"+
			"TimeOut=[D]\nRes1=[w]\nParamCnt=[u]\nParamOff=[u]\nDataCnt=[u]\nDataOff=[u]\nSetupCnt=[b][P1]\n", k.words()+2*14)
	default:
		p.smbFields(m, k.words(), "TotParam=[u]\nTotData=[u]\nRes1=[w]\nParamCnt=[u]\nParamOff=[u]\nParamDisp[u]\n"+
			"DataCnt=[u]\nDataOff=[u]\nDataDisp=[u]\nSetupCnt=[b][P1]\n", k.words()+2*10)
	}
	p.smbByteCount(m, k)
	p.smbTrans2Parts(m, parts, param)
}

// smbTrans2Parts prints parameters and data of a TRANS2 command.
func (p *Printer) smbTrans2Parts(m *smbMessage, parts smbParts, param string) {
	paramEnd, dataEnd := parts.param+parts.paramLen, parts.data+parts.dataLen
	switch p.conv.smb.trans2 {
	case smbTrans2FindFirst:
		if m.request {
			p.smbFields(m, parts.param, "Attribute=[A]\nSearchCount=[u]\nFlags=[w]\nLevel=[uP4]\nFile=[S]\n", paramEnd)
		} else {
			p.smbFields(m, parts.param, "Handle=[w]\nCount=[u]\nEOS=[w]\nEoffset=[u]\nLastNameOfs=[w]\n", paramEnd)
		}
	case smbTrans2QueryFS:
		if m.request {
			p.conv.smb.infoLevel = le16(m.b, parts.param)
			p.smbFields(m, parts.param, "InfoLevel=[u]\n", paramEnd)
		} else {
			p.smbFields(m, parts.data, smbFSInfo(p.conv.smb.infoLevel), dataEnd)
		}
	default:
		if param == "" {
			param = "Parameters=\n"
		}
		p.smbFields(m, parts.param, param, paramEnd)
		p.smbFields(m, parts.data, "Data=\n", dataEnd)
		return
	}
	if parts.dataLen > 0 {
		p.str("data:\n")
		p.smbDump(m, parts.data, parts.dataLen)
	}
}

// smbFSInfo describes the facts about a file system at an information level
// (MS-CIFS section 2.2.2.3.2).
func smbFSInfo(level uint16) string {
	switch level {
	case 1:
		return "idFileSystem=[W]\nSectorUnit=[U]\nUnit=[U]\nAvail=[U]\nSectorSize=[u]\n"
	case 2:
		return "CreationTime=[T2]VolNameLength=[lb]\nVolumeLabel=[c]\n"
	case 0x105:
		return "Capabilities=[W]\nMaxFileLen=[U]\nVolNameLen=[lU]\nVolume=[C]\n"
	}
	return "UnknownLevel\n"
}
