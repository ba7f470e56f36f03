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
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(LTO_LINK) $^ $(LIBS_SUPERVISOR) -pthread -o $@

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

# What calls are held against: Python with oslo.privsep, and sudo by which alice may run the small program. What modules
# read when they are imported comes along.
BENCH_PEERS := $(if $(PARTS),$(filter peers,$(PARTS)),peers)
PEER_FILES  := /usr/libexec/sudo/libsudo_util.so.0 /usr/libexec/sudo/sudoers.so /lib/x86_64-linux-gnu/security/pam_permit.so \
	       /usr/lib/x86_64-linux-gnu/ossl-modules/legacy.so /etc/protocols \
	       $(addprefix /usr/share/zoneinfo/,tzdata.zi zone.tab zone1970.tab iso3166.tab UTC)

define stage_peers
	$(Q)setup/install-packages tests/bench/packages
	$(Q)PYTHONPATH=userspace/python SETUPTOOLS_USE_DISTUTILS=stdlib tests/stage-python $(BENCH_TREE) postern encodings.latin_1 gc statistics socket concurrent.futures.thread distutils.version \
		oslo_privsep.priv_context oslo_privsep.daemon
	$(Q)install -m 644 tests/bench/exec/peer.py tests/bench/exec/peer_privsep.py $(BENCH_TREE)$(dir $(BENCH_PROGRAM))
	$(Q)install -D -m 755 /usr/bin/python3 $(BENCH_TREE)/usr/bin/python3
	$(Q)install -D -m 4755 /usr/bin/sudo $(BENCH_TREE)/usr/bin/sudo
	$(Q)for f in $(PEER_FILES); do install -D -m 755 $$f $(BENCH_TREE)$$f || exit 1; done
	$(Q)install -D -m 440 tests/bench/exec/sudoers $(BENCH_TREE)/etc/sudoers
	$(Q)install -D -m 644 tests/bench/exec/sudo.pam $(BENCH_TREE)/etc/pam.d/sudo
endef

.PHONY: bench-tree
bench-tree: all $(B)/tests/hijacked.so $(B)/tests/bench/bench $(B)/tests/bench/bench.so $(B)/tests/bench/small | kernels
	$(call install_tree,$(BENCH_TREE))
	$(Q)install -D -m 755 $(B)/tests/bench/bench $(BENCH_TREE)$(BENCH_PROGRAM)
	$(Q)install -s -m 755 $(B)/tests/bench/small $(BENCH_TREE)$(dir $(BENCH_PROGRAM))
	$(Q)install -D -t $(BENCH_TREE)/usr/bin /usr/bin/bwrap
	$(Q)install -m 755 $(B)/tests/bench/bench.so $(BENCH_TREE)$(MODULEDIR)/
	$(Q)cp -r tests/bench/contexts/bench tests/bench/contexts/bench-idle tests/bench/contexts/bench-many $(BENCH_TREE)$(CONTEXTDIR)/
	$(if $(BENCH_PEERS),$(stage_peers))

bench: bench-tree ## measure in guests that count instructions: KERNEL=6.12 PARTS='open hooks ...'
	@tests/bench/run --tree $(BENCH_TREE) --program $(BENCH_PROGRAM) --out $(B)/bench --kernel $(KERNEL) $(PARTS)

.PHONY: bench-page
bench-page: ## write docs/performance.md's tables from what make bench measured last
	@tests/bench/page $(B)/bench docs/performance.md
