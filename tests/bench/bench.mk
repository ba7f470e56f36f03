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

# What is called, and the small program that others start.
$(B)/tests/bench/bench.so: tests/bench/exec/module.c $(B)/flags | setup
	$(say) MODULE $@
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -Iuserspace/lib -shared $< -o $@

$(B)/tests/bench/small: tests/bench/exec/small.c $(B)/flags | setup
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) $(HARDENED) $< -o $@

$(call objects,tests/bench/programs.c): $(SKELETONS)
$(call objects,tests/bench/bare.c): | $(B)/filters.gen.h

.PHONY: bench-tree
bench-tree: all $(B)/tests/hijacked.so $(B)/tests/bench/bench $(B)/tests/bench/bench.so $(B)/tests/bench/small | kernels
	$(call install_tree,$(BENCH_TREE))
	$(Q)install -D -m 755 $(B)/tests/bench/bench $(BENCH_TREE)$(BENCH_PROGRAM)
	$(Q)install -s -m 755 $(B)/tests/bench/small $(BENCH_TREE)$(dir $(BENCH_PROGRAM))
	$(Q)install -D -t $(BENCH_TREE)/usr/bin /usr/bin/bwrap
	$(Q)install -m 755 $(B)/tests/bench/bench.so $(BENCH_TREE)$(MODULEDIR)/
	$(Q)cp -r tests/bench/contexts/bench tests/bench/contexts/bench-idle tests/bench/contexts/bench-many $(BENCH_TREE)$(CONTEXTDIR)/

bench: bench-tree ## measure in guests that count instructions: KERNEL=6.12 PARTS='open hooks ...'
	@tests/bench/run --tree $(BENCH_TREE) --program $(BENCH_PROGRAM) --out $(B)/bench --kernel $(KERNEL) $(PARTS)
