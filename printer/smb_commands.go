// smb_commands.go: the commands of SMB, with their parameter words and data bytes
// as smbFields describes them (MS-CIFS section 2.2.4).

package printer

// smbBody is how the body of a command is printed.
type smbBody uint8

const (
	smbPlain smbBody = iota // as its descriptions say
	smbNegotiate
	smbSessionSetup
	smbLocking
	smbTransaction
	smbTransaction2
)

// smbCommand is a command. Where a description is missing, words are printed one
// by one and bytes are dumped.
type smbCommand struct {
	name                                               string
	chained                                            bool // another command may follow (AndX)
	body                                               smbBody
	requestWords, requestBytes, replyWords, replyBytes string
}

var smbUnknown = smbCommand{name: "SMBunknown"}

// smbCommandOf is the command with that code.
func smbCommandOf(code uint8) *smbCommand {
	if c := &smbCommands[code]; c.name != "" {
		return c
	}
	return &smbUnknown
}

const (
	smbFindEntries = "BlkType=[B]\nBlkLen=[u]\n*\nRes1=[B]\nMask=[s11]\nSrv1=[B]\nDirIndex=[u]\nSrv2=[w]\nRes2=[W]\nAttrib=[a]\nTime=[T1]Size=[U]\nName=[s13]\n"
	smbFindName    = "Path=[Z]\nBlkType=[B]\nBlkLen=[u]\n|Res1=[B]\nMask=[s11]\nSrv1=[B]\nDirIndex=[u]\nSrv2=[w]\n"
)

