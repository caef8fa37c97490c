package sandbox

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_X86_64

var archCalls = []uint32{unix.SYS_POLL, unix.SYS_NEWFSTATAT, unix.SYS_ARCH_PRCTL}
