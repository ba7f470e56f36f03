# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Targets that boot guests, and what the guests' trees hold. Included by tests/tests.mk.

# A guest of a user's: everything installed, the demo, no tests.
USER_TREE := $(B)/user-tree
# The same with all tests.
VM_TREE := $(B)/vm-tree

# One guest at a time to look at: 6.12, unless another is named.
ONE_KERNEL := $(if $(filter all,$(KERNEL)),6.12,$(KERNEL))
VM_USER    := vm-test/run --kernel $(ONE_KERNEL) --tree $(USER_TREE) --memory 512

include tests/integration/integration.mk
include tests/conformance/conformance.mk
include tests/escape/escape.mk
include tests/bench/bench.mk
include tests/kernel/kernel.mk

# Tests that know the supervisor's own structures; from then on by what the compiler wrote.
$(call objects,$(wildcard tests/integration/*.c tests/kernel/*.c tests/bench/*.c)): | $(SKELETONS)

$(B)/tests/integration/kernel_rules: $(B)/obj/tests/integration/kernel_rules.o $(SUPERVISOR_OBJ) $(POLICY_OBJ) $(MANIFEST_OBJ) \
		$(LIB_OBJ) $(BASE_OBJ)
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS_SUPERVISOR) -pthread -o $@

$(B)/tests/hijacked.so: tests/demo/hijacked.c $(B)/flags | setup
	$(say) MODULE $@
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -Iuserspace/lib -shared $< -o $@

# install_tree DIR: what an operator would have after `make install` and copying one of the shipped contexts. The others
# work on the network of the host, and need more of it than a guest for the demo has.
define install_tree
	$(Q)rm -rf $(1)
	$(Q)$(MAKE) -s install DESTDIR=$(1) SETUP=no >/dev/null
	$(Q)install -d $(1)$(CONTEXTDIR)
	$(Q)cp -r $(1)$(PREFIX)/share/postern/contexts/motd $(1)$(CONTEXTDIR)/
	$(Q)install -D -m 755 tests/demo/demo $(1)$(PREFIX)/lib/postern-demo/demo
	$(Q)install -m 755 $(B)/tests/hijacked.so $(1)$(MODULEDIR)/
endef

user-tree: all $(B)/tests/hijacked.so | kernels
	$(call install_tree,$(USER_TREE))

PYTHON_STAGED := __future__ colorsys ctypes datetime encodings.utf_8 encodings.ascii enum io linecache logging os re struct subprocess threading typing warnings _lsprof

vm-tree: all $(B)/tests/hijacked.so $(B)/tests/integration/kernel_rules $(INTEGRATION_TESTS) $(INTEGRATION_FILES) $(CONFORMANCE_FILES) | kernels
	$(call install_tree,$(VM_TREE))
	$(Q)install -d $(VM_TREE)/tests
# Without what debuggers want, which is most of them, and a guest's memory.
	$(Q)install -s -m 755 $(B)/tests/integration/kernel_rules $(INTEGRATION_TESTS) $(VM_TREE)/tests/
	$(Q)$(INTEGRATION_INSTALL)
# What the functions of the tests import, two of them too late.
	$(Q)$(PYTHON) -I tests/stage-python $(VM_TREE) $(PYTHON_STAGED)
	$(Q)$(CONFORMANCE_INSTALL)
	$(Q)$(MAKE) -s install-escape install-kernel-tests DESTDIR=$(VM_TREE) SETUP=no

# A guest whose first process is systemd: its program, the units that every service needs, and one test.
SYSTEMD_TREE  := $(B)/systemd-tree
SYSTEMD_UNITS := $(addprefix /lib/systemd/system/,$(addsuffix .target,sysinit basic multi-user local-fs shutdown umount))

systemd-tree: all $(B)/tests/integration/systemd $(B)/tests/trial.so | kernels
	$(call install_tree,$(SYSTEMD_TREE))
	$(Q)install -D -t $(SYSTEMD_TREE)/lib/systemd /lib/systemd/systemd
	$(Q)install -D -t $(SYSTEMD_TREE)/bin /bin/systemctl
	$(Q)install -D -m 644 -t $(SYSTEMD_TREE)/lib/systemd/system $(SYSTEMD_UNITS)
	$(Q)ln -s multi-user.target $(SYSTEMD_TREE)/lib/systemd/system/default.target
# An empty one: this is not the first boot, at which systemd enables all units.
	$(Q)install -m 644 /dev/null $(SYSTEMD_TREE)/etc/machine-id
	$(Q)cp -r tests/integration/contexts/trial tests/integration/contexts/trial-prowl $(SYSTEMD_TREE)$(CONTEXTDIR)/
	$(Q)install -m 755 $(B)/tests/trial.so $(SYSTEMD_TREE)$(MODULEDIR)/
	$(Q)install -D -s -t $(SYSTEMD_TREE)/tests $(B)/tests/integration/systemd
	$(Q)install -m 644 tests/integration/systemd.timeout $(SYSTEMD_TREE)/tests/

systemd-test: systemd-tree ## the unit under systemd, in guests: KERNEL=6.1|6.12|7.3|all JOBS=2
	@vm-test/run --kernel $(KERNEL) --tree $(SYSTEMD_TREE) --memory 512 --init /lib/systemd/systemd $(if $(JOBS),--jobs $(JOBS))

# Tests with bounds of few seconds, that take it for granted that something happens meanwhile, or that mostly wait. By a
# virtual clock what they wait for is over at once, and a busy machine is no reason for a bound to be missed. All others have
# bounds that only a hang would break, and the machine's own clock, by which the same work costs a third less.
VIRTUAL_TESTS := callers canary conformance escape_places escape_together kernel_foreign python reload survive \
		 survive_reload together
comma         := ,
space         := $(subst ,, )
VIRTUAL_TIME  := $(if $(filter no,$(VIRTUAL)),,--virtual-time $(subst $(space),$(comma),$(VIRTUAL_TESTS)))

# The tree is unpacked into half of what memory the kernel leaves free, which 512 MB do not have for it on 7.3.
vm-test: vm-tree ## run the guest's tests: KERNEL=6.1|6.12|7.3|all TEST=pattern ICOUNT=1 VIRTUAL=no
	@$(MAKE) guests

# In the tree as it is.
.PHONY: guests
guests:
	@vm-test/run --kernel $(KERNEL) --tree $(VM_TREE) --memory 640 --disk $(if $(ICOUNT),--icount,$(VIRTUAL_TIME)) $(if $(TEST),--test '$(TEST)')

vm-shell: user-tree ## a root shell in a guest with everything installed: KERNEL=6.12
	@$(VM_USER) --disk --shell

vm-debug: user-tree ## the same with a gdb socket for the kernel
	@$(VM_USER) --disk --shell --gdb

demo: user-tree ## watch a call that works, and what the kernel stops
	@$(VM_USER) --command $(PREFIX)/lib/postern-demo/demo