var smbCommands = [256]smbCommand{
	0x00: {name: "SMBmkdir", requestBytes: "Path=[Z]\n"},
	0x01: {name: "SMBrmdir", requestBytes: "Path=[Z]\n"},
	0x02: {
		name:         "SMBopen",
		requestWords: "Mode=[w]\nAttribute=[A]\n",
		requestBytes: "Path=[Z]\n",
		replyWords:   "Handle=[u]\nOAttrib=[A]\nTime=[T2]Size=[U]\nAccess=[w]\n",
	},
	0x03: {
		name:         "SMBcreate",
		requestWords: "Attrib=[A]\nTime=[T2]",
		requestBytes: "Path=[Z]\n",
		replyWords:   "Handle=[u]\n",
	},
	0x04: {name: "SMBclose", requestWords: "Handle=[u]\nTime=[T2]"},
	0x05: {name: "SMBflush", requestWords: "Handle=[u]\n"},
	0x06: {name: "SMBunlink", requestWords: "Attrib=[A]\n", requestBytes: "Path=[Z]\n"},
	0x07: {name: "SMBmv", requestWords: "Attrib=[A]\n", requestBytes: "OldPath=[Z]\nNewPath=[Z]\n"},
	0x08: {
		name:         "SMBgetatr",
		requestBytes: "Path=[Z]\n",
		replyWords:   "Attribute=[A]\nTime=[T2]Size=[U]\nRes=([w,w,w,w,w])\n",
	},
	0x09: {
		name:         "SMBsetatr",
		requestWords: "Attribute=[A]\nTime=[T2]Res=([w,w,w,w,w])\n",
		requestBytes: "Path=[Z]\n",
	},
	0x0a: {
		name:         "SMBread",
		requestWords: "Handle=[u]\nByteCount=[u]\nOffset=[D]\nCountLeft=[u]\n",
		replyWords:   "Count=[u]\nRes=([w,w,w,w])\n",
	},
	0x0b: {
		name:         "SMBwrite",
		requestWords: "Handle=[u]\nByteCount=[u]\nOffset=[D]\nCountLeft=[u]\n",
		replyWords:   "Count=[u]\n",
	},
	0x0c: {name: "SMBlock", requestWords: "Handle=[u]\nCount=[U]\nOffset=[D]\n"},
	0x0d: {name: "SMBunlock", requestWords: "Handle=[u]\nCount=[U]\nOffset=[D]\n"},
	0x0e: {name: "SMBctemp"},
	0x0f: {
		name:         "SMBmknew",
		requestWords: "Attrib=[A]\nTime=[T2]",
		requestBytes: "Path=[Z]\n",
		replyWords:   "Handle=[u]\n",
	},
	0x10: {name: "SMBchkpth", requestBytes: "Path=[Z]\n"},
	0x11: {name: "SMBexit"},
	0x12: {
		name:         "SMBlseek",
		requestWords: "Handle=[u]\nMode=[w]\nOffset=[D]\n",
		requestBytes: "Offset=[D]\n",
	},
	0x13: {
		name:         "SMBlockread",
		requestWords: "Handle=[u]\nByteCount=[u]\nOffset=[D]\nCountLeft=[u]\n",
		replyWords:   "Count=[u]\nRes=([w,w,w,w])\n",
	},
	0x14: {
		name:         "SMBwriteunlock",
		requestWords: "Handle=[u]\nByteCount=[u]\nOffset=[D]\nCountLeft=[u]\n",
		replyWords:   "Count=[u]\n",
	},
	0x1a: {
		name:         "SMBreadbraw",
		requestWords: "Handle=[u]\nOffset=[D]\nMaxCount=[u]\nMinCount=[u]\nTimeOut=[D]\nRes=[u]\n",
	},
	0x1b: {
		name:         "SMBreadBmpx",
		requestWords: "Handle=[u]\nOffset=[D]\nMaxCount=[u]\nMinCount=[u]\nTimeOut=[D]\nRes=[w]\n",
		replyWords:   "Offset=[D]\nTotCount=[u]\nRemaining=[u]\nRes=([w,w])\nDataSize=[u]\nDataOff=[u]\n",
	},
	0x1c: {name: "SMBreadBs"},
	0x1d: {
		name:         "SMBwritebraw",
		requestWords: "Handle=[u]\nTotalCount=[u]\nRes=[w]\nOffset=[D]\nTimeOut=[D]\nWMode=[w]\nRes2=[W]\n|DataSize=[u]\nDataOff=[u]\n",
		replyWords:   "WriteRawAck",
	},
	0x1e: {
		name:         "SMBwriteBmpx",
		requestWords: "Handle=[u]\nTotCount=[u]\nRes=[w]\nOffset=[D]\nTimeOut=[D]\nWMode=[w]\nRes2=[W]\nDataSize=[u]\nDataOff=[u]\n",
		replyWords:   "Remaining=[u]\n",
	},
	0x1f: {
		name:         "SMBwriteBs",
		requestWords: "Handle=[u]\nTotCount=[u]\nOffset=[D]\nRes=[W]\nDataSize=[u]\nDataOff=[u]\n",
		replyWords:   "Count=[u]\n",
	},
	0x20: {name: "SMBwritec", replyWords: "Count=[u]\n"},
	0x22: {
		name:         "SMBsetattrE",
		requestWords: "Handle=[u]\nCreationTime=[T2]AccessTime=[T2]ModifyTime=[T2]",
	},
	0x23: {
		name:         "SMBgetattrE",
		requestWords: "Handle=[u]\n",
		replyWords:   "CreationTime=[T2]AccessTime=[T2]ModifyTime=[T2]Size=[U]\nAllocSize=[U]\nAttribute=[A]\n",
	},
	0x24: {name: "SMBlockingX", chained: true, body: smbLocking},
	0x25: {name: "SMBtrans", body: smbTransaction},
	0x26: {name: "SMBtranss"},
	0x27: {name: "SMBioctl"},
	0x28: {name: "SMBioctls"},
	0x29: {
		name:         "SMBcopy",
		requestWords: "TreeID2=[u]\nOFun=[w]\nFlags=[w]\n",
		requestBytes: "Path=[S]\nNewPath=[S]\n",
		replyWords:   "CopyCount=[u]\n",
		replyBytes:   "|ErrStr=[S]\n",
	},
	0x2a: {
		name:         "SMBmove",
		requestWords: "TreeID2=[u]\nOFun=[w]\nFlags=[w]\n",
		requestBytes: "Path=[S]\nNewPath=[S]\n",
		replyWords:   "MoveCount=[u]\n",
		replyBytes:   "|ErrStr=[S]\n",
	},
	0x2b: {name: "SMBecho", requestWords: "ReverbCount=[u]\n", replyWords: "SequenceNum=[u]\n"},
	0x2c: {
		name:         "SMBwriteclose",
		requestWords: "Handle=[u]\nCount=[u]\nOffset=[D]\nTime=[T2]Res=([w,w,w,w,w,w])",
		replyWords:   "Count=[u]\n",
	},
	0x2d: {
		name:         "SMBopenX",
		chained:      true,
		requestWords: "Com2=[w]\nOff2=[u]\nFlags=[w]\nMode=[w]\nSearchAttrib=[A]\nAttrib=[A]\nTime=[T2]OFun=[w]\nSize=[U]\nTimeOut=[D]\nRes=[W]\n",
		requestBytes: "Path=[S]\n",
		replyWords:   "Com2=[w]\nOff2=[u]\nHandle=[u]\nAttrib=[A]\nTime=[T2]Size=[U]\nAccess=[w]\nType=[w]\nState=[w]\nAction=[w]\nFileID=[W]\nRes=[w]\n",
	},
	0x2e: {
		name:         "SMBreadX",
		chained:      true,
		requestWords: "Com2=[w]\nOff2=[u]\nHandle=[u]\nOffset=[D]\nMaxCount=[u]\nMinCount=[u]\nTimeOut=[D]\nCountLeft=[u]\n",
		replyWords:   "Com2=[w]\nOff2=[u]\nRemaining=[u]\nRes=[W]\nDataSize=[u]\nDataOff=[u]\nRes=([w,w,w,w])\n",
	},
	0x2f: {
		name:         "SMBwriteX",
		chained:      true,
		requestWords: "Com2=[w]\nOff2=[u]\nHandle=[u]\nOffset=[D]\nTimeOut=[D]\nWMode=[w]\nCountLeft=[u]\nRes=[w]\nDataSize=[u]\nDataOff=[u]\n",
		replyWords:   "Com2=[w]\nOff2=[u]\nCount=[u]\nRemaining=[u]\nRes=[W]\n",
	},
	0x32: {name: "SMBtrans2", body: smbTransaction2},
	0x33: {name: "SMBtranss2"},
	0x34: {name: "SMBfindclose", requestWords: "Handle=[u]\n"},
	0x35: {name: "SMBfindnclose", requestWords: "Handle=[u]\n"},
	0x70: {
		name:         "SMBtcon",
		requestBytes: "Path=[Z]\nPassword=[Z]\nDevice=[Z]\n",
		replyWords:   "MaxXmit=[u]\nTreeId=[u]\n",
	},
	0x71: {name: "SMBtdis"},
	0x72: {name: "SMBnegprot", body: smbNegotiate},
	0x73: {name: "SMBsesssetupX", chained: true, body: smbSessionSetup},
	0x74: {name: "SMBulogoffX", chained: true},
	0x75: {
		name:         "SMBtconX",
		chained:      true,
		requestWords: "Com2=[w]\nOff2=[u]\nFlags=[w]\nPassLen=[u]\nPasswd&Path&Device=\n",
		replyWords:   "Com2=[w]\nOff2=[u]\n",
		replyBytes:   "ServiceType=[R]\n",
	},
	0x80: {
		name:       "SMBdskattr",
		replyWords: "TotalUnits=[u]\nBlocksPerUnit=[u]\nBlockSize=[u]\nFreeUnits=[u]\nMedia=[w]\n",
	},
	0x81: {
		name:         "SMBsearch",
		requestWords: "Count=[u]\nAttrib=[A]\n",
		requestBytes: "Path=[Z]\nBlkType=[B]\nBlkLen=[u]\n|Res1=[B]\nMask=[s11]\nSrv1=[B]\nDirIndex=[u]\nSrv2=[w]\nRes2=[W]\n",
		replyWords:   "Count=[u]\n",
		replyBytes:   smbFindEntries,
	},
	0x82: {
		name:         "SMBffirst",
		requestWords: "Count=[u]\nAttrib=[A]\n",
		requestBytes: smbFindName,
		replyWords:   "Count=[u]\n",
		replyBytes:   smbFindEntries,
	},
	0x83: {
		name:         "SMBfunique",
		requestWords: "Count=[u]\nAttrib=[A]\n",
		requestBytes: smbFindName,
		replyWords:   "Count=[u]\n",
		replyBytes:   smbFindEntries,
	},
	0x84: {
		name:         "SMBfclose",
		requestWords: "Count=[u]\nAttrib=[A]\n",
		requestBytes: smbFindName,
		replyWords:   "Count=[u]\n",
		replyBytes:   smbFindEntries,
	},
	0xa0: {name: "SMBnttrans"},
	0xa1: {name: "SMBnttranss"},
	0xa2: {
		name:         "SMBntcreateX",
		chained:      true,
		requestWords: "Com2=[w]\nOff2=[u]\nRes=[b]\nNameLen=[lu]\nFlags=[W]\nRootDirectoryFid=[U]\nAccessMask=[W]\nAllocationSize=[L]\nExtFileAttributes=[W]\nShareAccess=[W]\nCreateDisposition=[W]\nCreateOptions=[W]\nImpersonationLevel=[W]\nSecurityFlags=[b]\n",
		requestBytes: "Path=[C]\n",
		replyWords:   "Com2=[w]\nOff2=[u]\nOplockLevel=[b]\nFid=[u]\nCreateAction=[W]\nCreateTime=[T3]LastAccessTime=[T3]LastWriteTime=[T3]ChangeTime=[T3]ExtFileAttributes=[W]\nAllocationSize=[L]\nEndOfFile=[L]\nFileType=[w]\nDeviceState=[w]\nDirectory=[b]\n",
	},
	0xa4: {name: "SMBntcancel"},
	0xc0: {
		name:         "SMBsplopen",
		requestWords: "SetupLen=[u]\nMode=[w]\n",
		requestBytes: "Ident=[Z]\n",
		replyWords:   "Handle=[u]\n",
	},
	0xc1: {name: "SMBsplwr", requestWords: "Handle=[u]\n"},
	0xc2: {name: "SMBsplclose", requestWords: "Handle=[u]\n"},
	0xc3: {
		name:         "SMBsplretq",
		requestWords: "MaxCount=[u]\nStartIndex=[u]\n",
		replyWords:   "Count=[u]\nIndex=[u]\n",
		replyBytes:   "*Time=[T2]Status=[B]\nJobID=[u]\nSize=[U]\nRes=[B]Name=[s16]\n",
	},
	0xd0: {name: "SMBsends", requestBytes: "Source=[Z]\nDest=[Z]\n"},
	0xd1: {name: "SMBsendb", requestBytes: "Source=[Z]\nDest=[Z]\n"},
	0xd2: {name: "SMBfwdname"},
	0xd3: {name: "SMBcancelf"},
	0xd4: {name: "SMBgetmac"},
	0xd5: {name: "SMBsendstrt", requestBytes: "Source=[Z]\nDest=[Z]\n", replyWords: "GroupID=[u]\n"},
	0xd6: {name: "SMBsendend", requestWords: "GroupID=[u]\n"},
	0xd7: {name: "SMBsendtxt", requestWords: "GroupID=[u]\n"},
}
