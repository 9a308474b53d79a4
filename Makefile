# Saldo. `make help` lists the targets.
#
# V=release (default), clang, asan, tsan, coverage or fuzz chooses the build below build/.

V       ?= release
CC      := $(if $(filter clang fuzz,$(V)),clang,$(if $(filter default,$(origin CC)),gcc,$(CC)))
PREFIX  ?= /usr/local
DESTDIR ?=
LIBDIR  ?= $(PREFIX)/lib
UNITDIR ?= $(PREFIX)/lib/systemd/system
B       := build/$(V)
GEN     := build/gen

WARN := -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wvla -Wformat=2 \
        -Wnull-dereference -Wswitch-enum -Wstrict-prototypes -Wmissing-prototypes -Werror
HARD := -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero \
        -fno-strict-overflow -fno-strict-aliasing
# Overflow of money traps, in release too.
MONEY := -fsanitize=signed-integer-overflow,bounds -fsanitize-undefined-trap-on-error
release_FLAGS := -O2 -D_FORTIFY_SOURCE=2 $(HARD) $(MONEY)
clang_FLAGS   := $(filter-out -ftrivial-auto-var-init=zero,$(release_FLAGS))
asan_FLAGS    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
tsan_FLAGS    := -O1 -fsanitize=thread -fno-omit-frame-pointer
coverage_FLAGS := -O0 -Wno-maybe-uninitialized --coverage -fprofile-update=atomic
fuzz_FLAGS    := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
ifneq (,$(findstring gcc,$(CC)))
WARN += -Wno-null-dereference
endif

CFLAGS   ?= -g
CPPFLAGS += -D_GNU_SOURCE -Iproto -Idaemon -Iclient-lib -Itools -I. -isystem $(GEN) -isystem /usr/include/libxml2
ALL_CFLAGS := -std=c17 -fPIC -pthread $(CFLAGS) $(WARN) $($(V)_FLAGS)
ALL_LDFLAGS := -pthread $(filter-out $(MONEY),$(filter -fsanitize=% --coverage,$($(V)_FLAGS))) -Wl,-z,relro,-z,now,-z,noexecstack $(LDFLAGS)
LIBS := -lxlsxwriter -lxml2 -lzmq -llmdb -lprotobuf-c -lsodium -ljansson -linih -lsystemd -lmicrohttpd -lm

comma := ,
# A folder's objects: every .c in it.
objects = $(patsubst %.c,$(B)/%.o,$(wildcard $(1)))

