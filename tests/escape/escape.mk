# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The attempts to escape: test programs, the module that attacks, and a static program for it to execute.
# `make install-escape DESTDIR=` puts them into a guest's tree. Included by tests/guest.mk.

# Those with a posternd of their own, and one program of those that share one.
ALONE_SRC    := $(addprefix tests/escape/,test_places.c test_tools.c)
TOGETHER_OBJ := $(call objects,$(filter-out $(ALONE_SRC),$(wildcard tests/escape/test_*.c)) tests/escape/together.c)
ESCAPE_TESTS := $(ALONE_SRC:%.c=$(B)/%) $(B)/tests/escape/together
ESCAPE_DIR   := /usr/local/lib/postern-escape
ESCAPE_CONTEXTS := $(wildcard tests/escape/contexts/*/context.yaml)

ATTACK_OBJ := $(call objects,$(wildcard tests/escape/attack*.c))
# Netlink messages by hand, as the tests of the kernel programs send them.
MESSAGE_OBJ := $(call objects,tests/kernel/message.c)
# Tools that run as attackers inside a worker.
ATTACK_TOOLS := /usr/sbin/ip /usr/sbin/tc /usr/sbin/nft /usr/sbin/ethtool /usr/sbin/conntrack /usr/sbin/iptables-legacy \
		/usr/sbin/iw /usr/bin/wg
# The shipped contexts with that module in the place of theirs.
DERIVED := link address netns netns-own conntrack nft wireguard
DRIVER_OBJ := $(call objects,$(wildcard tests/escape/driver*.c) tests/escape/rows.c tests/escape/outside.c)

$(B)/tests/escape/test_%: $(B)/obj/tests/escape/test_%.o $(DRIVER_OBJ) $(ATTACK_OBJ) $(MESSAGE_OBJ) $(LIB_OBJ) $(BASE_OBJ)
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -pthread -o $@

$(B)/tests/escape/together: $(TOGETHER_OBJ) $(DRIVER_OBJ) $(ATTACK_OBJ) $(MESSAGE_OBJ) $(LIB_OBJ) $(BASE_OBJ)
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -pthread -o $@

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
	$(Q)install -d $(DESTDIR)/usr/sbin $(DESTDIR)/usr/bin
	$(Q)for tool in $(ATTACK_TOOLS); do install -m 755 $$tool $(DESTDIR)$$tool; done
	$(Q)for manifest in $(ESCAPE_CONTEXTS); do context=$$(basename $$(dirname $$manifest)); \
		install -D -m 644 $$manifest $(DESTDIR)$(ESCAPE_DIR)/contexts/$$context/context.yaml; done
	$(Q)for context in $(DERIVED); do install -d $(DESTDIR)$(ESCAPE_DIR)/shipped/$$context; \
		tests/escape/derive contexts/$$context/context.yaml tests/escape/tools.table $(ATTACK_TOOLS) \
			>$(DESTDIR)$(ESCAPE_DIR)/shipped/$$context/context.yaml || exit 1; done
	$(Q)install -D -m 644 tests/escape/contexts/attack/context.yaml $(DESTDIR)$(ESCAPE_DIR)/shipped/attack/context.yaml
	$(Q)install -m 644 tests/escape/tools.table $(DESTDIR)$(ESCAPE_DIR)/
	$(Q)for test in $(ESCAPE_TESTS); do name=$$(basename $$test); \
		install -s -m 755 $$test $(DESTDIR)/tests/escape_$${name#test_}; \
		echo 240 > $(DESTDIR)/tests/escape_$${name#test_}.timeout; done
	$(Q)echo 600 > $(DESTDIR)/tests/escape_together.timeout
