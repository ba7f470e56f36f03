# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The modules of contexts, one for each folder with a module.c. What a module has beside that file, and the libraries
# that it is linked with, by their names for pkg-config, is said below. Included by the Makefile.

MODULES   := $(patsubst contexts/%/module.c,$(B)/modules/%.so,$(wildcard contexts/*/module.c))
# Functions in Python, which are installed as they are.
PYTHON_MODULES := $(wildcard contexts/*/*.py)
MANIFESTS := $(wildcard contexts/*/context.yaml)
GROUPS    := $(wildcard contexts/groups/*.yaml)

# What several of them share: a netlink socket, lists as results.
NETLINK_OBJ := $(addprefix $(B)/obj/contexts/common/,wire.o lines.o)
LINK_OBJ    := $(addprefix $(B)/obj/contexts/link/,make.o change.o list.o)
ADDRESS_OBJ := $(addprefix $(B)/obj/contexts/address/,address.o route.o rule.o neighbour.o listing.o)

$(B)/modules/link.so: $(LINK_OBJ) $(NETLINK_OBJ)
MODULE_LIBS_link := libnl-route-3.0

$(B)/modules/address.so: $(ADDRESS_OBJ) $(NETLINK_OBJ)
MODULE_LIBS_address := libnl-route-3.0

$(B)/modules/netns.so: $(LINK_OBJ) $(ADDRESS_OBJ) $(NETLINK_OBJ)
MODULE_LIBS_netns := libnl-route-3.0

$(B)/modules/conntrack.so: $(NETLINK_OBJ)
MODULE_LIBS_conntrack := libnl-nf-3.0

$(B)/modules/nft.so: $(B)/obj/contexts/nft/rule.o $(NETLINK_OBJ)
MODULE_LIBS_nft := libnl-nf-3.0

$(B)/modules/wireguard.so: $(addprefix $(B)/obj/contexts/wireguard/,key.o list.o) $(NETLINK_OBJ)
MODULE_LIBS_wireguard := libnl-genl-3.0

# Modules whose prototypes and table are made from their manifest.
TYPED     := motd nft
GENERATED := $(TYPED:%=$(B)/generated/postern-%-module.h)

$(GENERATED): $(B)/generated/postern-%-module.h: contexts/%/context.yaml $(B)/postern
	$(say) GEN $@
	$(Q)mkdir -p $(@D)
	$(Q)$(B)/postern gen --output $(@D) module $<

$(TYPED:%=$(B)/obj/contexts/%/module.o): $(B)/obj/contexts/%/module.o: $(B)/generated/postern-%-module.h | $(B)/include/postern

# What is generated finds <postern/...> as it is for users.
MODULE_INCLUDES := -Iuserspace/lib -I$(B)/include -I$(B)/generated

# Only the name of the package: where its headers lie is asked when something is compiled, since `make setup` installs it.
MODULE_HEADERS := libnl-route-3.0 libnl-genl-3.0 libnl-nf-3.0
packages        = $(if $(2),$(shell pkg-config $(1) $(2)))

$(B)/obj/contexts/%.o: private CPPFLAGS += $(MODULE_INCLUDES) $(call packages,--cflags,$(MODULE_HEADERS))

$(B)/modules/%.so: $(B)/obj/contexts/%/module.o
	$(say) MODULE $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-z,relro,-z,now $(filter %.o,$^) $(call packages,--libs,$(MODULE_LIBS_$*)) -o $@
