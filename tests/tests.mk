# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Targets that test. Included by the Makefile.

.PHONY: test demo lint-needs unit unit-tests helper-tests manifest-tests cli-tests python-tests harness-tests lint format format-check hooks-check parity-check tidy cppcheck \
	vm-tree vm-test systemd-tree systemd-test vm-shell vm-debug fuzz valgrind bench

# -- unit tests: cmocka programs, built and run with ASan and UBSan in a build folder of their own ---------------------
# Those that confine themselves, or start a real helper, run without: ASan does not live under RLIMIT_AS and without
# capabilities; those that fork in a crowd of threads too: its allocator takes no locks around fork().

SANITIZE  := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
UNIT_SRC  := $(wildcard tests/unit/test_*.c)
WHOLE_SRC := $(wildcard tests/unit/test_helper_*.c) tests/unit/test_identity.c tests/unit/test_client_fork.c
UNIT      := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(filter-out $(WHOLE_SRC),$(UNIT_SRC)))
WHOLE     := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(WHOLE_SRC))
UNIT_HELP := $(call objects,$(filter-out $(UNIT_SRC) tests/unit/helper_module.c,$(wildcard tests/unit/*.c)))
TESTED    := $(HELPER_OBJ) $(FILTERS_OBJ) $(B)/obj/userspace/supervisor/difference.o $(POLICY_OBJ) $(MANIFEST_OBJ) $(LIB_OBJ) $(BASE_OBJ)
LIBS_UNIT := -lcmocka -lbpf -lelf -lz -lyaml -lcap -lseccomp -ldl -pthread

$(B)/obj/tests/unit/%.o: private CPPFLAGS += -Itests/unit
$(B)/obj/tests/cli/%.o: private CPPFLAGS += -Itests/cli

$(B)/tests/unit/%: $(B)/obj/tests/unit/%.o $(UNIT_HELP) $(TESTED)
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $< $(UNIT_HELP) -Wl,--start-group $(TESTED) -Wl,--end-group $(LIBS_UNIT) -o $@

# The corpora of the fuzzers, each input once.
CORPORA := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAY  := $(addprefix $(B)/tests/fuzz/replay_,$(CORPORA))

$(B)/tests/fuzz/replay_%: $(B)/obj/tests/fuzz/fuzz_%.o $(B)/obj/tests/fuzz/replay.o $(B)/obj/tests/fuzz/records.o $(TESTED)
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(filter %/fuzz_$*.o %/replay.o %/records.o,$^) -Wl,--start-group $(TESTED) -Wl,--end-group $(LIBS_UNIT) -o $@

# What users have: the library is linked, not its objects.
IN_PROCESS := $(patsubst %.c,$(B)/%,$(wildcard tests/testing/test_*.c))

$(IN_PROCESS): $(B)/tests/testing/%: $(B)/obj/tests/testing/%.o $(B)/obj/tests/testing/in_process.o $(B)/libpostern-testing.so.1
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -Wl,-rpath,$(abspath $(B)) -lcmocka -pthread -o $@

unit-tests: $(UNIT) $(REPLAY) $(IN_PROCESS)
	@tests/tap-run $(B) $(UNIT) $(foreach name,$(CORPORA),'$(B)/tests/fuzz/replay_$(name) tests/fuzz/corpus/$(name)') $(IN_PROCESS)

helper-tests: $(WHOLE) $(B)/postern-helper $(B)/postern-set-up $(B)/postern-python.so $(B)/python $(B)/tests/helper_module.so ## start real helpers on this host, without the kernel side
	@tests/tap-run $(B) $(WHOLE)

$(B)/tests/helper_module.so: tests/unit/helper_module.c $(B)/flags | setup
	$(say) MODULE $@
	$(Q)mkdir -p $(@D)
	$(Q)$(COMPILE) -Iuserspace/lib -shared $< -o $@

unit: | setup ## the unit tests, and the inputs of the fuzzers, under ASan and UBSan
	@$(MAKE) B=build/asan CFLAGS='-O1 -g $(SANITIZE)' unit-tests

# What valgrind 3.19 cannot run, and ASan does: openat2, which it does not know; filters of system calls, which its own calls
# meet; the child of a threaded program, in which it counts what the other threads had as lost.
NOT_VALGRIND := $(addprefix $(B)/tests/unit/,test_argument_check test_path_open test_seccomp test_client)

valgrind: $(UNIT) ## the unit tests under valgrind, but for those that it cannot run
	@echo '  not run: $(notdir $(NOT_VALGRIND))'
	@tests/tap-run --valgrind $(B) $(filter-out $(NOT_VALGRIND),$(UNIT))

# -- manifests ---------------------------------------------------------------------------------------------------------

$(B)/tests/manifest-check: $(call objects,tests/manifest/manifest_check.c) $(MANIFEST_OBJ) $(BASE_OBJ)
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -lyaml -lcap -o $@

manifest-tests: $(B)/tests/manifest-check ## hold bad and good manifests against what is expected of them
	@tests/tap-run $(B) 'tests/manifest/run $<' '$(PYTHON) tests/manifest/test_schema.py $< $(MANIFESTS)'

# -- the command -------------------------------------------------------------------------------------------------------

FAKE_OBJ := $(call objects,$(wildcard tests/cli/*.c)) $(INVOCATION_OBJ)

$(B)/tests/fake-posternd: $(FAKE_OBJ) $(MANIFEST_OBJ) $(LIB_OBJ) $(BASE_OBJ) userspace/helper/postern-helper.dynlist
	$(say) LINK $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(filter %.o,$^) -Wl,--dynamic-list=userspace/helper/postern-helper.dynlist \
		-lyaml -lcap -ldl -o $@

cli-tests: $(B)/postern $(B)/tests/fake-posternd $(B)/libpostern.so.1 $(B)/libpostern-testing.so.1 $(B)/modules/motd.so $(B)/include/postern ## hold the command's output and exit statuses against what is expected
	@tests/tap-run $(B) 'tests/cli/run $(B)/postern $(B)/tests/fake-posternd'

# -- the Python client -------------------------------------------------------------------------------------------------

python-tests: $(B)/tests/fake-posternd ## the Python client against servers that behave and misbehave, and a worker's own code
	@tests/tap-run $(B) '$(PYTHON) tests/python/run $<'

# -- style and static analysis -----------------------------------------------------------------------------------------

C_FILES    := $(wildcard userspace/*/*.[ch] bpf/*.[ch] bpf/*/*.[ch] contexts/*/*.[ch] docs/*.c tests/*.h tests/*/*.[ch] tests/integration/*/*.[ch] tests/conformance/*/*.[ch] tests/cli/gen/*.c)
TIDY_FILES := $(wildcard userspace/*/*.c contexts/*/*.c)

# cppcheck reads the kernel programs that the skeletons hold byte by byte, which takes it half a minute for each file that
# includes them: it gets the skeletons without.
CHECKED_SKELETONS := $(patsubst $(B)/%,$(B)/cppcheck/skeletons/%,$(SKELETONS))

# All that lint makes beside its own stamps.
lint-needs: $(patsubst %.c,$(B)/obj/%.o,$(filter userspace/%,$(TIDY_FILES))) $(CHECKED_SKELETONS) $(B)/hooks-page $(GENERATED) $(B)/include/postern

lint: format-check hooks-check parity-check tidy cppcheck ## clang-format, clang-tidy, cppcheck, and pages that are made from code

format: | setup ## lay out all C files
	$(Q)clang-format -i $(C_FILES)

format-check: | setup
	$(say) FORMAT
	$(Q)clang-format --dry-run -Werror $(C_FILES)

hooks-check: $(B)/hooks-page
	$(say) DOC docs/hooks.md
	$(Q)$< | diff -u docs/hooks.md - || { echo 'docs/hooks.md is not what the tables say: make docs/hooks.md'; exit 1; }

parity-check:
	$(say) DOC docs/privsep-parity.md
	$(Q)$(PYTHON) tests/conformance/check-table

# One stamp a file, so that a second run looks only at what changed. The analyzer leaves a function when it has been in so
# many states of it, a third of what it does by itself: with all of them it takes three times as long.
TIDY_NODES ?= 75000
TIDY_FLAGS := -Xclang -analyzer-config -Xclang max-nodes=$(TIDY_NODES)
tidy: $(patsubst %.c,$(B)/tidy/%.ok,$(TIDY_FILES))

$(B)/tidy/%.ok: %.c .clang-tidy $(B)/obj/%.o
	$(say) TIDY $<
	$(Q)mkdir -p $(@D)
	$(Q)clang-tidy --quiet $< -- -std=gnu11 $(CPPFLAGS) -Iuserspace/lib $(TIDY_FLAGS) 2>$@.log || { cat $@.log; exit 1; }
	@touch $@

$(B)/tidy/contexts/%.ok: contexts/%.c .clang-tidy | $(GENERATED) $(B)/include/postern
	$(say) TIDY $<
	$(Q)mkdir -p $(@D)
	$(Q)clang-tidy --quiet $< -- -std=gnu11 $(CPPFLAGS) $(MODULE_INCLUDES) $(call packages,--cflags,$(MODULE_HEADERS)) \
		$(TIDY_FLAGS) 2>$@.log || { cat $@.log; exit 1; }
	@touch $@

$(CHECKED_SKELETONS): $(B)/cppcheck/skeletons/%: $(B)/%
	$(Q)mkdir -p $(@D)
	$(Q)sed '/^\\.*\\$$/d' $< > $@

cppcheck: $(CHECKED_SKELETONS) | setup
	$(say) CPPCHECK
	$(Q)mkdir -p $(B)/cppcheck/known
	$(Q)cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,performance,portability --inline-suppr \
		--suppress=missingIncludeSystem '-DDECLARE_LIBBPF_OPTS(t, n, ...)=struct t n = {__VA_ARGS__}' -j$(shell nproc) \
		--cppcheck-build-dir=$(B)/cppcheck/known -I$(B)/cppcheck/skeletons $(CPPFLAGS) userspace contexts

include tests/guest.mk

harness-tests: kernels ## the harness tests itself
	@tests/tap-run $(B) vm-test/selftest

# -- all of it ---------------------------------------------------------------------------------------------------------

test: ## everything that CI runs
	@tests/run-all

# -- fuzzing -----------------------------------------------------------------------------------------------------------

FUZZ_SECONDS ?= 600
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZED  := $(wildcard userspace/base/*.c userspace/lib/*.c userspace/manifest/*.c) $(INVOCATION_SRC) \
	   $(addprefix userspace/helper/,connection.c connection_turns.c message.c page.c restore.c serve.c) tests/fuzz/records.c
FUZZ_CC := clang -std=gnu11 $(CPPFLAGS) -O1 -g -MMD -MP

$(B)/fuzz/obj/%.o: %.c | setup $(B)/netlink_names.gen.h
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer-no-link,address,undefined -c $< -o $@

$(B)/fuzz/%: $(B)/fuzz/obj/tests/fuzz/%.o $(FUZZED:%.c=$(B)/fuzz/obj/%.o)
	$(say) FUZZER $@
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined $^ -lyaml -lcap -ldl -pthread -o $@

-include $(shell find $(B)/fuzz/obj -name '*.d' 2>/dev/null)

fuzz: $(FUZZERS) netlink-fuzz ## run each fuzzer for FUZZ_SECONDS (600), and that of netlink in guests
	@for fuzzer in $(FUZZERS); do name=$${fuzzer##*/fuzz_}; mkdir -p $(B)/fuzz/found/$$name; echo "$$name:"; \
		$$fuzzer -max_total_time=$(FUZZ_SECONDS) -timeout=5 -print_final_stats=1 -artifact_prefix=$(B)/fuzz/ \
			$(B)/fuzz/found/$$name tests/fuzz/corpus/$$name >$$fuzzer.log 2>&1; \
		status=$$?; tail -n 8 $$fuzzer.log; [ $$status = 0 ] || exit 1; done
