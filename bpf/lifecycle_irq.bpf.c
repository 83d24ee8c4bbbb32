// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The same life cycle for Linux 6.14 and later (bpf_local_irq_save). A program that is interrupted on its CPU by packets whose
 * sockets change state loses those changes: the kernel does not run it within itself. With interrupts off nothing comes between
 * what belongs together; but those that were held off come as they are let in again, which is still within the program. What ends in
 * one of these is missed, and told of a moment later (missed.bpf.c).
 */
#define HW_INTERRUPTS_OFF
#include "lifecycle.bpf.c"
