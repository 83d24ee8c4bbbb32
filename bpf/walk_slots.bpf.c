// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The walk over slots: one pass for all network namespaces, where that over sockets (walk.bpf.c) goes through the kernel's whole table
 * for each. It has the sockets' addresses, but neither a reference nor their locks. So a record counts only if it says what was true
 * at one moment, at which nobody held the lock:
 *
 * - The kernel does not reuse a socket's memory for anything but a socket while RCU is read (SLAB_TYPESAFE_BY_RCU), and no two
 *   sockets ever have the same cookie: one that still has its cookie when all is read was itself all the time.
 * - Its counters are read before and after a look at the lock, which was free. They only grow, so those that are equal both
 *   times did not change in between: they are what they were in that moment, and no change was halfway.
 * - The record's place in the ring was taken before. Who closes the socket needs the lock, so takes its place later: no walk
 *   record comes after the close.
 *
 * A socket that is locked each time it is looked at waits for the next try (hw_walk_again), at last for the walk over its namespace
 * (hw_walk_wanted). So does what only the lock makes safe: a first sight, a change of a listener's holders.
 */
#include "emit.h"
#include "listener.h"
#include "netns.h"
#include "slot.h"
#include "walk.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym;
void bpf_rcu_read_lock(void) __ksym;
void bpf_rcu_read_unlock(void) __ksym;

/* Looks at a socket in a row: what holds its lock for a packet is through by then. */
#define HW_LOOKS 6

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4096);
	__type(value, __u32);
} hw_walk_again SEC(".maps");

enum verdict {
	DONE,
	LOCKED,
	WANTED,
	DEFERRED,
	OVERFLOWN,
};

struct pass {
	struct hw_slot_pass told;
	__u64 now;
};

/* No load before it is made after it, nor the other way round. An atomic operation that gives a value orders all others (arm64). */
static __always_inline void order(void)
{
	__u64 word = 0;
	__u64 before = __sync_fetch_and_add(&word, 1);

	asm volatile("" : : "r"(before) : "memory");
}

/* Not loaded where spinlocks are no queued ones (PREEMPT_RT, one CPU): the field is not there. */
static __always_inline bool is_locked(const struct tcp_sock *tp)
{
	const struct sock *sk = (const struct sock *)tp;

	return sk->sk_lock.owned || sk->sk_lock.slock.rlock.raw_lock.val.counter;
}

static __always_inline bool is_own(const struct tcp_sock *tp, const struct hw_slot *slot, __u64 cookie)
{
	return (__u64)((const struct sock *)tp)->__sk_common.skc_cookie.counter == cookie && slot->cookie == cookie &&
	       slot->state == HW_SLOT_LIVE;
}

/*
 * Equal if and only if nothing of it has changed: what is summed never decreases (32-bit sequence numbers wrap, by far more than
 * the others grow meanwhile), and the rest lies above what bytes add within a look.
 */
static __always_inline __u64 version(const struct tcp_sock *tp)
{
	const struct sock *sk = (const struct sock *)tp;
	__u64 sum = tp->bytes_sent + tp->bytes_retrans + tp->bytes_received + tp->bytes_acked;

	sum += (__u64)tp->snd_una + tp->snd_nxt + tp->write_seq + tp->rcv_nxt;
	sum += (__u64)tp->segs_in + tp->segs_out + tp->data_segs_in + tp->data_segs_out + tp->total_retrans;
	if (bpf_core_field_exists(tp->chrono_stat))
		sum += (__u64)tp->chrono_start + tp->chrono_stat[0] + tp->chrono_stat[1] + tp->chrono_stat[2];
	sum += (__u64)sk->__sk_common.skc_state << 52;
	sum += (__u64)hw_chrono(tp) << 58;
	return sum + ((__u64)hw_flag_is_set(sk, bpf_core_enum_value(enum sock_flags, SOCK_DONE)) << 62);
}

/* Whether walks tell of it. One that was closed may be connecting again, with the same cookie. */
static __always_inline bool is_established(__u8 state)
{
	return state != TCP_CLOSE && state != TCP_SYN_SENT && state != TCP_SYN_RECV && state != TCP_TIME_WAIT && state != TCP_LISTEN;
}

