package sandbox

import "syscall"

// endWithParent has a process end when the thread ends that starts it.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
