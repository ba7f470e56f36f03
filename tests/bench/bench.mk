# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# `make bench`: instruction counts in guests, held against the goals; not part of `make test`. Included by
# tests/guest.mk.

BENCH_TREE    := $(B)/bench-tree
BENCH_PROGRAM := $(PREFIX)/lib/postern-bench/bench
PARTS         ?=

# Messages and their rules by hand are those of the tests.
BENCH_HELP    := $(call objects,tests/kernel/message.c tests/kernel/netlink_rules.c)

$(B)/tests/bench/bench: $(call objects,$(wildcard tests/bench/*.c)) $(BENCH_HELP) $(SUPERVISOR_OBJ) $(POLICY_OBJ) $(MANIFEST_OBJ) \
		$(LIB_OBJ) $(BASE_OBJ)
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS_SUPERVISOR) -pthread -o $@

$(call objects,tests/bench/programs.c): $(SKELETONS)

.PHONY: bench-tree
bench-tree: all $(B)/tests/hijacked.so $(B)/tests/bench/bench | kernels
	$(call install_tree,$(BENCH_TREE))
	$(Q)install -D -m 755 $(B)/tests/bench/bench $(BENCH_TREE)$(BENCH_PROGRAM)

bench: bench-tree ## measure in guests that count instructions: KERNEL=6.12 PARTS='open hooks ...'
	@tests/bench/run --tree $(BENCH_TREE) --program $(BENCH_PROGRAM) --out $(B)/bench --kernel $(KERNEL) $(PARTS)
