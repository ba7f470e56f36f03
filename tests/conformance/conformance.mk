# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests of conformance: one program of the guest's, its parts, its module and its context. Included by
# tests/guest.mk; CONFORMANCE_INSTALL is a step of vm-tree.

CONFORMANCE     := $(B)/tests/conformance/conformance
CONFORMANCE_OBJ := $(call objects,$(wildcard tests/conformance/*.c))

$(CONFORMANCE): $(CONFORMANCE_OBJ) $(INTEGRATION_HELP) $(SUPERVISOR_OBJ) $(POLICY_OBJ) $(MANIFEST_OBJ) $(LIB_OBJ) $(BASE_OBJ)
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(CONFORMANCE_OBJ) $(INTEGRATION_HELP) -Wl,--start-group $(SUPERVISOR_OBJ) $(POLICY_OBJ) \
		$(MANIFEST_OBJ) $(LIB_OBJ) $(BASE_OBJ) -Wl,--end-group $(LIBS_SUPERVISOR) -pthread -o $@

$(B)/obj/tests/conformance/module/%.o: private CPPFLAGS += -Iuserspace/lib
$(B)/tests/conform.so: $(call objects,$(addprefix tests/conformance/module/,conform.c values.c ends.c surroundings.c speak.c))
	$(say) MODULE $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared $^ -o $@

$(B)/tests/conform-program: $(call objects,tests/conformance/module/program.c)
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(HARDENED) $(LDFLAGS) $^ -o $@

CONFORMANCE_FILES   := $(CONFORMANCE) $(B)/tests/conform.so $(B)/tests/conform-program
CONFORMANCE_INSTALL = install -s -m 755 $(CONFORMANCE) $(VM_TREE)/tests/conformance && \
	install -m 644 tests/conformance/conformance.timeout $(VM_TREE)/tests/ && \
	install -m 755 $(B)/tests/conform.so $(VM_TREE)$(MODULEDIR)/ && \
	install -D -m 755 $(B)/tests/conform-program $(VM_TREE)$(INTEGRATION_TREE)/bin/conform-program && \
	install -D -m 644 tests/conformance/contexts/conform/context.yaml \
		$(VM_TREE)$(INTEGRATION_TREE)/conformance-contexts/conform/context.yaml
