#include "textflag.h"

// Go's runtime does not start with less than 724 MiB (measured with Go 1.26).
#define LEAST 0x34000000 // 832 MiB: it may waste most of the first 64 MiB

// With less than that, it does without a reservation of 512 MiB that it makes
// where it can, if the limit is lower when it starts.
#define SHORT 0x80000000 // 2 GiB
#define LOWER 0x40000000 // 1 GiB

#define F_GETFD 1
#define RLIMIT_AS 9
#define SYS_fcntl 25
#define SYS_write 64
#define SYS_exit_group 94
#define SYS_prlimit64 261

DATA message<>+0(SB)/64, $": the limit on address space is too low (ulimit -v, RLIMIT_AS): "
DATA message<>+64(SB)/22, $"832 MiB are the least\n"
GLOBL message<>(SB), RODATA, $86

// The kernel leaves at RSP: the number of arguments, then pointers to them.
TEXT tapdump_start(SB),NOSPLIT|NOFRAME,$0
	// Go's runtime opens /dev/null in the place of a closed standard output.
	MOVD	$1, R0
	MOVD	$F_GETFD, R1
	MOVD	$SYS_fcntl, R8
	SVC
	TBZ	$63, R0, open
	MOVD	$1, R1
	MOVB	R1, ·outputClosed(SB)
open:
	MOVD	$0, R0
	MOVD	$RLIMIT_AS, R1
	MOVD	$0, R2
	SUB	$64, RSP, R3
	MOVD	$SYS_prlimit64, R8
	SVC
	CBNZ	R0, run
	MOVD	RSP, R9
	MOVD	-64(R9), R4 // the limit, below the hard one
	MOVD	$LEAST, R5
	CMP	R5, R4
	BLO	little
	MOVD	$SHORT, R5
	CMP	R5, R4
	BHS	run
	MOVD	$LOWER, R5
	CMP	R5, R4
	BLS	run
	MOVD	R5, -64(R9)
	MOVD	$0, R0
	MOVD	$RLIMIT_AS, R1
	SUB	$64, RSP, R2
	MOVD	$0, R3
	MOVD	$SYS_prlimit64, R8
	SVC
	CBNZ	R0, run
	MOVD	R4, ·lowered(SB)
	B	run
little:
	// The program's name is what follows the last slash.
	MOVD	8(R9), R1
	MOVD	R1, R2
	CBZ	R1, say
next:
	MOVBU	(R2), R4
	CBZ	R4, name
	ADD	$1, R2
	CMP	$47, R4 // '/'
	BNE	next
	MOVD	R2, R1
	B	next
name:
	SUB	R1, R2, R2
	MOVD	$2, R0
	MOVD	$SYS_write, R8
	SVC
say:
	MOVD	$2, R0
	MOVD	$message<>(SB), R1
	MOVD	$86, R2
	MOVD	$SYS_write, R8
	SVC
	MOVD	$1, R0
	MOVD	$SYS_exit_group, R8
	SVC
run:
	B	_rt0_arm64_linux(SB)
