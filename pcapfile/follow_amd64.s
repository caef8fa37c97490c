#include "textflag.h"

// The offsets of the fields of trails, and the size of an element of found.
#define END 128
#define COUNT 256
#define FOUND 384
#define LIST 16384

// func followTrails(t *trails, b []byte, word, more, header int)
//
// As followPlainly, but it asks for what it will want to know of the next record, and
// for the beginning of the packet, as soon as it knows where they are.
TEXT ·followTrails(SB), NOSPLIT, $0-56
	MOVQ t+0(FP), DI
	MOVQ b_base+8(FP), BX
	MOVQ b_len+16(FP), CX
	MOVQ word+32(FP), SI
	MOVQ more+40(FP), DX
	MOVQ header+48(FP), R8
	ADDQ BX, SI // where the word of a record at 0 is

round:
	XORL AX, AX  // whether there is another
	XORL R9, R9  // number of the trail
	LEAQ FOUND(DI), R14

trail:
	MOVQ (DI)(R9*8), R10
	CMPQ R10, END(DI)(R9*8)
	JGE  next
	MOVL (SI)(R10*1), R11
	ADDQ DX, R11
	CMPQ R11, R8
	JB   ends
	LEAQ (R10)(R11*1), R12
	CMPQ R12, CX
	JA   ends
	PREFETCHT0 (SI)(R12*1)
	PREFETCHT0 48(BX)(R10*1)
	MOVQ COUNT(DI)(R9*8), R13
	MOVL R10, (R14)(R13*4)
	INCQ R13
	MOVQ R13, COUNT(DI)(R9*8)
	MOVQ R12, (DI)(R9*8)
	MOVL $1, AX

next:
	ADDQ $LIST, R14
	INCQ R9
	CMPQ R9, $16
	JB   trail
	TESTL AX, AX
	JNE  round
	RET

ends:
	MOVQ $0, END(DI)(R9*8)
	JMP  next