/* Whether the ring has a place for a record, in `record`, and nobody holds the lock. What is read of the socket from here on is ordered after. */
static __always_inline enum verdict reserve(struct hw_record **record, const struct tcp_sock *tp, __u8 kind, __u64 *now)
{
	if (is_locked(tp))
		return LOCKED;
	if (!hw_ring_has_room())
		return DEFERRED;
	*record = hw_reserve_uncounted(kind);
	if (!*record)
		return DEFERRED;
	*now = bpf_ktime_get_boot_ns();
	order();
	return DONE;
}

static __always_inline enum verdict look_at_connection(struct hw_slot *slot, const struct tcp_sock *tp, __u64 cookie, __u64 now)
{
	const struct sock *sk = (const struct sock *)tp;
	struct hw_record *record = NULL;
	enum verdict verdict;
	__u64 before;
	__u64 stamp;
	__u8 closed;
	__u8 state = sk->__sk_common.skc_state;

	if (!is_established(state))
		return DONE;
	if (!slot->side || !slot->established_ns)
		return WANTED;
	hw_ask_for_holders(slot);
	stamp = hw_connection_stamp(tp, slot, state, hw_closed_windows(tp, state));
	if (stamp == slot->stamp && !hw_is_due(slot, now))
		return DONE;
	verdict = reserve(&record, tp, HW_KIND_WALK, &now);
	if (!record)
		return verdict;
	before = version(tp);
	state = sk->__sk_common.skc_state;
	closed = hw_closed_windows(tp, state);
	/* Before the look at the lock, as what the close record says of it comes after. */
	hw_note_windows(slot, closed);
	stamp = hw_connection_stamp(tp, slot, state, closed);
	hw_fill_connection(record, tp, slot, cookie, now, state, stamp == slot->stamp ? HW_FLAG_KEEP_ALIVE : 0);
	order();
	if (is_locked(tp))
		goto locked;
	order();
	if (version(tp) != before)
		goto locked;
	if (!is_own(tp, slot, cookie) || !is_established(state))
		goto gone;
	hw_note_told(slot, stamp, now);
	hw_count_record(HW_KIND_WALK);
	hw_submit(record);
	return DONE;
locked:
	bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
	return LOCKED;
gone:
	bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
	return DONE;
}

static __always_inline bool is_same(const struct hw_owner *a, const struct hw_owner *b)
{
	const __u64 *x = (const __u64 *)a;
	const __u64 *y = (const __u64 *)b;
	__u64 differs = 0;

	for (__u32 i = 0; i < sizeof(*a) / sizeof(*x); i++)
		differs |= x[i] ^ y[i];
	return !differs;
}

/* Whether a walk over its namespace would change what is known of the listener's holders (settle_holders). */
static __always_inline bool is_unsettled(struct hw_slot *slot, const struct tcp_sock *tp)
{
	struct hw_control *control = hw_control_get();
	struct hw_noted *noted = hw_noted_get();
	const bool uncertain = slot->flags & HW_FLAG_OWNER_UNCERTAIN;
	struct hw_listener_key key;
	struct hw_listener *listener;
	__u32 tgid = slot->owner.tgid;

	if (!slot->listed)
		return true;
	if (hw_is_mptcp(tp) || !control || !noted)
		return false;
	hw_listener_key_of(&key, (const struct sock *)tp, hw_local_port(tp));
	listener = bpf_map_lookup_elem(&hw_listeners, &key);
	if (!listener)
		return false;
	if (tgid && !bpf_map_lookup_elem(&hw_listening, &tgid))
		return true;
	if (tgid)
		slot->listed = HW_LISTED_PROCESS;
	if (listener->holders == 1) {
		if (listener->mixed != uncertain || (slot->owner.tgid && !is_same(&listener->owner, &slot->owner)))
			return true;
	} else if (uncertain && !listener->mixed) {
		return true;
	}
	if (listener->forked && slot->pass == (__u8)control->pass && slot->pass != listener->forked)
		return true;
	if (listener->mixed || listener->forked)
		noted->unsettled = control->pass;
	return false;
}

