# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# `make help` lists the targets. V=1 shows commands. All products are in build/.

PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR    ?=
KERNEL     ?= all
TEST       ?=
V          ?= 0
SETUP      ?= yes
# `make WERROR=` builds with a compiler that knows more warnings than ours.
WERROR     ?= -Werror

CC         ?= gcc
CLANG      ?= clang
LLVM_STRIP ?= llvm-strip
# Debian keeps it where only root looks.
BPFTOOL    ?= $(or $(shell command -v bpftool 2>/dev/null),/usr/sbin/bpftool)
PYTHON     := /usr/bin/python3

LIBEXECDIR := $(PREFIX)/lib/postern
MODULEDIR  := $(LIBEXECDIR)/modules
CONTEXTDIR := $(SYSCONFDIR)/postern/contexts
GROUPDIR   := $(PREFIX)/share/postern/groups
# Where Debian's Python looks: for what is not its own, in a folder of its version.
PYTHONDIR  ?= $(PREFIX)/lib/$(if $(filter /usr,$(PREFIX)),python3,python3.11)/dist-packages

COMMA      := ,
B          ?= build
KERNELS    := build/kernels
ifeq ($(V),1)
Q   :=
say  = @:
else
Q   := @
say  = @printf '  %-8s %s\n'
MAKEFLAGS += --no-print-directory
endif

CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wformat=2 -Wswitch-enum -Wundef \
	    -Wpointer-arith -Wwrite-strings $(WERROR)
SECTIONS := -ffunction-sections -fdata-sections
HARDENING := -fPIC -fno-semantic-interposition -fstack-protector-strong -D_FORTIFY_SOURCE=2
CPPFLAGS += -D_GNU_SOURCE -I. -Iuserspace -I$(B) -DPOSTERN_LIBEXECDIR='"$(LIBEXECDIR)"' \
	    -DPOSTERN_MODULE_DIR='"$(MODULEDIR)"' -DPOSTERN_CONTEXT_DIR='"$(CONTEXTDIR)"' \
	    -DPOSTERN_GROUP_DIR='"$(GROUPDIR)"'
COMPILE   = $(CC) -std=c11 $(CPPFLAGS) $(CFLAGS) $(WARNINGS) $(HARDENING) $(SECTIONS) $(LTO) -MMD -MP
HARDENED  := -pie -Wl,-z,relro,-z,now

# -- sources -----------------------------------------------------------------------------------------------------------

MAINS     := userspace/filters/main.c userspace/supervisor/main.c userspace/helper/main.c userspace/helper/standard.c userspace/helper/setup_main.c \
	     userspace/cli/main.c
