//go:build !purego

#include "textflag.h"

// DRAW draws the next number of random.Draws: R11 is its counter, R12 and R13 its constants.
#define DRAW \
	ADDQ R12, R11; \
	MOVQ R11, AX;  \
	MOVQ R11, DX;  \
	XORQ R13, DX;  \
	MULQ DX;       \
	XORQ DX, AX

// WORD copies the word whose number times 32 is in R8, and moves on by its length.
#define WORD \
	MOVUPS (SI)(R8*1), X0;   \
	MOVUPS X0, (DI);         \
	ADDQ   16(SI)(R8*1), DI

// CHOSEN copies the word that eight bits of the number choose, those from bit shift+5 on.
#define CHOSEN(shift) \
	MOVQ AX, R8;     \
	SHRQ $shift, R8; \
	ANDL $0x1fe0, R8; \
	WORD

// func copyWords(dst []byte, table *[256]wordSlot, d *random.Draws, n int) int
TEXT ·copyWords(SB), NOSPLIT, $0-56
	MOVQ dst_base+0(FP), DI
	MOVQ table+24(FP), SI
	MOVQ d+32(FP), R10
	MOVQ n+40(FP), CX
	MOVQ (R10), R11
	MOVQ $0xa0761d6478bd642f, R12
	MOVQ $0xe7037ed1a0b428db, R13
	SUBQ $8, CX
	JLT  last

eight:
	DRAW
	MOVBLZX AX, R8
	SHLQ    $5, R8
	WORD
	CHOSEN(3)
	CHOSEN(11)
	CHOSEN(19)
	CHOSEN(27)
	CHOSEN(35)
	CHOSEN(43)
	CHOSEN(51)
	SUBQ $8, CX
	JGE  eight

last:
	ADDQ $8, CX
	JEQ  done
	DRAW

one:
	MOVBLZX AX, R8
	SHLQ    $5, R8
	WORD
	SHRQ    $8, AX
	DECQ    CX
	JNE     one

done:
	MOVQ R11, (R10)
	SUBQ dst_base+0(FP), DI
	MOVQ DI, ret+48(FP)
	RET