PROTO_O  := $(call objects,proto/*.c proto/base/*.c) $(B)/gen/saldo.pb-c.o
STAGE_O  := $(call objects,daemon/*/*.c)
DAEMON_O := $(filter-out $(B)/daemon/main.o,$(call objects,daemon/*.c)) $(STAGE_O)
CLIENT_O := $(filter-out $(B)/client-lib/example.o,$(call objects,client-lib/*.c))
TOOLS_O  := $(filter-out $(B)/tools/saldo.o,$(call objects,tools/*.c tools/*/*.c))
SUPPORT_O := $(call objects,tests/support/*.c)

TESTS := $(patsubst %.c,$(B)/%,$(wildcard tests/unit/test_*.c tests/rules/test_*.c tests/sim/test_*.c))
SCENARIOS := $(sort $(wildcard tests/scenario/test_*.sh))
FUZZERS := $(patsubst %.c,$(B)/%,$(wildcard tests/fuzz/fuzz_*.c))
SCENARIO_CLIENTS := $(patsubst %.c,$(B)/%,$(wildcard tests/scenario/*.c))
BENCHES := $(patsubst %.c,$(B)/%,$(wildcard tests/bench/bench_*.c))

.PHONY: all deb deb-install help demo test check tidy coverage mutation analyze bench bench-day bench-wide bench-year bench-peers instructions profile load crash faults \
    sim fuzz tsan install clean format
.DEFAULT_GOAL := all
.SECONDARY:

all: $(B)/saldod $(B)/saldo $(B)/libsaldo.so $(B)/libsaldo.a $(B)/example ## build everything

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(GEN)/saldo.pb-c.c $(GEN)/saldo.pb-c.h &: proto/saldo.proto
	@mkdir -p $(GEN)
	protoc-c --proto_path=proto --c_out=$(GEN) saldo.proto

$(B)/gen/%.o: $(GEN)/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(filter-out $(WARN),$(ALL_CFLAGS)) -c $< -o $@

$(B)/%.o: %.c $(GEN)/saldo.pb-c.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

-include $(wildcard $(B)/*/*.d $(B)/*/*/*.d $(B)/*/*/*/*.d)

$(B)/saldod: $(B)/daemon/main.o $(DAEMON_O) $(PROTO_O)
	$(CC) $(ALL_LDFLAGS) -pie $^ -o $@ $(LIBS)

$(B)/saldo: $(B)/tools/saldo.o $(TOOLS_O) $(CLIENT_O) $(DAEMON_O) $(PROTO_O)
	$(CC) $(ALL_LDFLAGS) -pie $^ -o $@ $(LIBS)

$(B)/libsaldo.a: $(CLIENT_O) $(PROTO_O)
	@rm -f $@
	ar rcs $@ $^

$(B)/libsaldo.so: $(CLIENT_O) $(PROTO_O) client-lib/libsaldo.map
	$(CC) $(ALL_LDFLAGS) -shared -Wl,-soname,libsaldo.so.0 -Wl,--version-script=client-lib/libsaldo.map \
	    $(filter %.o,$^) -o $@ -lzmq -lprotobuf-c -lsodium -linih
	ln -sf libsaldo.so $(B)/libsaldo.so.0

$(B)/example: $(B)/client-lib/example.o $(B)/libsaldo.a
	$(CC) $(ALL_LDFLAGS) -pie $^ -o $@ -lzmq -lprotobuf-c -lsodium -linih

$(B)/tests/%: $(B)/tests/%.o $(SUPPORT_O) $(TOOLS_O) $(CLIENT_O) $(DAEMON_O) $(PROTO_O)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -pie $^ -o $@ -lcmocka $(LIBS)

# The simulation has clocks, disk and network of its own.
SIMULATED := clock_gettime pthread_create pthread_join _exit link_send link_receive ring_receive ring_applied
$(B)/tests/sim/test_simulation: $(B)/tests/sim/test_simulation.o $(call objects,tests/sim/simulation/*.c) \
        $(filter-out $(B)/tests/support/world.o,$(call objects,tests/support/world*.c tests/support/model*.c tests/support/traffic*.c)) \
        $(patsubst %,$(B)/tests/support/%.o,tape memory_source keys folder) \
        $(patsubst %,$(B)/daemon/%.o,ahead apply books clock commit config count entry log merge pipeline registry replay secret serve) \
        $(filter-out $(B)/daemon/gate/% $(B)/daemon/journal/% $(B)/daemon/tables/% $(B)/daemon/store/%,$(STAGE_O)) \
        $(filter-out $(B)/client-lib/connection.o,$(CLIENT_O)) $(PROTO_O)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -pie $(addprefix -Wl$(comma)--wrap=,$(SIMULATED)) $^ -o $@ $(LIBS)

# The pager's test plays the ledger, and counts the pages in memory.
PLAYED := session_try saldo__v1__reply__free_unpacked
$(B)/tests/unit/test_pager: ALL_LDFLAGS += $(addprefix -Wl$(comma)--wrap=,$(PLAYED))

# The test of reading ahead says when there is no memory or thread, and counts threads.
COUNTED := pthread_create pthread_join calloc
$(B)/tests/unit/test_ahead: ALL_LDFLAGS += $(addprefix -Wl$(comma)--wrap=,$(COUNTED))

# The test of replay plays the ledger.
REPLAYED := apply_entry ledger_stats books_checkpoint
$(B)/tests/unit/test_replay: ALL_LDFLAGS += $(addprefix -Wl$(comma)--wrap=,$(REPLAYED))

# The test of the tables counts a checkpoint's pauses.
$(B)/tests/unit/test_tables: ALL_LDFLAGS += -Wl$(comma)--wrap=nanosleep

# Preloaded into programs under test, so without sanitizers.
$(B)/tests/shim.so: tests/support/shim/shim.c tests/support/shim/record.h
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(filter-out -fsanitize%,$(ALL_CFLAGS)) -shared $< -o $@ -ldl

# ---- Tests ---------------------------------------------------------------------------------------

$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay_main.o $(TOOLS_O) $(CLIENT_O) $(DAEMON_O) $(PROTO_O)
	$(CC) $(ALL_LDFLAGS) -pie $^ -o $@ $(LIBS)

$(B)/tests/bench/%: $(B)/tests/bench/%.o $(B)/tests/bench/traffic.o $(B)/tests/support/peer_rows.o $(CLIENT_O) $(DAEMON_O) $(PROTO_O)
	$(CC) $(ALL_LDFLAGS) -pie $^ -o $@ $(LIBS)

# The ledger's target asks a county of the tests, and streams of requests change by their fields.
$(B)/tests/fuzz/fuzz_ledger build/fuzz/run/fuzz_ledger: $(patsubst %,$(B)/tests/fuzz/%.o,county mutate mutate_field) $(SUPPORT_O)
$(B)/tests/fuzz/fuzz_ledger build/fuzz/run/fuzz_ledger: private LIBS += -lcmocka
$(B)/tests/fuzz/fuzz_rows build/fuzz/run/fuzz_rows: $(B)/tests/support/any_row.o

# The client library's target plays the socket and the clock.
CLIENT_PLAYED := $(addprefix client_,connect disconnect reconnect send receive readable writable sleep now_ms)
$(foreach f,fuzz_client_reply fuzz_receipts,$(B)/tests/fuzz/$f build/fuzz/run/$f): $(B)/tests/support/folder.o
$(B)/tests/fuzz/fuzz_client_reply build/fuzz/run/fuzz_client_reply: \
    private ALL_LDFLAGS += $(addprefix -Wl$(comma)--wrap=,$(CLIENT_PLAYED))

# Messages of several frames; and whose connection a client's message came over is played.
$(foreach f,fuzz_gate fuzz_link fuzz_zap,$(B)/tests/fuzz/$f build/fuzz/run/$f): $(B)/tests/fuzz/frames.o
$(B)/tests/fuzz/fuzz_gate build/fuzz/run/fuzz_gate: private ALL_LDFLAGS += -Wl,--wrap=zmq_msg_gets

# Seen is what the product does, not the tests; and to tell of each comparison would take the ledger,
# whose streams are not changed by bytes, a third of the time.
build/fuzz/tests/support/%.o $(patsubst %,build/fuzz/tests/fuzz/%.o,county frames mutate mutate_field): \
    private ALL_CFLAGS := $(filter-out -fsanitize%,$(ALL_CFLAGS)) -fsanitize=address,undefined
build/fuzz/daemon/ledger/%.o: private ALL_CFLAGS += -fno-sanitize-coverage=trace-cmp

build/fuzz/run/%: build/fuzz/tests/fuzz/%.o $(TOOLS_O) $(CLIENT_O) $(DAEMON_O) $(PROTO_O)
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer $^ -o $@ $(LIBS)

demo: ## build, and let the pilots of 2018 run through a ledger of your own
	@.ci/deps build
	@$(MAKE) --no-print-directory -s all
	@tools/demo.sh $(B)

test: ## everything that must hold, in under ten minutes; installs what is missing
	@.ci/deps test
	@$(MAKE) --no-print-directory -s -j2 V=release all build/release/tests/bench/bench_apply
	@$(MAKE) --no-print-directory -s -j2 V=clang all
	@$(MAKE) --no-print-directory -s -j2 V=asan check

check: all $(TESTS) $(SCENARIO_CLIENTS) $(B)/tests/shim.so $(FUZZERS) ## the tests of the build V (asan is the one that counts)
	@tests/run.sh $(B) tests/tidy.sh $(TESTS) $(SCENARIOS) $(if $(FUZZERS),tests/fuzz/replay.sh)

tidy: ## include direction, lengths, banned calls, what the ledger may link
	@BUILD=$(B) tests/tidy.sh

tsan: ## the threaded parts under the thread sanitizer
	@$(MAKE) --no-print-directory -s -j2 V=tsan all $(patsubst tests/%.c,build/tsan/tests/%,$(THREADED) $(wildcard tests/scenario/*.c))
	@JOBS=1 tests/run.sh build/tsan $(patsubst tests/%.c,build/tsan/tests/%,$(THREADED)) tests/scenario/test_lifecycle.sh tests/scenario/test_bad_input.sh

THREADED := $(wildcard $(patsubst %,tests/unit/test_%.c,ahead replay ring client_* pipeline entry monitor))

sim: ## SEEDS=3000 runs of the simulated county with faults, then 20 of the model
	@$(MAKE) --no-print-directory -s -j2 V=release all build/release/tests/sim/test_simulation
	@$(MAKE) --no-print-directory -s -j2 V=asan build/asan/tests/sim/test_model
	@SEEDS=$(or $(SEEDS),3000) build/release/tests/sim/test_simulation
	@for i in $$(seq $(or $(MODELS),20)); do build/asan/tests/sim/test_model || exit 1; done

load: ## CONNECTIONS=1000 at twice what the daemon can do, and all that is hostile: LOAD_SECONDS=600
	@$(MAKE) --no-print-directory -s all $(B)/tests/scenario/load_client
	@CONNECTIONS=$(or $(CONNECTIONS),1000) LOAD_SECONDS=$(or $(LOAD_SECONDS),600) BUILD=$(B) tests/scenario/test_load.sh

crash: ## thousands of kill -9 under load: ROUNDS=3000
	@$(MAKE) --no-print-directory -s all $(B)/tests/scenario/crash_client
	@ROUNDS=$(or $(ROUNDS),3000) tests/run.sh $(B) --timeout 14400 tests/scenario/test_crash.sh

faults: ## power cuts, made (IMAGES=400 a step) and real, failing and full disks: ROUNDS=200
	@$(MAKE) --no-print-directory -s all $(SCENARIO_CLIENTS) $(B)/tests/shim.so
	@IMAGES=$(or $(IMAGES),400) ROUNDS=$(or $(ROUNDS),200) tests/run.sh $(B) --timeout 14400 \
	    tests/scenario/test_images.sh tests/scenario/test_power.sh tests/scenario/test_faults.sh

fuzz: ## every parser under libFuzzer for FUZZ_SECONDS each
	@$(MAKE) --no-print-directory -s -j2 V=fuzz $(patsubst tests/fuzz/%.c,build/fuzz/run/%,$(wildcard tests/fuzz/fuzz_*.c))
	@for f in build/fuzz/run/fuzz_*; do n=$$(basename $$f); mkdir -p build/fuzz/found/$$n; \
	    $$f -max_total_time=$(or $(FUZZ_SECONDS),60) -print_final_stats=1 \
	        -artifact_prefix=build/fuzz/found/$$n/ build/fuzz/found/$$n tests/fuzz/corpus/$$n || exit 1; done

# What the ledger's own sources are covered by.
LEDGER_TESTS := $(wildcard tests/rules/test_*.c tests/sim/test_model.c tests/unit/test_query*.c tests/unit/test_rows.c tests/unit/test_pool.c tests/unit/test_voucher.c)
COVERING := $(LEDGER_TESTS:%.c=build/coverage/%)
# The tests themselves are not what is covered, and the model is three times as quick.
build/coverage/tests/%.o: private ALL_CFLAGS := $(filter-out $(coverage_FLAGS),$(ALL_CFLAGS)) -O2

# -O0: a branch is one of the source. Left out are CHECKs, which no test may reach: they abort.
coverage: ## which lines and branches of the ledger the tests reach; fails below 95 and 90 %
	@.ci/deps analysis
	@$(MAKE) --no-print-directory -s -j2 V=coverage $(COVERING)
	@find build/coverage -name '*.gcda' -delete
	@SEED=$(or $(SEED),1) build/coverage/tests/sim/test_model
	@tests/run.sh build/coverage --timeout 3600 $(filter-out %/test_model,$(COVERING))
	@gcovr --root . --object-directory build/coverage --filter 'daemon/ledger/' --exclude-throw-branches \
	    --exclude-lines-by-pattern '.*\bCHECK\(.*' --exclude-branches-by-pattern '.*\bCHECK\(.*' \
	    --sort-uncovered --print-summary --fail-under-line 95 --fail-under-branch 90

# The ledger from a library, in the place of which tests/mutation.py puts wrong ones.
MUTATED := $(patsubst tests/%.c,$(B)/mutation/%,$(LEDGER_TESTS))
LEDGER_O := $(call objects,daemon/ledger/*.c)
$(B)/mutation/libledger.so: $(LEDGER_O)
	@mkdir -p $(@D)
	$(CC) -shared -Wl,-soname,$(@F) $^ -o $@

$(B)/mutation/%: $(B)/tests/%.o $(SUPPORT_O) $(TOOLS_O) $(CLIENT_O) $(filter-out $(LEDGER_O),$(DAEMON_O)) $(PROTO_O) $(B)/mutation/libledger.so
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -pie $^ -o $@ -lcmocka $(LIBS)

mutation: ## flip comparisons of the rules, SAMPLE=150 of them; the tests must notice 95 %
	@$(MAKE) --no-print-directory -s -j2 $(MUTATED)
	@tests/mutation.py --build $(B) --compiler '$(CC) $(CPPFLAGS) $(ALL_CFLAGS)' \
	    --sample $(or $(SAMPLE),150) --seed $(or $(SEED),1) $(FILES)

analyze: $(GEN)/saldo.pb-c.h ## gcc -fanalyzer, clang-tidy, cppcheck and scan-build over the product's sources
	@.ci/deps analysis
	@tests/analyze.sh

bench: ## what this machine does: charges a second, latency, CPU, bytes, replay
	@.ci/deps build
	@$(MAKE) --no-print-directory -s all $(BENCHES)
	@tests/bench/bench.sh $(B)
	@tests/bench/year.sh $(B)

bench-year: ## a county's year of YEAR_CHARGES charges (300000): reconciliation, books and reports, seconds and MB
	@.ci/deps build
	@$(MAKE) --no-print-directory -s V=release all
	@tests/bench/year.sh build/release

bench-day: ## one day of DAY_CHARGES=10000000 charges: memory, a restart in the middle, the night beside the intake
	@.ci/deps build
	@$(MAKE) --no-print-directory -s V=release all $(patsubst tests/%.c,build/release/tests/%,$(wildcard tests/bench/bench_*.c))
	@tests/bench/day.sh build/release

bench-wide: ## is a charge as cheap with WIDE_VOUCHERS=10000000 vouchers, and with WIDE_CHARGES=10000000 charges of the day held?
	@.ci/deps build
	@$(MAKE) --no-print-directory -s V=release all $(patsubst tests/%.c,build/release/tests/%,$(wildcard tests/bench/bench_*.c))
	@tests/bench/wide.sh build/release

bench-peers: ## Saldo and PostgreSQL 15 with the same charge, in turns: build/bench/peers.md
	@.ci/deps bench
	@$(MAKE) --no-print-directory -s V=release all $(patsubst tests/%.c,build/release/tests/%,$(wildcard tests/bench/bench_*.c))
	@tests/bench/peers.sh build/release

instructions: ## write tests/bench/instructions.txt: what a charge takes in Saldo's own code
	@.ci/deps test
	@$(MAKE) --no-print-directory -s V=release build/release/tests/bench/bench_apply
	@mkdir -p build/profile
	@python3 -B tests/bench/instructions.py build/release build/profile --renew
	@cat tests/bench/instructions.txt

profile: ## a callgrind profile of batched charges, and its table: build/profile
	@.ci/deps test
	@$(MAKE) --no-print-directory -s V=release build/release/tests/bench/bench_apply
	@mkdir -p build/profile
	@valgrind -q --tool=callgrind --callgrind-out-file=build/profile/callgrind.out --toggle-collect=run_batch \
	    build/release/tests/bench/bench_apply 100000 8
	@callgrind_annotate --auto=no --inclusive=no build/profile/callgrind.out >build/profile/callgrind.txt
	@echo "written to build/profile/callgrind.out (for kcachegrind) and callgrind.txt"

# ---- The rest --------------------------------------------------------------------------------------

install: all ## into PREFIX, honouring DESTDIR
	install -d $(addprefix $(DESTDIR)$(PREFIX)/,bin sbin include share/man/man1 share/man/man3 share/man/man5 share/man/man8 \
	    share/bash-completion/completions) $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(UNITDIR)
	install -m 755 $(B)/saldo $(DESTDIR)$(PREFIX)/bin/
	install -m 755 $(B)/saldod $(DESTDIR)$(PREFIX)/sbin/
	install -m 644 client-lib/saldo.h $(DESTDIR)$(PREFIX)/include/
	install -m 644 $(B)/libsaldo.a $(DESTDIR)$(LIBDIR)/
	install -m 755 $(B)/libsaldo.so $(DESTDIR)$(LIBDIR)/libsaldo.so.0
	ln -sf libsaldo.so.0 $(DESTDIR)$(LIBDIR)/libsaldo.so
	sed 's,@PREFIX@,$(PREFIX),g; s,@LIBDIR@,$(LIBDIR),' client-lib/libsaldo.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/libsaldo.pc
	install -m 644 tools/saldo.bash-completion $(DESTDIR)$(PREFIX)/share/bash-completion/completions/saldo
	install -m 644 tools/saldo.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -m 644 client-lib/libsaldo.3 $(DESTDIR)$(PREFIX)/share/man/man3/
	install -m 644 daemon/saldod.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5/
	install -m 644 daemon/saldod.8 $(DESTDIR)$(PREFIX)/share/man/man8/
	for u in pkg/systemd/*; do sed 's,@BIN@,$(PREFIX)/bin,; s,@SBIN@,$(PREFIX)/sbin,' $$u > $(DESTDIR)$(UNITDIR)/$$(basename $$u) || exit 1; done

deb: ## Debian packages into build/deb, held against lintian and what they must hold
	@.ci/deps deb
	@rm -rf build/deb && mkdir -p build/deb/saldo
	@git ls-files -z --cached --others --exclude-standard | tar --null -T - -c | tar -x -C build/deb/saldo
	@cd build/deb/saldo && dpkg-buildpackage -us -uc -b -j2 >../build.log 2>&1 || { tail -n 40 ../build.log; exit 1; }
	@tests/deb.sh build/deb
	@ls build/deb/*.deb

deb-install: deb ## the packages installed, used, removed and purged in a new Debian 12 (downloads one)
	@.ci/deps deb
	@tests/deb_install.sh build/deb || [ $$? = 77 ]

format: ## lay out the sources with clang-format
	clang-format -i $$(git ls-files '*.c' '*.h')

clean: ## remove build/
	rm -rf build