SOURCES   := $(filter-out $(MAINS),$(wildcard userspace/*/*.c))
objects    = $(patsubst %.c,$(B)/obj/%.o,$(1))
folder     = $(filter userspace/$(1)/%,$(SOURCES))

BASE_OBJ       := $(call objects,$(call folder,base))
LIB_OBJ        := $(call objects,$(call folder,lib))
MANIFEST_OBJ   := $(call objects,$(call folder,manifest))
POLICY_OBJ     := $(call objects,$(call folder,policy))
FILTERS_OBJ    := $(call objects,$(call folder,filters))
HELPER_OBJ     := $(call objects,$(call folder,helper))
SUPERVISOR_OBJ := $(call objects,$(call folder,supervisor))
PYTHON_OBJ     := $(call objects,$(call folder,python_host))
CLI_OBJ        := $(call objects,$(call folder,cli))
TESTING_OBJ    := $(call objects,$(call folder,testing))

# One call in a worker, without the worker.
INVOCATION_SRC := $(addprefix userspace/helper/,argument_check.c argument_path.c argument_prepare.c entrypoint_api.c entrypoint_fd.c invocation.c \
		  invocation_fail.c invocation_log.c invocation_secret.c invocation_signature.c output.c passed.c \
		  passed_check.c record_arguments.c record_results.c slots.c)
INVOCATION_OBJ := $(call objects,$(INVOCATION_SRC))

# What runs with each call is also kept as the compiler's own form, of which the helper and libpostern are translated as one
# program each: a call's steps are many small functions. All else is linked of ordinary objects, which takes no time.
LTO_OBJ         := $(LIB_OBJ) $(BASE_OBJ) $(MANIFEST_OBJ) $(HELPER_OBJ)
$(LTO_OBJ): private LTO := -flto -ffat-lto-objects -fno-plt
LTO_LINK        := -flto -flto-partition=one -fno-plt $(HARDENING) $(SECTIONS)
LDFLAGS         += -fno-lto

# In the helper itself but for libc: each library costs every start half a megabyte of mappings, and every worker memory.
LIBS_HELPER     := -Wl,-Bstatic -lcap -Wl,-Bdynamic
LINK_HELPER     := -Wl,-z,pack-relative-relocs -Wl,--gc-sections -Wl,--as-needed
LIBS_SUPERVISOR := -lbpf -lelf -lz -lsystemd -lyaml -lcap
LIBS_CLI        := -lbpf -lelf -lz -lyaml -lcap -ldl -pthread

PYTHON_FILES := $(addprefix userspace/python/postern/,$(notdir $(wildcard userspace/python/postern/*.py)) py.typed)

# What a helper's interpreter sees of ours: no client, and its own small package of the name `postern`.
HOST_FILES    := $(wildcard userspace/python_host/*.py)
HOST_PACKAGE  := userspace/python_host/postern/__init__.py $(addprefix userspace/python/postern/,entrypoint.py _convert.py _values.py)

MANPAGES := $(patsubst docs/%.scd,$(B)/man/%,$(wildcard docs/*.scd))

# The definitions of the maps come first: bpftool resolves uses only against what it has read.
BPF_OBJ := $(patsubst bpf/%.bpf.c,$(B)/bpf/%.bpf.o,bpf/maps.bpf.c $(filter-out bpf/maps.bpf.c,$(wildcard bpf/*.bpf.c)))
# What all hooks call is an object of its own, which shares the first one's maps when it is loaded.
BPF_DECISION_OBJ := $(patsubst bpf/%.bpf.c,$(B)/bpf/%.bpf.o,bpf/maps.bpf.c $(wildcard bpf/decision/*.bpf.c))

include contexts/contexts.mk

PROGRAMS := $(B)/posternd $(B)/postern $(B)/postern-helper $(B)/postern-set-up $(B)/postern-python.so $(B)/python $(B)/libpostern.so.1 \
	    $(B)/libpostern-testing.so.1

.PHONY: all help
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:

all: $(PROGRAMS) $(MODULES) $(MANPAGES) ## build everything

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS='	' read -r name text; do \
		printf '  %-14s %s\n' "$$name" "$$text"; done
	@echo
	@echo '  KERNEL=6.1|6.12|7.3|all  TEST=pattern  V=1  PREFIX=$(PREFIX)  DESTDIR=  ICOUNT=1  SETUP=no'

# -- set-up: packages and kernels --------------------------------------------------------------------------------------

.PHONY: setup kernels
setup: ## install the Debian packages that are missing
ifeq ($(SETUP),yes)
	@setup/install-packages setup/packages vm-test/packages
endif

# Kernels are fetched, and vmlinux.h is made from one of them, so that a build is the same on every machine.
kernels: | setup ## fetch the kernels that the tests boot
	@vm-test/fetch-kernels

$(KERNELS)/6.12/vmlinux.btf: vm-test/kernels.lock | setup
	@vm-test/fetch-kernels 6.12
	@touch $@

# -- the kernel side ---------------------------------------------------------------------------------------------------

$(B)/vmlinux.h: $(KERNELS)/6.12/vmlinux.btf
	$(say) BTF $@
	$(Q)$(BPFTOOL) btf dump file $< format c > $@

$(B)/bpf/%.bpf.o: bpf/%.bpf.c $(B)/vmlinux.h
	$(say) CLANG $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) -g -O2 -Wall $(WERROR) -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -I. -I$(B) \
		-ffile-prefix-map=$(CURDIR)=. -MMD -MP -c $< -o $@

$(B)/postern.bpf.o: $(BPF_OBJ)
$(B)/decision.bpf.o: $(BPF_DECISION_OBJ)
$(B)/symbols.bpf.o: $(B)/bpf/symbols/symbols.bpf.o
$(B)/postern.bpf.o $(B)/decision.bpf.o $(B)/symbols.bpf.o:
	$(say) BPFLINK $@
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/postern.skel.h: NAME := postern_bpf
$(B)/decision.skel.h: NAME := decision_bpf
$(B)/symbols.skel.h: NAME := symbols_bpf
SKELETONS := $(addprefix $(B)/,postern.skel.h decision.skel.h symbols.skel.h)
$(SKELETONS): $(B)/%.skel.h: $(B)/%.bpf.o
	$(say) SKEL $@
	$(Q)$(BPFTOOL) gen skeleton $< name $(NAME) > $@

# -- userspace ---------------------------------------------------------------------------------------------------------

# Built again when the flags change.
$(B)/flags: FORCE
	@mkdir -p $(B)
	@echo '$(COMPILE)' | cmp -s - $@ || echo '$(COMPILE)' > $@
.PHONY: FORCE

$(B)/obj/%.o: %.c $(B)/flags | setup
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -c $< -o $@

$(SUPERVISOR_OBJ) $(call objects,userspace/supervisor/main.c): $(SKELETONS)

# Names of messages, attributes and groups, from the kernel's headers. Whoever includes it asks for it by an order-only
# prerequisite once; from then on by what the compiler wrote.
$(B)/netlink_names.gen.h: userspace/base/netlink-names userspace/base/netlink_names.list | setup
	$(say) NAMES $@
	$(Q)mkdir -p $(@D)
	$(Q)CC='$(CC)' $< userspace/base/netlink_names.list > $@
$(BASE_OBJ): | $(B)/netlink_names.gen.h

# The filters of system calls: libseccomp knows the numbers, and a helper's start is not to pay for it each time.
$(B)/filters: $(call objects,userspace/filters/main.c) $(FILTERS_OBJ) $(BASE_OBJ)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -lseccomp -o $@

$(B)/filters.gen.h: $(B)/filters
	$(say) FILTERS $@
	$(Q)$< > $@
$(HELPER_OBJ) $(call objects,tests/unit/test_filters.c): | $(B)/filters.gen.h

$(B)/posternd: $(call objects,userspace/supervisor/main.c) $(SUPERVISOR_OBJ) $(POLICY_OBJ) $(MANIFEST_OBJ) $(LIB_OBJ) $(BASE_OBJ)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(HARDENED) $(LDFLAGS) $^ $(LIBS_SUPERVISOR) -o $@

# The script by which `postern check` reads Python, as a string of C.
$(B)/check_python.gen.h: userspace/cli/check_python.py
	$(Q)mkdir -p $(@D)
	$(Q){ echo '#define CHECK_PYTHON \'; sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/\t"&\\n" \\/' $<; echo '	""'; } > $@
$(call objects,userspace/cli/check_python.c): | $(B)/check_python.gen.h

# A module's calls to the entrypoint API are answered by the helper itself.
$(B)/postern-helper: $(call objects,userspace/helper/main.c userspace/helper/standard.c) $(HELPER_OBJ) $(MANIFEST_OBJ) $(LIB_OBJ) $(BASE_OBJ) userspace/helper/postern-helper.dynlist
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(HARDENED) $(LINK_HELPER) $(LDFLAGS) $(LTO_LINK) $(filter %.o,$^) \
		-Wl,--dynamic-list=userspace/helper/postern-helper.dynlist $(LIBS_HELPER) -o $@

# Statically: a loader and its libraries would be half of what this one runs. From an archive, of which the linker takes
# what is called and nothing else.
$(B)/set-up.a: $(HELPER_OBJ) $(MANIFEST_OBJ) $(LIB_OBJ) $(BASE_OBJ)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(B)/postern-set-up: $(call objects,userspace/helper/setup_main.c) $(B)/set-up.a
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) -static-pie -Wl,-z,relro,-z,now -Wl,-z,pack-relative-relocs -Wl,--gc-sections $(LDFLAGS) $^ -o $@

# Loaded by the helper for contexts in Python: nothing else is linked with the interpreter.
$(PYTHON_OBJ): private CFLAGS += -fvisibility=hidden
$(B)/postern-python.so: $(PYTHON_OBJ)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-z,relro,-z,now $^ -lpython3.11 -o $@

$(B)/python: $(HOST_FILES) $(HOST_PACKAGE)
	$(Q)rm -rf $@
	$(Q)install -d $@/postern
	$(Q)install -m 644 $(HOST_FILES) $@/
	$(Q)install -m 644 $(HOST_PACKAGE) $@/postern/
	$(Q)$(PYTHON) -I -m compileall -q --invalidation-mode checked-hash -s $@ -p $(LIBEXECDIR)/python $@

$(B)/postern: $(call objects,userspace/cli/main.c) $(CLI_OBJ) $(POLICY_OBJ) $(MANIFEST_OBJ) $(LIB_OBJ) $(BASE_OBJ)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(HARDENED) $(LDFLAGS) $^ $(LIBS_CLI) -o $@

$(B)/libpostern.so.1: $(LIB_OBJ) $(BASE_OBJ) userspace/lib/libpostern.map
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(LTO_LINK) -shared -Wl,-z,relro,-z,now,-soname,libpostern.so.1 \
		-Wl,--version-script=userspace/lib/libpostern.map $(filter %.o,$^) -pthread -o $@

# libpostern's client with functions of this process in place of connections.
$(B)/libpostern-testing.so.1: $(TESTING_OBJ) $(INVOCATION_OBJ) $(MANIFEST_OBJ) $(filter-out %/client_connection.o %/client_transfer.o,$(LIB_OBJ)) $(BASE_OBJ) \
		userspace/lib/libpostern.map userspace/testing/libpostern-testing.map
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-z,relro,-z,now,-soname,libpostern-testing.so.1 \
		$(addprefix -Wl$(COMMA)--version-script=,$(filter %.map,$^)) $(filter %.o,$^) -lyaml -lcap -ldl -pthread -o $@

$(B)/man/%: docs/%.scd | setup
	$(say) MAN $@
	$(Q)mkdir -p $(@D)
	$(Q)scdoc < $< > $@

# Printed from the tables that posternd works by; committed, and held against them by `make lint`.
$(B)/hooks-page: $(call objects,docs/hooks.c) $(POLICY_OBJ) $(MANIFEST_OBJ) $(LIB_OBJ) $(BASE_OBJ)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(LIBS_CLI) -o $@

docs/hooks.md: $(B)/hooks-page ## write the table of hooks
	$(say) DOC $@
	$(Q)$< > $@

# What users have as /usr/include/postern.
$(B)/include/postern:
	$(Q)mkdir -p $(@D)
	$(Q)ln -sfn $(CURDIR)/userspace/lib $@

-include $(shell find $(B)/obj $(B)/bpf $(B)/modules -name '*.d' 2>/dev/null)

# Contexts go to share/: what an operator wants to serve is copied to $(CONTEXTDIR) by hand, and edited there.
# -- install -----------------------------------------------------------------------------------------------------------

.PHONY: install clean
install: all ## install below $(DESTDIR)$(PREFIX)
	$(say) INSTALL $(DESTDIR)$(PREFIX)
	$(Q)install -d $(addprefix $(DESTDIR),$(PREFIX)/sbin $(PREFIX)/bin $(LIBEXECDIR) $(MODULEDIR) $(PREFIX)/include/postern \
		$(PREFIX)/lib/systemd/system $(PREFIX)/share/man/man1 $(PREFIX)/share/man/man8 $(PREFIX)/share/bash-completion/completions $(CONTEXTDIR))
	$(Q)install -m 755 $(B)/posternd $(DESTDIR)$(PREFIX)/sbin/
	$(Q)install -m 755 $(B)/postern $(DESTDIR)$(PREFIX)/bin/
	$(Q)install -m 755 $(B)/postern-helper $(B)/postern-set-up $(B)/postern-python.so $(DESTDIR)$(LIBEXECDIR)/
	$(Q)cp -r --no-preserve=ownership $(B)/python $(DESTDIR)$(LIBEXECDIR)/
	$(Q)install -m 755 $(MODULES) $(DESTDIR)$(MODULEDIR)/
	$(Q)install -m 644 $(PYTHON_MODULES) $(DESTDIR)$(MODULEDIR)/
	$(Q)install -m 644 $(wildcard userspace/lib/postern*.h) $(DESTDIR)$(PREFIX)/include/postern/
	$(Q)install -m 755 $(B)/libpostern.so.1 $(B)/libpostern-testing.so.1 $(DESTDIR)$(PREFIX)/lib/
	$(Q)ln -sf libpostern.so.1 $(DESTDIR)$(PREFIX)/lib/libpostern.so
	$(Q)ln -sf libpostern-testing.so.1 $(DESTDIR)$(PREFIX)/lib/libpostern-testing.so
	$(Q)for page in $(MANPAGES); do \
		install -m 644 $$page $(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/; done
	$(Q)install -m 644 userspace/cli/postern.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/postern
	$(Q)sed 's|@PREFIX@|$(PREFIX)|g' setup/postern.service > $(DESTDIR)$(PREFIX)/lib/systemd/system/postern.service
	$(Q)for manifest in $(MANIFESTS); do context=$$(basename $$(dirname $$manifest)); \
		install -D -m 644 $$manifest $(DESTDIR)$(PREFIX)/share/postern/contexts/$$context/context.yaml; done
	$(Q)install -d $(DESTDIR)$(GROUPDIR)
	$(Q)install -m 644 $(GROUPS) $(DESTDIR)$(GROUPDIR)/
	$(Q)install -d $(DESTDIR)$(PYTHONDIR)/postern
	$(Q)install -m 644 $(PYTHON_FILES) $(DESTDIR)$(PYTHONDIR)/postern/

clean: ## remove build/, but for the fetched kernels
	$(Q)find $(B) -mindepth 1 -maxdepth 1 ! -name kernels -exec rm -rf {} + 2>/dev/null || true

include tests/tests.mk
