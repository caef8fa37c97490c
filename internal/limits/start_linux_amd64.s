#include "textflag.h"

// Go's runtime does not start with less than 724 MiB (measured with Go 1.26).
#define LEAST 0x34000000 // 832 MiB: it may waste most of the first 64 MiB

// With less than that, it does without a reservation of 512 MiB that it makes
// where it can, if the limit is lower when it starts.
#define SHORT 0x80000000 // 2 GiB
#define LOWER 0x40000000 // 1 GiB

#define F_GETFD 1
#define RLIMIT_AS 9
#define SYS_write 1
#define SYS_fcntl 72
#define SYS_exit_group 231
#define SYS_prlimit64 302

DATA message<>+0(SB)/64, $": the limit on address space is too low (ulimit -v, RLIMIT_AS): "
DATA message<>+64(SB)/22, $"832 MiB are the least\n"
GLOBL message<>(SB), RODATA, $86

// The kernel leaves at SP: the number of arguments, then pointers to them.
TEXT tapdump_start(SB),NOSPLIT|NOFRAME,$0
	// Go's runtime opens /dev/null in the place of a closed standard output.
	MOVQ	$1, DI
	MOVQ	$F_GETFD, SI
	MOVQ	$SYS_fcntl, AX
	SYSCALL
	TESTQ	AX, AX
	JGE	open
	MOVB	$1, ·outputClosed(SB)
open:
	MOVQ	$0, DI
	MOVQ	$RLIMIT_AS, SI
	MOVQ	$0, DX
	LEAQ	-64(SP), R10
	MOVQ	$SYS_prlimit64, AX
	SYSCALL
	TESTQ	AX, AX
	JNE	run
	MOVQ	-64(SP), BX // the limit, below the hard one
	MOVQ	$LEAST, CX
	CMPQ	BX, CX
	JCS	little
	MOVQ	$SHORT, CX
	CMPQ	BX, CX
	JCC	run
	MOVQ	$LOWER, CX
	CMPQ	BX, CX
	JLS	run
	MOVQ	CX, -64(SP)
	MOVQ	$0, DI
	MOVQ	$RLIMIT_AS, SI
	LEAQ	-64(SP), DX
	MOVQ	$0, R10
	MOVQ	$SYS_prlimit64, AX
	SYSCALL
	TESTQ	AX, AX
	JNE	run
	MOVQ	BX, ·lowered(SB)
	JMP	run
little:
	// The program's name is what follows the last slash.
	MOVQ	8(SP), SI
	MOVQ	SI, DX
	TESTQ	SI, SI
	JEQ	say
next:
	MOVBLZX	(DX), AX
	TESTL	AX, AX
	JEQ	name
	INCQ	DX
	CMPL	AX, $'/'
	JNE	next
	MOVQ	DX, SI
	JMP	next
name:
	SUBQ	SI, DX
	MOVQ	$2, DI
	MOVQ	$SYS_write, AX
	SYSCALL
say:
	MOVQ	$2, DI
	LEAQ	message<>(SB), SI
	MOVQ	$86, DX
	MOVQ	$SYS_write, AX
	SYSCALL
	MOVQ	$1, DI
	MOVQ	$SYS_exit_group, AX
	SYSCALL
	INT	$3
run:
	JMP	_rt0_amd64_linux(SB)
