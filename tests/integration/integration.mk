# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What the integration tests need beside their programs: code that they share, parts that share a posternd,
# a module that misbehaves on demand, contexts. Included by tests/tests.mk; INTEGRATION_INSTALL is a step of
# vm-tree.

INTEGRATION      := together callers reload reload_load canary self_protection rules network_namespaces survive survive_reload faults unit contexts python

# Shipped contexts whose test has another module for their manifest, which tries what their own never would.
SEIZED           := conntrack nft wireguard

INTEGRATION_TESTS := $(INTEGRATION:%=$(B)/tests/integration/%)
INTEGRATION_HELP := $(call objects,$(wildcard tests/integration/common/*.c tests/integration/parts/*.c) tests/kernel/message.c \
		    tests/kernel/family.c)
# What contexts.c runs with one posternd.
CONTEXTS_OBJ     := $(call objects,$(wildcard tests/integration/contexts_*.c))
INTEGRATION_TREE := $(PREFIX)/lib/postern-tests

$(INTEGRATION_TESTS) $(B)/tests/integration/systemd: $(B)/tests/integration/%: $(B)/obj/tests/integration/%.o $(INTEGRATION_HELP) \
		$(SUPERVISOR_OBJ) $(POLICY_OBJ) $(MANIFEST_OBJ) $(LIB_OBJ) $(BASE_OBJ)
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $< $(filter $(CONTEXTS_OBJ),$^) $(INTEGRATION_HELP) -Wl,--start-group \
		$(SUPERVISOR_OBJ) $(POLICY_OBJ) $(MANIFEST_OBJ) $(LIB_OBJ) $(BASE_OBJ) -Wl,--end-group $(LIBS_SUPERVISOR) -pthread -o $@

$(B)/tests/integration/contexts: $(CONTEXTS_OBJ)

$(B)/tests/trial.so: tests/integration/module/trial.c $(B)/flags | setup
	$(say) MODULE $@
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -Iuserspace/lib -shared $< -o $@

# One module in two versions.
$(B)/tests/swap-%.so: tests/integration/module/swap.c $(B)/flags | setup
	$(say) MODULE $@
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -Iuserspace/lib -DVERSION=$* -shared $< -o $@

# posternd as the tests of survival need it: it kills itself at the point that POSTERN_FAULT names (userspace/base/fault.h),
# and its kernel side is another one, as after an upgrade. All else is the product's.
FAULTS     := $(B)/faults
FAULTS_OBJ := $(patsubst $(B)/obj/%,$(FAULTS)/obj/%,$(call objects,userspace/supervisor/main.c) $(SUPERVISOR_OBJ) \
	      $(call objects,userspace/base/fault.c))

$(FAULTS)/postern.bpf.o: $(BPF_OBJ) $(B)/bpf/marker.o
	$(say) BPFLINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/bpf/marker.o: tests/integration/marker.bpf.c $(B)/vmlinux.h
	$(say) CLANG $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) -g -O2 -Wall $(WERROR) -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -I. -I$(B) -c $< -o $@

$(FAULTS)/postern.skel.h: $(FAULTS)/postern.bpf.o
	$(say) SKEL $@
	$(Q)$(BPFTOOL) gen skeleton $< name postern_bpf > $@

$(FAULTS)/obj/%.o: %.c $(B)/flags $(FAULTS)/postern.skel.h | setup
	$(say) CC '$< (faults)'
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -DPOSTERN_FAULTS -iquote $(FAULTS) -c $< -o $@

$(FAULTS)/posternd: $(FAULTS_OBJ) $(POLICY_OBJ) $(MANIFEST_OBJ) $(LIB_OBJ) $(filter-out %/fault.o,$(BASE_OBJ))
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(HARDENED) $(LDFLAGS) $^ $(LIBS_SUPERVISOR) -o $@

-include $(shell find $(FAULTS)/obj -name '*.d' 2>/dev/null)

# The LSM program of somebody else.
$(B)/tests/foreign.bpf.o: tests/integration/foreign.bpf.c $(B)/vmlinux.h | setup
	$(say) CLANG $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) -g -O2 -Wall $(WERROR) -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -I. -I$(B) -c $< -o $@

$(B)/tests/rules.so: tests/integration/module/rules.c $(B)/flags | setup
	$(say) MODULE $@
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -Iuserspace/lib -shared $< -o $@

$(B)/tests/callers.so: tests/integration/module/callers.c $(B)/flags | setup
	$(say) MODULE $@
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -Iuserspace/lib -shared $< -o $@

$(B)/tests/network.so: tests/integration/module/network.c $(B)/flags | setup
	$(say) MODULE $@
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -Iuserspace/lib -shared $< -o $@

$(B)/tests/tool: tests/integration/module/tool.c $(B)/flags | setup
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) $(HARDENED) $< -lcap -o $@

$(B)/obj/tests/integration/module/%.o: private CPPFLAGS += -Iuserspace/lib
$(B)/tests/seized_%.so: $(B)/obj/tests/integration/module/seized_%.o $(B)/obj/tests/integration/module/seized.o \
		$(B)/obj/tests/kernel/message.o $(B)/obj/tests/kernel/family.o
	$(say) MODULE $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared $^ -o $@

INTEGRATION_MODULES := $(B)/tests/trial.so $(B)/tests/swap-1.so $(B)/tests/swap-2.so $(B)/tests/rules.so \
		       $(B)/tests/network.so $(B)/tests/callers.so $(SEIZED:%=$(B)/tests/seized_%.so)
INTEGRATION_FILES   := $(INTEGRATION_MODULES) $(B)/tests/foreign.bpf.o $(B)/tests/tool $(FAULTS)/posternd
INTEGRATION_BIN      = $(VM_TREE)$(INTEGRATION_TREE)/bin

INTEGRATION_INSTALL = install -m 755 $(INTEGRATION_MODULES) $(VM_TREE)$(MODULEDIR)/ && \
	install -m 644 $(wildcard tests/integration/module/*.py) $(VM_TREE)$(MODULEDIR)/ && \
	install -D -m 644 $(B)/tests/foreign.bpf.o $(VM_TREE)$(INTEGRATION_TREE)/foreign.bpf.o && \
	install -d $(VM_TREE)$(INTEGRATION_TREE)/python-contexts/volumes $(VM_TREE)/usr/local/lib/storage && \
	tests/page-block docs/migration.md 'Step 1' yaml | sed 's/\[storage\]/[alice]/' \
		> $(VM_TREE)$(INTEGRATION_TREE)/python-contexts/volumes/context.yaml && \
	tests/page-block docs/migration.md 'Step 2' python > $(VM_TREE)/usr/local/lib/storage/volumes.py && \
	(cd tests/integration && for manifest in *contexts/*/context.yaml; do \
		install -D -m 644 $$manifest $(CURDIR)/$(VM_TREE)$(INTEGRATION_TREE)/$$manifest || exit 1; done) && \
	install -d $(VM_TREE)$(INTEGRATION_TREE)/groups $(INTEGRATION_BIN) && \
	install -m 644 tests/integration/rules-groups/*.yaml $(VM_TREE)$(INTEGRATION_TREE)/groups/ && \
	install -m 755 $(B)/tests/tool $(INTEGRATION_BIN)/tool && \
	install -m 755 $(B)/tests/tool $(INTEGRATION_BIN)/not-named && \
	ln -sf tool $(INTEGRATION_BIN)/link-to-tool && \
	install -m 755 tests/integration/module/script $(INTEGRATION_BIN)/script && \
	install -s -m 755 $(FAULTS)/posternd $(VM_TREE)$(INTEGRATION_TREE)/posternd-faults && \
	install -m 644 $(wildcard tests/integration/*.timeout) $(VM_TREE)/tests/