static __always_inline enum verdict look_at_listener(struct hw_slot *slot, const struct tcp_sock *tp, __u64 cookie, __u64 now)
{
	const struct sock *sk = (const struct sock *)tp;
	struct hw_record *record = NULL;
	enum verdict verdict;
	__u64 stamp;
	__u8 flags = 0;

	if (is_unsettled(slot, tp))
		return WANTED;
	hw_ask_for_holders(slot);
	stamp = hw_listener_stamp(tp, slot);
	if (stamp == slot->stamp) {
		if (!hw_is_due(slot, now))
			return DONE;
		flags = HW_FLAG_KEEP_ALIVE;
	}
	verdict = reserve(&record, tp, HW_KIND_LISTENER, &now);
	if (!record)
		return verdict;
	/* Its fields change each on its own, without the lock. */
	hw_fill_listener(record, HW_KIND_LISTENER, tp, slot, cookie, now, flags);
	order();
	if (is_locked(tp)) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return LOCKED;
	}
	order();
	if (sk->__sk_common.skc_state != TCP_LISTEN || !is_own(tp, slot, cookie)) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return DONE;
	}
	hw_note_told(slot, stamp, now);
	hw_count_record(HW_KIND_LISTENER);
	hw_submit(record);
	return DONE;
}

static __always_inline enum verdict look_at(struct hw_slot *slot, const struct tcp_sock *tp, __u64 cookie, __u64 now)
{
	if (!is_own(tp, slot, cookie))
		return DONE;
	return ((const struct sock *)tp)->__sk_common.skc_state == TCP_LISTEN ? look_at_listener(slot, tp, cookie, now)
									      : look_at_connection(slot, tp, cookie, now);
}

static __always_inline enum verdict leave_to_namespace(const struct tcp_sock *tp)
{
	return hw_want_walk(hw_netns((const struct sock *)tp)) ? DONE : OVERFLOWN;
}

/* Global, so that the verifier goes through it once and not for each look. @last: one that is locked still is left to its namespace. */
__attribute__((noinline)) int hw_look_at_slot(__u32 index, __u64 now, bool last)
{
	struct hw_slot *slot = bpf_map_lookup_elem(&hw_slots, &index);
	const struct tcp_sock *tp;
	enum verdict verdict;

	if (!slot || slot->state != HW_SLOT_LIVE)
		return DONE;
	bpf_rcu_read_lock();
	tp = bpf_rdonly_cast((const void *)slot->sk, (__u32)bpf_core_type_id_kernel(struct tcp_sock));
	verdict = look_at(slot, tp, slot->cookie, now);
	if (verdict == WANTED || (verdict == LOCKED && last))
		verdict = leave_to_namespace(tp);
	bpf_rcu_read_unlock();
	return verdict;
}

/* False: the ring has no room, and the pass is to wait. */
static __always_inline bool look_at_slot(struct pass *pass, __u32 index)
{
	int verdict = hw_look_at_slot(index, pass->now, false);

	for (int i = 1; i < HW_LOOKS && verdict == LOCKED; i++)
		verdict = hw_look_at_slot(index, pass->now, pass->told.last && i + 1 == HW_LOOKS);
	if (verdict == LOCKED) {
		pass->told.locked++;
		if (bpf_map_push_elem(&hw_walk_again, &index, 0))
			verdict = hw_look_at_slot(index, pass->now, true);
	}
	if (verdict == DEFERRED) {
		if (pass->told.waits)
			return false;
		hw_count_atomic(HW_COUNTER_walk_deferred);
	}
	if (verdict == OVERFLOWN)
		pass->told.overflown = 1;
	pass->told.done++;
	return true;
}

static long look_at_next(__u32 i, struct pass *pass)
{
	return !look_at_slot(pass, pass->told.first + i);
}

static long look_again(__u32 i, struct pass *pass)
{
	__u32 index;

	if (bpf_map_pop_elem(&hw_walk_again, &index))
		return 1;
	return !look_at_slot(pass, index);
}

SEC("syscall")
int hw_walk_slots(struct hw_slot_pass *told)
{
	struct pass pass = { .told = *told, .now = bpf_ktime_get_boot_ns() };

	if (pass.told.again)
		bpf_loop(pass.told.count, look_again, &pass, 0);
	else
		bpf_loop(pass.told.count, look_at_next, &pass, 0);
	told->locked = pass.told.locked;
	told->done = pass.told.done;
	told->overflown = pass.told.overflown;
	return 0;
}
