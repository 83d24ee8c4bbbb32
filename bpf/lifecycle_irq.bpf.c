// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The same life cycle for Linux 6.14 and later (bpf_local_irq_save). A program that is interrupted on its CPU by packets whose
 * sockets change state loses those changes: the kernel does not run it within itself (recursion_misses). With interrupts off
 * for its microsecond that does not happen.
 */
#define HW_INTERRUPTS_OFF
#include "lifecycle.bpf.c"
