# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The attempts to escape: test programs, the module that attacks, and a static program for it to execute.
# `make install-escape DESTDIR=` puts them into a guest's tree. Included by tests/guest.mk.

ESCAPE_TESTS := $(patsubst tests/escape/%.c,$(B)/tests/escape/%,$(wildcard tests/escape/test_*.c))
ESCAPE_DIR   := /usr/local/lib/postern-escape
ESCAPE_CONTEXTS := $(wildcard tests/escape/contexts/*/context.yaml)

ATTACK_OBJ := $(call objects,$(wildcard tests/escape/attack*.c))
# Netlink messages by hand, as the tests of the kernel programs send them.
MESSAGE_OBJ := $(call objects,tests/kernel/message.c)
# Tools that run as attackers inside a worker.
ATTACK_TOOLS := ip tc nft ethtool conntrack iptables-legacy
DRIVER_OBJ := $(call objects,$(wildcard tests/escape/driver*.c) tests/escape/rows.c tests/escape/outside.c)

$(B)/tests/escape/test_%: $(B)/obj/tests/escape/test_%.o $(DRIVER_OBJ) $(ATTACK_OBJ) $(MESSAGE_OBJ) $(LIB_OBJ) $(BASE_OBJ)
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -lmsgpackc -pthread -o $@

# The entrypoint API is answered by the helper, as for every module.
$(B)/tests/escape/attack.so: $(B)/obj/tests/escape/module.o $(ATTACK_OBJ) $(MESSAGE_OBJ)
	$(say) MODULE $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared $^ -pthread -o $@

$(B)/tests/escape/program: $(B)/obj/tests/escape/program.o
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -static $^ -o $@

.PHONY: install-escape
install-escape: $(ESCAPE_TESTS) $(B)/tests/escape/attack.so $(B)/tests/escape/program
	$(Q)install -d $(DESTDIR)/tests $(DESTDIR)$(ESCAPE_DIR)/contexts
	$(Q)install -m 755 $(B)/tests/escape/attack.so $(B)/tests/escape/program $(DESTDIR)$(ESCAPE_DIR)/
	$(Q)install -d $(DESTDIR)/usr/sbin
	$(Q)install -m 755 $(ATTACK_TOOLS:%=/usr/sbin/%) $(DESTDIR)/usr/sbin/
	$(Q)for manifest in $(ESCAPE_CONTEXTS); do context=$$(basename $$(dirname $$manifest)); \
		install -D -m 644 $$manifest $(DESTDIR)$(ESCAPE_DIR)/contexts/$$context/context.yaml; done
	$(Q)for test in $(ESCAPE_TESTS); do name=$$(basename $$test); \
		install -m 755 $$test $(DESTDIR)/tests/escape_$${name#test_}; \
		echo 240 > $(DESTDIR)/tests/escape_$${name#test_}.timeout; done
