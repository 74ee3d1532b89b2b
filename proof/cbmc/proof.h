/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/* The functions that the proofs use. For CBMC, nondet_*() returns every value of its type. */
#ifndef DAXPLUG_PROOF_H
#define DAXPLUG_PROOF_H

#define assert(cond) __CPROVER_assert(cond, #cond)

_Bool nondet_bool(void);
char nondet_char(void);
unsigned char nondet_uchar(void);
int nondet_int(void);
unsigned int nondet_uint(void);
unsigned long nondet_ulong(void);
unsigned long long nondet_ullong(void);

#endif
