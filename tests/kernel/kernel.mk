# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Tests of the kernel programs alone, without supervisor and helper. Included by tests/guest.mk.

# Those that race take two processors and seconds of their own: `make race-test`.
RACES        := races
RACE_SECONDS ?= 60

# What test_netlink.c runs as well.
NETLINK_SRC  := $(addprefix tests/kernel/,test_netlink_families.c test_netlink_manifest.c test_netlink_ways.c)
# And what test_together.c does.
TOGETHER_SRC := $(addprefix tests/kernel/,test_sockets.c test_descriptors.c test_credentials.c test_identity.c test_overlay.c \
		test_filesystems.c)
# And test_races.c.
RACES_SRC    := tests/kernel/test_storm.c
SHARING_SRC  := $(NETLINK_SRC) $(TOGETHER_SRC) $(RACES_SRC)
SHARING_OBJ  := $(call objects,$(SHARING_SRC))
KERNEL_TESTS := $(patsubst tests/kernel/test_%.c,$(B)/tests/kernel/%,$(filter-out $(SHARING_SRC),$(wildcard tests/kernel/test_*.c)))
KERNEL_HELP  := $(call objects,$(filter-out $(wildcard tests/kernel/test_*.c),$(wildcard tests/kernel/*.c)))

$(KERNEL_TESTS): $(B)/tests/kernel/%: $(B)/obj/tests/kernel/test_%.o $(KERNEL_HELP) $(ATTACK_OBJ) $(SUPERVISOR_OBJ) \
		$(POLICY_OBJ) $(MANIFEST_OBJ) $(LIB_OBJ) $(BASE_OBJ)
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $< $(filter $(SHARING_OBJ),$^) $(KERNEL_HELP) $(ATTACK_OBJ) -Wl,--start-group $(SUPERVISOR_OBJ) $(POLICY_OBJ) \
		$(MANIFEST_OBJ) $(LIB_OBJ) $(BASE_OBJ) -Wl,--end-group $(LIBS_SUPERVISOR) -pthread -o $@

$(B)/tests/kernel/netlink: $(call objects,$(NETLINK_SRC))
$(B)/tests/kernel/together: $(call objects,$(TOGETHER_SRC))
$(B)/tests/kernel/races: $(call objects,$(RACES_SRC))

.PHONY: install-kernel-tests
install-kernel-tests: $(KERNEL_TESTS)
	$(Q)install -d $(DESTDIR)/tests $(DESTDIR)/usr/sbin
	$(Q)install -m 755 /sbin/mkfs.btrfs /sbin/mkfs.xfs $(DESTDIR)/usr/sbin/
	$(Q)install -d $(DESTDIR)$(INTEGRATION_TREE)
	$(Q)install -s -m 755 $(RACES:%=$(B)/tests/kernel/%) $(DESTDIR)$(INTEGRATION_TREE)/
	$(Q)for test in $(filter-out $(RACES:%=$(B)/tests/kernel/%),$(KERNEL_TESTS)); do name=$$(basename $$test); \
		install -s -m 755 $$test $(DESTDIR)/tests/kernel_$$name; \
		echo 180 > $(DESTDIR)/tests/kernel_$$name.timeout; done

.PHONY: race-test
race-test: vm-tree ## rename, mount and fork against the kernel programs for RACE_SECONDS (60): KERNEL=all
	@tests/kernel/race $(VM_TREE) $(RACE_SECONDS) $(if $(filter all,$(KERNEL)),6.1 6.12 7.3,$(KERNEL))

.PHONY: netlink-fuzz
netlink-fuzz: vm-tree ## send FUZZ_MESSAGES (100000) random netlink messages, confined: KERNEL=all FUZZ_SEED=1
	@for kernel in $(if $(filter all,$(KERNEL)),6.1 6.12 7.3,$(KERNEL)); do echo "netlink on $$kernel:"; \
		vm-test/run --kernel $$kernel --tree $(VM_TREE) --memory 640 --timeout 1800 \
		--command '/tests/kernel_netlink_fuzz $(or $(FUZZ_MESSAGES),100000) $(or $(FUZZ_SEED),1)' || exit 1; done
